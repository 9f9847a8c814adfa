"""The comments that a facility keeps ready."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("checklists", "0003_who_works_where"),
    ]

    operations = [
        migrations.CreateModel(
            name="CommentTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="Titre")),
                ("text", models.TextField(max_length=2000, verbose_name="Texte")),
                (
                    "score",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Non noté"),
                            ("compliant", "Conforme"),
                            ("partial", "Partiel"),
                            ("non_compliant", "Non conforme"),
                            ("to_clarify", "À préciser"),
                            ("not_applicable", "Sans objet"),
                        ],
                        default="",
                        max_length=15,
                        verbose_name="Note concernée",
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="Rang")),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comment_templates",
                        to="accounts.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "modèle de commentaire",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("facility"),
                        django.db.models.functions.text.Lower("title"),
                        name="comment_template_title_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True),
                            models.Q(("text", ""), _negated=True),
                        ),
                        name="comment_template_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "score__in",
                                [
                                    "",
                                    "compliant",
                                    "partial",
                                    "non_compliant",
                                    "to_clarify",
                                    "not_applicable",
                                ],
                            )
                        ),
                        name="comment_template_score_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)),
                        name="comment_template_position_from_one",
                    ),
                ],
            },
        ),
    ]
