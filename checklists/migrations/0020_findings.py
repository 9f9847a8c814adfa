"""What each role finds on each point of an assessment, apart from the buyer’s score."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0019_hash_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Finding",
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
                        verbose_name="Rôle",
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Sans constat"),
                            ("favourable", "Favorable"),
                            ("reserved", "Réservé"),
                            ("unfavourable", "Défavorable"),
                            ("question", "Question"),
                        ],
                        default="",
                        max_length=15,
                        verbose_name="Constat",
                    ),
                ),
                ("comment", models.TextField(blank=True, verbose_name="Commentaire")),
                (
                    "sharing",
                    models.CharField(
                        blank=True,
                        choices=[("", "Interne"), ("shared", "Communicable au candidat")],
                        default="",
                        max_length=10,
                        verbose_name="Communication",
                    ),
                ),
                ("answer_version", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField()),
                ("value_version", models.PositiveIntegerField(default=0)),
                ("comment_version", models.PositiveIntegerField(default=0)),
                ("sharing_version", models.PositiveIntegerField(default=0)),
                ("updated_at", models.DateTimeField(verbose_name="Modifié le")),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="checklists.checklistitem",
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
                "verbose_name": "constat",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("assessment", "item", "role"), name="finding_unique_a_role"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("role__in", ("ciso", "dpo", "biomedical_engineer", "buyer"))
                        ),
                        name="finding_by_a_reviewer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "value__in",
                                ["", "favourable", "reserved", "unfavourable", "question"],
                            )
                        ),
                        name="finding_value_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sharing__in", ["", "shared"])),
                        name="finding_sharing_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("version__gt", 0),
                            ("value_version__lte", models.F("version")),
                            ("comment_version__lte", models.F("version")),
                            ("sharing_version__lte", models.F("version")),
                        ),
                        name="finding_versions_ordered",
                    ),
                ],
            },
        ),
    ]
