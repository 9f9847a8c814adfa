"""The values given for the CCTP, frozen with the checklist whose points they complete."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import freeze


def checklist_is_published(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_checklist c "
        f"WHERE c.id = {row}.checklist_id AND c.state = 'published')"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0009_proposals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CctpParameter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40, verbose_name="Paramètre")),
                (
                    "amount",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Durée"),
                ),
                (
                    "unit",
                    models.CharField(
                        blank=True,
                        choices=[("hour", "heures"), ("day", "jours"), ("month", "mois")],
                        max_length=5,
                        verbose_name="Unité",
                    ),
                ),
                ("choice", models.CharField(blank=True, max_length=20, verbose_name="Choix")),
                ("detail", models.TextField(blank=True, verbose_name="Texte")),
                ("set_at", models.DateTimeField(verbose_name="Donné le")),
                (
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parameters",
                        to="checklists.checklist",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "paramètre du CCTP",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("checklist", "key"), name="cctp_parameter_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", True), ("unit", "")),
                            models.Q(
                                ("amount__gte", 1),
                                ("amount__isnull", False),
                                ("unit__in", ["hour", "day", "month"]),
                            ),
                            _connector="OR",
                        ),
                        name="cctp_parameter_amount_has_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__isnull", False),
                            models.Q(("choice", ""), ("detail", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="cctp_parameter_says_something",
                    ),
                ],
            },
        ),
        *freeze(
            name="cctpparameter",
            table="checklists_cctpparameter",
            when=checklist_is_published,
            message="a published checklist is frozen",
        ),
    ]
