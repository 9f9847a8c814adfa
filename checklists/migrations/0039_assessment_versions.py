"""A signed assessment is corrected by the next version, which names the one that it replaces."""

import django.db.models.deletion
from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, refuse

FOLLOWS = (
    "NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checklists_assessment f "
    "WHERE f.id = NEW.replaces_id AND f.replaced_at IS NOT NULL AND f.number = NEW.number - 1 "
    "AND f.candidacy_id = NEW.candidacy_id AND f.checklist_id = NEW.checklist_id "
    "AND f.facility_id = NEW.facility_id)"
)
CHANGED = (
    "NEW.number <> OLD.number OR NEW.correction_reason <> OLD.correction_reason "
    "OR COALESCE(NEW.replaces_id, 0) <> COALESCE(OLD.replaces_id, 0)"
)


class Migration(migrations.Migration):
    dependencies = [("checklists", "0038_analysis_report")]

    operations = [
        KeepingTriggers(
            migrations.RemoveConstraint(
                model_name="assessment",
                name="assessment_unique_a_checklist",
            ),
            migrations.AddField(
                model_name="assessment",
                name="correction_reason",
                field=models.TextField(
                    blank=True, db_default="", default="", verbose_name="Motif de la correction"
                ),
            ),
            migrations.AddField(
                model_name="assessment",
                name="number",
                field=models.PositiveSmallIntegerField(
                    db_default=1, default=1, verbose_name="Version"
                ),
            ),
            migrations.AddField(
                model_name="assessment",
                name="replaced_at",
                field=models.DateTimeField(blank=True, null=True, verbose_name="Remplacée le"),
            ),
            migrations.AddField(
                model_name="assessment",
                name="replaces",
                field=models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="replaced_by",
                    to="checklists.assessment",
                ),
            ),
            migrations.AddField(
                model_name="finding",
                name="taken_from",
                field=models.PositiveSmallIntegerField(
                    blank=True, null=True, verbose_name="Repris de la version"
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("replaced_at", None)),
                    fields=("candidacy", "checklist"),
                    name="assessment_unique_a_checklist",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.UniqueConstraint(
                    fields=("candidacy", "checklist", "number"), name="assessment_version_unique"
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("correction_reason", ""), ("number", 1), ("replaces", None)),
                        models.Q(
                            ("number__gt", 1),
                            ("replaces__isnull", False),
                            models.Q(("correction_reason", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="assessment_version_names_the_former",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("replaced_at", None), ("signed_at__isnull", False), _connector="OR"
                    ),
                    name="assessment_replaced_once_signed",
                ),
            ),
            migrations.AddConstraint(
                model_name="finding",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("taken_from", None), ("taken_from__gte", 1), _connector="OR"
                    ),
                    name="finding_taken_from_a_version",
                ),
            ),
        ),
        refuse(
            name="assessment_version_follows",
            table="checklists_assessment",
            events=["INSERT"],
            when=FOLLOWS,
            message="a version follows the former of the same candidate, once it is replaced",
        ),
        refuse(
            name="assessment_version_kept",
            table="checklists_assessment",
            events=["UPDATE OF number, replaces_id, correction_reason"],
            when=CHANGED,
            message="the version of an assessment never changes",
        ),
        refuse(
            name="assessment_replaced_once",
            table="checklists_assessment",
            events=["UPDATE OF replaced_at"],
            when="OLD.replaced_at IS NOT NULL",
            message="a replaced assessment stays replaced",
        ),
    ]
