"""The section for the rapport d'analyse: the texts of the buyer, and its frozen editions."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0037_replies_by_link"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnalysisReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("content", models.JSONField(verbose_name="Contenu")),
                (
                    "content_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du contenu"),
                ),
                ("made_at", models.DateTimeField(verbose_name="Arrêtée le")),
                (
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="analysis_reports",
                        to="checklists.checklist",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "rapport d’analyse",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("checklist", "number"), name="analysis_report_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("number__gte", 1), models.Q(("content_sha256", ""), _negated=True)
                        ),
                        name="analysis_report_frozen",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnalysisText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40, verbose_name="Partie")),
                ("text", models.TextField(blank=True, max_length=40000, verbose_name="Texte")),
                (
                    "proposed_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du texte proposé"),
                ),
                ("version", models.PositiveIntegerField()),
                ("updated_at", models.DateTimeField(verbose_name="Modifié le")),
                (
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="analysis_texts",
                        to="checklists.checklist",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "texte du rapport d’analyse",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("checklist", "key"), name="analysis_text_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("version__gt", 0), models.Q(("key", ""), _negated=True)
                        ),
                        name="analysis_text_counts",
                    ),
                ],
            },
        ),
        refuse(
            name="analysis_report_kept",
            table="checklists_analysisreport",
            events=["UPDATE", "DELETE"],
            message="an edition of the report is kept as it was made",
        ),
    ]
