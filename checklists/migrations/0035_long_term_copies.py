"""Copies made to last, each made once; what a seal was worth when it was made."""

import django.db.models.deletion
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0034_opinions"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="seal",
            field=models.JSONField(blank=True, null=True, verbose_name="Sceau"),
        ),
        migrations.CreateModel(
            name="LongTermCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("made_at", models.DateTimeField(verbose_name="Prolongé le")),
                ("good_until", models.DateTimeField(verbose_name="Prolongé jusqu’au")),
                (
                    "extends_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier prolongé"),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="Fichier")),
                (
                    "file_sha256",
                    models.CharField(
                        max_length=64, unique=True, verbose_name="Empreinte du fichier"
                    ),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="long_term_copies",
                        to="checklists.document",
                    ),
                ),
                (
                    "signed_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="long_term_copies",
                        to="checklists.signedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "copie prolongée",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("signed_file", None)),
                        fields=("document", "number"),
                        name="long_term_copy_number_a_document",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("signed_file__isnull", False)),
                        fields=("signed_file", "number"),
                        name="long_term_copy_number_a_signed_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("good_until__gt", models.F("made_at")),
                            ("number__gte", 1),
                            models.Q(("file_name", ""), _negated=True),
                            models.Q(("file_sha256", ""), _negated=True),
                            models.Q(("extends_sha256", ""), _negated=True),
                        ),
                        name="long_term_copy_lasts",
                    ),
                ],
            },
        ),
        refuse(
            name="long_term_copy_kept",
            table="checklists_longtermcopy",
            events=["UPDATE", "DELETE"],
            message="a long-term copy is made once",
        ),
    ]
