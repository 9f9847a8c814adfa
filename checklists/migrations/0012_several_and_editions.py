"""A lot carries one checklist a clausier, each in numbered editions."""

import django.db.models.deletion
from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, refuse

ANOTHER_OF_THE_SAME_CLAUSIER = (
    "NEW.replaces_id IS NULL AND EXISTS (SELECT 1 FROM checklists_checklist o "
    "JOIN checklists_clausierversion ov ON ov.id = o.version_id "
    "JOIN checklists_clausierversion nv ON nv.id = NEW.version_id "
    "WHERE o.lot_id = NEW.lot_id AND o.replaces_id IS NULL AND o.id <> NEW.id "
    "AND ov.clausier_id = nv.clausier_id)"
)
"""A second first edition. On SQLite the identifier of a new row is not known yet (-1)."""

NOT_THE_NEXT_OF_WHAT_IT_REPLACES = (
    "NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checklists_checklist o "
    "WHERE o.id = NEW.replaces_id AND o.state = 'published' AND o.lot_id = NEW.lot_id "
    "AND o.version_id = NEW.version_id AND o.edition = NEW.edition - 1)"
)


class Migration(migrations.Migration):
    dependencies = [("checklists", "0011_derogations"), ("vendors", "0002_opening")]

    operations = [
        KeepingTriggers(
            migrations.AlterField(
                "checklist",
                "lot",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="checklists",
                    to="vendors.lot",
                ),
            ),
            migrations.AddField(
                "checklist",
                "edition",
                models.PositiveIntegerField(db_default=1, default=1, verbose_name="Édition"),
            ),
            migrations.AddField(
                "checklist",
                "replaces",
                models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="replaced_by",
                    to="checklists.checklist",
                ),
            ),
            migrations.AddField(
                "checklist",
                "correction_reason",
                models.TextField(blank=True, db_default="", verbose_name="Motif de la correction"),
            ),
            migrations.AddConstraint(
                "checklist",
                models.CheckConstraint(
                    condition=models.Q(
                        ("correction_reason", ""), ("edition", 1), ("replaces", None)
                    )
                    | models.Q(
                        ("edition__gt", 1),
                        ("replaces__isnull", False),
                        models.Q(("correction_reason", ""), _negated=True),
                    ),
                    name="checklist_correction_replaces_with_reason",
                ),
            ),
            migrations.AlterField(
                "assessment",
                "candidacy",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="assessments",
                    to="vendors.candidacy",
                ),
            ),
            migrations.AddConstraint(
                "assessment",
                models.UniqueConstraint(
                    fields=("candidacy", "checklist"), name="assessment_unique_a_checklist"
                ),
            ),
        ),
        *(
            refuse(
                name=f"checklist_{event.lower()}_once_a_clausier",
                table="checklists_checklist",
                events=[event],
                when=ANOTHER_OF_THE_SAME_CLAUSIER,
                message="a lot carries one checklist a clausier",
            )
            for event in ("INSERT", "UPDATE")
        ),
        *(
            refuse(
                name=f"checklist_{event.lower()}_next_edition",
                table="checklists_checklist",
                events=[event],
                when=NOT_THE_NEXT_OF_WHAT_IT_REPLACES,
                message="a correction is the next edition of a published checklist",
            )
            for event in ("INSERT", "UPDATE")
        ),
    ]
