"""What a point weighs in law, and out of what the criterion counts.

The columns are added by SQL that both databases read: on SQLite, Django would make the tables
anew, and the triggers that freeze published checklists would go with the old ones.
"""

from decimal import Decimal

import django.db.models as models
from django.db import migrations

EFFECTS = (
    "legal_effect = 'required' OR (legal_effect = 'scored_zero' AND weight > 0) "
    "OR (legal_effect = 'information' AND weight = 0 AND NOT is_knock_out)"
)


def column(table: str, name: str, kind: str, constraint: str, check: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN {name} {kind} CONSTRAINT {constraint} CHECK ({check})",
        f"ALTER TABLE {table} DROP COLUMN {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("checklists", "0006_readings")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                column(
                    "checklists_checklist",
                    "max_note",
                    "decimal(6, 2) NOT NULL DEFAULT 20",
                    "checklist_note_out_of",
                    "max_note > 0",
                ),
                column(
                    "checklists_checklist",
                    "weight_total",
                    "decimal(8, 2) NULL",
                    "checklist_weight_total_positive",
                    "weight_total IS NULL OR weight_total > 0",
                ),
                column(
                    "checklists_checklistitem",
                    "legal_effect",
                    "varchar(12) NOT NULL DEFAULT 'scored_zero'",
                    "item_effect_agrees_with_weight",
                    EFFECTS,
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="checklist",
                    name="max_note",
                    field=models.DecimalField(
                        db_default=Decimal("20"),
                        decimal_places=2,
                        default=Decimal("20"),
                        max_digits=6,
                        verbose_name="Note maximale du critère",
                    ),
                ),
                migrations.AddField(
                    model_name="checklist",
                    name="weight_total",
                    field=models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=8,
                        null=True,
                        verbose_name="Total annoncé des poids",
                    ),
                ),
                migrations.AddField(
                    model_name="checklistitem",
                    name="legal_effect",
                    field=models.CharField(
                        choices=[
                            ("required", "Exigé"),
                            ("scored_zero", "Noté zéro si absent"),
                            ("information", "Information, hors note"),
                        ],
                        db_default="scored_zero",
                        default="scored_zero",
                        max_length=12,
                        verbose_name="Effet juridique",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="checklist",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("max_note__gt", 0)), name="checklist_note_out_of"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="checklist",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("weight_total__isnull", True),
                            ("weight_total__gt", 0),
                            _connector="OR",
                        ),
                        name="checklist_weight_total_positive",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="checklistitem",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("legal_effect", "required"),
                            models.Q(("legal_effect", "scored_zero"), ("weight__gt", 0)),
                            models.Q(
                                ("is_knock_out", False),
                                ("legal_effect", "information"),
                                ("weight", 0),
                            ),
                            _connector="OR",
                        ),
                        name="item_effect_agrees_with_weight",
                    ),
                ),
            ],
        )
    ]
