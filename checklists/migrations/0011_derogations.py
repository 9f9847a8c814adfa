"""The derogations of the CCTP, frozen with the checklist whose points they set aside."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import freeze


def checklist_is_published(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_checklistitem i "
        f"JOIN checklists_checklist c ON c.id = i.checklist_id "
        f"WHERE i.id = {row}.item_id AND c.state = 'published')"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0010_cctp_parameters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Derogation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("waived", "Point écarté"), ("adapted", "Rédaction adaptée")],
                        max_length=7,
                        verbose_name="Dérogation",
                    ),
                ),
                ("wording", models.TextField(blank=True, verbose_name="Rédaction adaptée")),
                ("reason", models.TextField(verbose_name="Motif")),
                ("decided_at", models.DateTimeField(verbose_name="Décidée le")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="derogation",
                        to="checklists.checklistitem",
                    ),
                ),
            ],
            options={
                "verbose_name": "dérogation",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "waived"), ("wording", "")),
                            models.Q(("kind", "adapted"), models.Q(("wording", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="derogation_adapted_with_wording",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="derogation_with_reason",
                    ),
                ],
            },
        ),
        *freeze(
            name="derogation",
            table="checklists_derogation",
            when=checklist_is_published,
            message="a published checklist is frozen",
        ),
    ]
