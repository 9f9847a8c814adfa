"""The files that candidates sent, kept as received: the database refuses to change them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0007_weights_and_effects"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reception",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("received_at", models.DateTimeField(verbose_name="Reçu le")),
                ("sent_as", models.CharField(max_length=200, verbose_name="Nom du fichier")),
                ("kind", models.CharField(max_length=4, verbose_name="Format")),
                ("file_name", models.CharField(max_length=200)),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receptions",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Déposé par",
                    ),
                ),
            ],
            options={
                "verbose_name": "classeur reçu",
            },
        ),
        migrations.CreateModel(
            name="TakeOver",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="Repris le")),
                ("changed", models.PositiveIntegerField(verbose_name="Valeurs modifiées")),
                ("decisions", models.JSONField(default=list, verbose_name="Décisions")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reception",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="takeovers",
                        to="checklists.reception",
                    ),
                ),
            ],
            options={
                "verbose_name": "reprise d’un classeur",
            },
        ),
        migrations.AddConstraint(
            model_name="reception",
            constraint=models.UniqueConstraint(
                fields=("assessment", "number"), name="reception_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="reception",
            constraint=models.UniqueConstraint(
                fields=("assessment", "file_sha256"), name="reception_file_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="reception",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["xlsx", "ods", "csv"])),
                name="reception_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reception",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("file_size__gte", 1),
                    ("number__gte", 1),
                    models.Q(("file_name", ""), _negated=True),
                    models.Q(("file_sha256", ""), _negated=True),
                ),
                name="reception_has_its_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="takeover",
            constraint=models.CheckConstraint(
                condition=models.Q(("changed__gte", 1)), name="takeover_changes_something"
            ),
        ),
        refuse(
            name="reception_kept",
            table="checklists_reception",
            events=["UPDATE", "DELETE"],
            message="a received file is kept as it came",
        ),
        refuse(
            name="takeover_kept",
            table="checklists_takeover",
            events=["UPDATE", "DELETE"],
            message="what was taken over from a file is kept",
        ),
    ]
