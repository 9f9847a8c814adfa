"""Certificates of a vendor beside the points, kept as they were, and for ever once signed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


def is_signed(row: str) -> str:
    return (
        f"(SELECT signed_at FROM checklists_assessment WHERE id = {row}.assessment_id) IS NOT NULL"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0032_retention"),
        ("vendors", "0003_certificates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="JoinedCertificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("data", models.JSONField()),
                ("joined_at", models.DateTimeField(verbose_name="Joint le")),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="vendors.certificate",
                    ),
                ),
                (
                    "joined_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="checklists.controlpoint",
                    ),
                ),
            ],
            options={
                "verbose_name": "certificat joint",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assessment", "point", "certificate"),
                        name="certificate_joined_once",
                    )
                ],
            },
        ),
        refuse(
            name="certificate_kept",
            table="checklists_joinedcertificate",
            events=["UPDATE"],
            message="a certificate stays as it was joined",
        ),
        *(
            refuse(
                name=f"certificate_signed_{event.lower()}",
                table="checklists_joinedcertificate",
                events=[event],
                when=is_signed(row),
                message="a signed assessment is read-only",
            )
            for event, row in (("INSERT", "NEW"), ("DELETE", "OLD"))
        ),
    ]
