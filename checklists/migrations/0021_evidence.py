"""The files that back the answers of a candidate: kept as they came, frozen with the answers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


CONTENT = ("assessment_id", "name", "kind", "file_name", "file_sha256", "file_size", "added_at")
AUTHOR = ("added_by_id", "added_by_link_id")
FROZEN = "the files of a candidate are frozen with the answers"


def is_frozen(assessment: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_assessment a "
        f"WHERE a.id = {assessment} AND a.answers_frozen_at IS NOT NULL)"
    )


def is_frozen_with(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_evidence e "
        f"JOIN checklists_assessment a ON a.id = e.assessment_id "
        f"WHERE e.id = {row}.evidence_id AND a.answers_frozen_at IS NOT NULL)"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0020_findings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="Nom du fichier")),
                ("kind", models.CharField(max_length=4, verbose_name="Format")),
                ("file_name", models.CharField(max_length=200)),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                ("added_at", models.DateTimeField(verbose_name="Joint le")),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "added_by_link",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="checklists.answerlink",
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "items",
                    models.ManyToManyField(
                        related_name="evidence",
                        to="checklists.checklistitem",
                        verbose_name="Points",
                    ),
                ),
            ],
            options={
                "verbose_name": "justificatif",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assessment", "file_sha256"), name="evidence_file_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ("pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "odp"),
                            )
                        ),
                        name="evidence_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("file_size__gte", 1),
                            models.Q(("name", ""), _negated=True),
                            models.Q(("file_name", ""), _negated=True),
                            models.Q(("file_sha256", ""), _negated=True),
                        ),
                        name="evidence_has_its_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("added_by__isnull", False), ("added_by_link", None)),
                            models.Q(("added_by", None), ("added_by_link__isnull", False)),
                            _connector="OR",
                        ),
                        name="evidence_added_by_someone",
                    ),
                ],
            },
        ),
        refuse(
            name="evidence_kept",
            table="checklists_evidence",
            events=[f"UPDATE OF {', '.join((*CONTENT, *AUTHOR))}"],
            message="a file that was joined is kept as it came",
        ),
        refuse(
            name="evidence_added",
            table="checklists_evidence",
            events=["INSERT"],
            when=is_frozen("NEW.assessment_id"),
            message=FROZEN,
        ),
        refuse(
            name="evidence_removed",
            table="checklists_evidence",
            events=["DELETE"],
            when=is_frozen("OLD.assessment_id"),
            message=FROZEN,
        ),
        *(
            refuse(
                name=f"evidence_place_{verb}",
                table="checklists_evidence_items",
                events=[event],
                when=is_frozen_with(row),
                message=FROZEN,
            )
            for verb, event, row in (
                ("added", "INSERT", "NEW"),
                ("changed", "UPDATE", "OLD"),
                ("removed", "DELETE", "OLD"),
            )
        ),
    ]
