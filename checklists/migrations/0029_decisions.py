"""What the buyer decides, of each point and of the whole: frozen with the signatures."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import freeze


def is_signed(row: str) -> str:
    return (
        f"(SELECT signed_at FROM checklists_assessment WHERE id = {row}.assessment_id) IS NOT NULL"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0028_regularisations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AssessmentDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("", "Sans décision"),
                            ("accepted", "Accepté"),
                            ("reserved", "Accepté avec réserve"),
                            ("refused", "Refusé"),
                        ],
                        max_length=10,
                        verbose_name="Décision",
                    ),
                ),
                ("reason", models.TextField(blank=True, max_length=4000, verbose_name="Motif")),
                ("version", models.PositiveIntegerField()),
                ("decided_at", models.DateTimeField(verbose_name="Décidé le")),
                (
                    "assessment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "décision",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ("accepted", "reserved", "refused"))),
                        name="assessment_decision_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("value", "accepted"),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="assessment_decision_explained",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", 0)),
                        name="assessment_decision_version_counts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PointDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("", "Sans décision"),
                            ("accepted", "Accepté"),
                            ("reserved", "Accepté avec réserve"),
                            ("refused", "Refusé"),
                        ],
                        max_length=10,
                        verbose_name="Décision",
                    ),
                ),
                (
                    "commitment",
                    models.TextField(blank=True, max_length=2000, verbose_name="Engagement"),
                ),
                ("owner", models.CharField(blank=True, max_length=200, verbose_name="Responsable")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="Échéance")),
                ("answer_version", models.PositiveIntegerField()),
                ("score_version", models.PositiveIntegerField()),
                ("version", models.PositiveIntegerField()),
                ("decided_at", models.DateTimeField(verbose_name="Décidé le")),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="point_decisions",
                        to="checklists.assessment",
                    ),
                ),
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="checklists.checklistitem",
                    ),
                ),
            ],
            options={
                "verbose_name": "décision sur un point",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assessment", "item"), name="point_decision_unique_a_point"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ("accepted", "reserved", "refused"))),
                        name="point_decision_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("due_on__isnull", False),
                                ("value", "reserved"),
                                models.Q(("commitment", ""), _negated=True),
                                models.Q(("owner", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("value", "reserved"), _negated=True),
                                ("commitment", ""),
                                ("due_on", None),
                                ("owner", ""),
                            ),
                            _connector="OR",
                        ),
                        name="point_decision_reservation_complete",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", 0)), name="point_decision_version_counts"
                    ),
                ],
            },
        ),
        *[
            operation
            for table in ("pointdecision", "assessmentdecision")
            for operation in freeze(
                name=f"signed_{table}",
                table=f"checklists_{table}",
                when=is_signed,
                message="a signed assessment is read-only",
            )
        ],
    ]
