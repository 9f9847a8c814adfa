"""Versions of a joined file, how long it is good, whether it may be communicated."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, refuse


def is_frozen(assessment: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_assessment a "
        f"WHERE a.id = {assessment} AND a.answers_frozen_at IS NOT NULL)"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0030_review_routes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        KeepingTriggers(
            migrations.AddField(
                model_name="evidence",
                name="disclosure",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "Suivre la proposition de Clausier"),
                        ("restricted", "Non communicable"),
                        ("communicable", "Communicable"),
                    ],
                    max_length=12,
                    verbose_name="Communication",
                ),
            ),
            migrations.AddField(
                model_name="evidence",
                name="qualified_at",
                field=models.DateTimeField(blank=True, null=True),
            ),
            migrations.AddField(
                model_name="evidence",
                name="qualified_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="evidence",
                name="replaced_by",
                field=models.OneToOneField(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="replaces",
                    to="checklists.evidence",
                ),
            ),
            migrations.AddField(
                model_name="evidence",
                name="valid_until",
                field=models.DateField(blank=True, null=True, verbose_name="Valable jusqu’au"),
            ),
            migrations.AddConstraint(
                model_name="evidence",
                constraint=models.CheckConstraint(
                    condition=models.Q(("disclosure__in", ["", "restricted", "communicable"])),
                    name="evidence_disclosure_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="evidence",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("qualified_at__isnull", False), ("qualified_by__isnull", False)),
                        models.Q(
                            ("disclosure", ""),
                            ("qualified_at", None),
                            ("qualified_by", None),
                            ("valid_until", None),
                        ),
                        _connector="OR",
                    ),
                    name="evidence_qualified_by_someone",
                ),
            ),
            migrations.AddConstraint(
                model_name="evidence",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("replaced_by", None),
                        models.Q(("replaced_by", models.F("pk")), _negated=True),
                        _connector="OR",
                    ),
                    name="evidence_not_replaced_by_itself",
                ),
            ),
        ),
        refuse(
            name="evidence_replaced_once",
            table="checklists_evidence",
            events=["UPDATE OF replaced_by_id"],
            when=f"OLD.replaced_by_id IS NOT NULL OR {is_frozen('OLD.assessment_id')}",
            message="a joined file is replaced once, until the answers are frozen",
        ),
    ]
