"""What candidates are asked about their offers: frozen once sent, the answers once it is closed."""

from collections.abc import Callable

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import freeze, refuse

SENT = "what was sent to candidates never changes"
CLOSED = "an exchange that is closed never changes"


def of_exchange(condition: str) -> Callable[[str], str]:
    """A row of an exchange: the point asked, the candidate."""
    return lambda row: (
        f"EXISTS (SELECT 1 FROM checklists_exchange e "
        f"WHERE e.id = {row}.exchange_id AND e.{condition})"
    )


def of_party(condition: str) -> Callable[[str], str]:
    """A row of one candidate of an exchange: its answers, its files."""
    return lambda row: (
        f"EXISTS (SELECT 1 FROM checklists_exchangeparty p "
        f"JOIN checklists_exchange e ON e.id = p.exchange_id "
        f"WHERE p.id = {row}.party_id AND e.{condition})"
    )


SENT_ALREADY, CLOSED_ALREADY = "sent_at IS NOT NULL", "closed_at IS NOT NULL"
NOT_SENT = "sent_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0023_being_scored"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Exchange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("clarification", "Demande de précisions"),
                            ("regularisation", "Régularisation"),
                        ],
                        max_length=15,
                        verbose_name="Procédure",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("deadline", models.DateTimeField(verbose_name="Réponse attendue avant le")),
                ("created_at", models.DateTimeField(verbose_name="Préparée le")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="Arrêtée le")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Répondue le"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="Close le")),
                (
                    "checklist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exchanges",
                        to="checklists.checklist",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "échange avec des candidats",
            },
        ),
        migrations.CreateModel(
            name="ExchangeParty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("letter", models.JSONField(default=dict, verbose_name="Lettre")),
                (
                    "letter_sha256",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="Empreinte de la lettre"
                    ),
                ),
                (
                    "replied_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Réponse reçue le"),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exchange_parties",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "exchange",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parties",
                        to="checklists.exchange",
                    ),
                ),
                (
                    "replied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "destinataire d’un échange",
            },
        ),
        migrations.CreateModel(
            name="ExchangeFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("received_at", models.DateTimeField(verbose_name="Reçu le")),
                ("name", models.CharField(max_length=200, verbose_name="Nom du fichier")),
                ("kind", models.CharField(max_length=4, verbose_name="Format")),
                ("file_name", models.CharField(max_length=200)),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                (
                    "received_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="checklists.exchangeparty",
                    ),
                ),
            ],
            options={
                "verbose_name": "fichier reçu en réponse",
            },
        ),
        migrations.CreateModel(
            name="ExchangePoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "question",
                    models.TextField(blank=True, max_length=2000, verbose_name="Question"),
                ),
                (
                    "exchange",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="points",
                        to="checklists.exchange",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="checklists.checklistitem",
                    ),
                ),
            ],
            options={
                "verbose_name": "point d’un échange",
            },
        ),
        migrations.CreateModel(
            name="ExchangeReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="Réponse")),
                (
                    "updated_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Saisie le"),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="checklists.exchangeparty",
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replies",
                        to="checklists.exchangepoint",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "réponse à un échange",
            },
        ),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.UniqueConstraint(
                fields=("checklist", "kind", "number"), name="exchange_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["clarification", "regularisation"])),
                name="exchange_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answered_at", None),
                        ("closed_at", None),
                        ("sent_at", None),
                        ("sent_by", None),
                    ),
                    models.Q(("sent_at__isnull", False), ("sent_by__isnull", False)),
                    _connector="OR",
                ),
                name="exchange_sent_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at", None), ("closed_by", None)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                    _connector="OR",
                ),
                name="exchange_closed_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at", None), ("deadline__gt", models.F("sent_at")), _connector="OR"
                ),
                name="exchange_deadline_after_sending",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangeparty",
            constraint=models.UniqueConstraint(
                fields=("exchange", "assessment"), name="exchange_party_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangeparty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("replied_at", None), ("replied_by", None)),
                    models.Q(("replied_at__isnull", False), ("replied_by__isnull", False)),
                    _connector="OR",
                ),
                name="exchange_reply_registered_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangefile",
            constraint=models.UniqueConstraint(
                fields=("party", "number"), name="exchange_file_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangefile",
            constraint=models.UniqueConstraint(
                fields=("party", "file_sha256"), name="exchange_file_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangefile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ("pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "odp"))
                ),
                name="exchange_file_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangefile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("file_size__gte", 1),
                    ("number__gte", 1),
                    models.Q(("name", ""), _negated=True),
                    models.Q(("file_name", ""), _negated=True),
                    models.Q(("file_sha256", ""), _negated=True),
                ),
                name="exchange_file_has_its_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangepoint",
            constraint=models.UniqueConstraint(
                fields=("exchange", "item"), name="exchange_point_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangereply",
            constraint=models.UniqueConstraint(
                fields=("party", "point"), name="exchange_reply_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="exchangereply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("text", ""), ("updated_at", None), ("updated_by", None)),
                    models.Q(("updated_at__isnull", False), ("updated_by__isnull", False)),
                    _connector="OR",
                ),
                name="exchange_reply_written_by_someone",
            ),
        ),
        refuse(
            name="exchange_kept",
            table="checklists_exchange",
            events=["UPDATE OF checklist_id, kind, number, created_at, created_by_id"],
            message="an exchange stays what it is",
        ),
        refuse(
            name="exchange_sent",
            table="checklists_exchange",
            events=["UPDATE OF deadline, sent_at, sent_by_id", "DELETE"],
            when="OLD.sent_at IS NOT NULL",
            message=SENT,
        ),
        refuse(
            name="exchange_closed",
            table="checklists_exchange",
            events=["UPDATE OF answered_at, closed_at, closed_by_id"],
            when="OLD.closed_at IS NOT NULL",
            message=CLOSED,
        ),
        *freeze(
            name="exchange_point",
            table="checklists_exchangepoint",
            when=of_exchange(SENT_ALREADY),
            message=SENT,
        ),
        refuse(
            name="exchange_party_added",
            table="checklists_exchangeparty",
            events=["INSERT"],
            when=of_exchange(SENT_ALREADY)("NEW"),
            message=SENT,
        ),
        refuse(
            name="exchange_party_kept",
            table="checklists_exchangeparty",
            events=["UPDATE OF exchange_id, assessment_id, letter, letter_sha256", "DELETE"],
            when=of_exchange(SENT_ALREADY)("OLD"),
            message=SENT,
        ),
        refuse(
            name="exchange_party_done",
            table="checklists_exchangeparty",
            events=["UPDATE OF replied_at, replied_by_id"],
            when=of_exchange(CLOSED_ALREADY)("OLD"),
            message=CLOSED,
        ),
        # A demande de précisions goes to one candidate.
        refuse(
            name="exchange_party_alone",
            table="checklists_exchangeparty",
            events=["INSERT"],
            when=(
                "EXISTS (SELECT 1 FROM checklists_exchangeparty p "
                "JOIN checklists_exchange e ON e.id = p.exchange_id "
                "WHERE e.id = NEW.exchange_id AND e.kind = 'clarification')"
            ),
            message="a clarification is asked of one candidate",
        ),
        refuse(
            name="exchange_reply_added",
            table="checklists_exchangereply",
            events=["INSERT"],
            when=of_party(SENT_ALREADY)("NEW"),
            message="a candidate answers the points that were asked",
        ),
        refuse(
            name="exchange_reply_kept",
            table="checklists_exchangereply",
            events=["UPDATE OF party_id, point_id", "DELETE"],
            message="a candidate answers the points that were asked",
        ),
        refuse(
            name="exchange_reply_early",
            table="checklists_exchangereply",
            events=["UPDATE"],
            when=of_party(NOT_SENT)("OLD"),
            message="nobody answers what was not sent",
        ),
        refuse(
            name="exchange_reply_closed",
            table="checklists_exchangereply",
            events=["UPDATE"],
            when=of_party(CLOSED_ALREADY)("OLD"),
            message=CLOSED,
        ),
        refuse(
            name="exchange_file_early",
            table="checklists_exchangefile",
            events=["INSERT"],
            when=of_party(NOT_SENT)("NEW"),
            message="nobody answers what was not sent",
        ),
        refuse(
            name="exchange_file_closed",
            table="checklists_exchangefile",
            events=["INSERT"],
            when=of_party(CLOSED_ALREADY)("NEW"),
            message=CLOSED,
        ),
        refuse(
            name="exchange_file_kept",
            table="checklists_exchangefile",
            events=["UPDATE", "DELETE"],
            message="a received file is kept as it came",
        ),
    ]
