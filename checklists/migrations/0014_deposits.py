"""Files that come in together: kept as they came, each given to its candidate once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


AS_RECEIVED = (
    "checklist_id, received_at, received_by_id, sent_as, kind, file_name, file_sha256, file_size, "
    "refusal, told"
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0013_errata"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Deposit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField(verbose_name="Reçu le")),
                ("sent_as", models.CharField(max_length=200, verbose_name="Nom du fichier")),
                ("kind", models.CharField(blank=True, max_length=4, verbose_name="Format")),
                ("file_name", models.CharField(blank=True, max_length=200)),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                ("refusal", models.TextField(blank=True, verbose_name="Motif du refus")),
                ("told", models.JSONField(default=dict, verbose_name="Ce que dit le fichier")),
                (
                    "clue",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("number", "SIRET ou SIREN"),
                            ("company", "raison sociale"),
                            ("file_name", "nom du fichier"),
                            ("buyer", "choix de l’acheteur"),
                        ],
                        max_length=10,
                        verbose_name="Attribué d’après",
                    ),
                ),
                (
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposits",
                        to="checklists.checklist",
                    ),
                ),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reception",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposit",
                        to="checklists.reception",
                    ),
                ),
            ],
            options={
                "verbose_name": "fichier déposé",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("refusal", "")),
                        fields=("checklist", "file_sha256"),
                        name="deposit_file_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["xlsx", "ods", "csv"]),
                                ("refusal", ""),
                                models.Q(("file_name", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("refusal", ""), _negated=True),
                                ("file_name", ""),
                                ("kind", ""),
                                ("reception", None),
                            ),
                            _connector="OR",
                        ),
                        name="deposit_kept_or_refused",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("clue", ""), ("reception", None)),
                            models.Q(
                                ("clue__in", ["number", "company", "file_name", "buyer"]),
                                ("reception__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="deposit_attributed_by_a_clue",
                    ),
                ],
            },
        ),
        refuse(
            name="deposit_kept",
            table="checklists_deposit",
            events=[
                f"UPDATE OF {AS_RECEIVED}",
                "DELETE",
            ],
            message="a received file is kept as it came",
        ),
        refuse(
            name="deposit_given_once",
            table="checklists_deposit",
            events=["UPDATE OF reception_id, clue"],
            when="OLD.reception_id IS NOT NULL",
            message="a file is given to its candidate once",
        ),
    ]
