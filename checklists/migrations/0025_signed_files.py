"""Documents that came back signed: kept as received, decided once by a person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

KEPT = (
    "id",
    "document_id",
    "received_at",
    "received_by_id",
    "sent_as",
    "file_name",
    "file_sha256",
    "file_size",
    "report",
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0024_exchanges"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SignedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField(verbose_name="Reçu le")),
                ("sent_as", models.CharField(max_length=200, verbose_name="Nom du fichier")),
                ("file_name", models.CharField(max_length=200, verbose_name="Fichier")),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                ("report", models.JSONField(verbose_name="Rapport de vérification")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "À confirmer"),
                            ("accepted", "Acceptée"),
                            ("set_aside", "Écartée"),
                        ],
                        max_length=10,
                        verbose_name="Décision",
                    ),
                ),
                (
                    "identity_confirmed",
                    models.BooleanField(default=False, verbose_name="Identité confirmée"),
                ),
                (
                    "delegation_confirmed",
                    models.BooleanField(default=False, verbose_name="Délégation confirmée"),
                ),
                (
                    "confirmed_name",
                    models.CharField(blank=True, max_length=300, verbose_name="Signataire"),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Décidé le"),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signed_files",
                        to="checklists.document",
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
            ],
            options={
                "verbose_name": "document signé",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("document", "file_sha256"), name="signed_file_unique_a_document"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("file_sha256", ""), _negated=True),
                            models.Q(("file_name", ""), _negated=True),
                        ),
                        name="signed_file_kept",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decision", "accepted"),
                                ("delegation_confirmed", True),
                                ("identity_confirmed", True),
                                models.Q(("confirmed_name", ""), _negated=True),
                            ),
                            models.Q(
                                ("confirmed_name", ""),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decision", "set_aside"),
                                ("delegation_confirmed", False),
                                ("identity_confirmed", False),
                            ),
                            models.Q(
                                ("confirmed_name", ""),
                                ("decided_at", None),
                                ("decided_by", None),
                                ("decision", ""),
                                ("delegation_confirmed", False),
                                ("identity_confirmed", False),
                            ),
                            _connector="OR",
                        ),
                        name="signed_file_accepted_by_a_person",
                    ),
                ],
            },
        ),
        refuse(
            name="signed_file_kept",
            table="checklists_signedfile",
            events=[
                f"UPDATE OF {', '.join(KEPT)}",
                "DELETE",
            ],
            message="a signed file is kept as it was received",
        ),
        refuse(
            name="signed_file_decided_once",
            table="checklists_signedfile",
            events=["UPDATE"],
            when="OLD.decision <> ''",
            message="a signed file is decided once",
        ),
    ]
