"""The dossiers of the tenders: each edition is registered once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0021_evidence"),
        ("vendors", "0002_opening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Dossier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("made_at", models.DateTimeField(verbose_name="Produit le")),
                ("file_name", models.CharField(max_length=200, verbose_name="Fichier")),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                ("file_count", models.PositiveIntegerField(verbose_name="Pièces")),
                (
                    "manifest_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du bordereau"),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dossiers",
                        to="vendors.tender",
                    ),
                ),
            ],
            options={
                "verbose_name": "dossier du marché",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tender", "number"), name="dossier_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("file_size__gte", 1),
                            ("number__gte", 1),
                            models.Q(("file_name", ""), _negated=True),
                            models.Q(("file_sha256", ""), _negated=True),
                            models.Q(("manifest_sha256", ""), _negated=True),
                        ),
                        name="dossier_has_its_file",
                    ),
                ],
            },
        ),
        refuse(
            name="dossier_kept",
            table="checklists_dossier",
            events=["UPDATE", "DELETE"],
            message="a dossier is registered once",
        ),
    ]
