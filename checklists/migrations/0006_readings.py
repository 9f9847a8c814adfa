"""The second look before publication, frozen with the checklist that was read."""

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
        ("checklists", "0005_saved_profiles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("buyer", "Acheteur"),
                            ("ciso", "RSSI"),
                            ("dpo", "DPO"),
                            ("biomedical_engineer", "Ingénieur biomédical"),
                            ("facility_admin", "Administrateur d’établissement"),
                            ("reader", "Lecteur"),
                        ],
                        max_length=20,
                        verbose_name="Demandée à",
                    ),
                ),
                (
                    "question",
                    models.TextField(blank=True, max_length=4000, verbose_name="Question"),
                ),
                ("asked_at", models.DateTimeField(verbose_name="Demandée le")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Avis attendu"),
                            ("agreed", "Accord"),
                            ("reserved", "Réserves"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="Avis",
                    ),
                ),
                ("remark", models.TextField(blank=True, max_length=4000, verbose_name="Remarques")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Donné le"),
                ),
                ("content_sha256", models.CharField(blank=True, default="", max_length=64)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="checklists.checklist",
                    ),
                ),
            ],
            options={
                "verbose_name": "relecture",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ("ciso", "dpo", "biomedical_engineer"))),
                        name="reading_asked_of_a_specialist",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answered_at", None),
                                ("answered_by", None),
                                ("content_sha256", ""),
                                ("remark", ""),
                                ("verdict", ""),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                ("verdict__in", ["agreed", "reserved"]),
                                models.Q(("content_sha256", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="reading_answered_by_someone",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("remark", ""), ("verdict", "reserved"), _negated=True),
                        name="reading_reserved_with_a_remark",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("verdict", "")),
                        fields=("checklist", "role"),
                        name="reading_waits_once_a_role",
                    ),
                ],
            },
        ),
        *freeze(
            name="reading",
            table="checklists_reading",
            when=checklist_is_published,
            message="a published checklist is frozen",
        ),
    ]
