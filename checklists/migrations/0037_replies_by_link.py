"""Candidates answer a letter by a personal link: prepared, sent once, then the same for ever."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, freeze, refuse

LINK = "checklists_answerlink"
SENT_BY_LINK = "what a candidate sent by its link never changes"


def is_closed(row: str) -> str:
    """What is prepared behind a link that was submitted or revoked."""
    return (
        f"EXISTS (SELECT 1 FROM {LINK} l WHERE l.id = {row}.link_id "
        "AND (l.submitted_at IS NOT NULL OR l.revoked_at IS NOT NULL))"
    )


def of_another_letter(row: str) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM {LINK} l JOIN checklists_exchangereply r "
        f"ON r.party_id = l.party_id WHERE l.id = {row}.link_id AND r.id = {row}.reply_id)"
    )


def is_sent(row: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM checklists_exchangeparty p "
        f"WHERE p.id = {row}.party_id AND p.replied_by_link_id IS NOT NULL)"
    )


# The same date for every candidate: the link of none lasts longer than the letter says.
AFTER_THE_LETTER = (
    "NEW.party_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checklists_exchangeparty p "
    "JOIN checklists_exchange e ON e.id = p.exchange_id WHERE p.id = NEW.party_id "
    "AND p.assessment_id = NEW.assessment_id AND e.sent_at IS NOT NULL "
    "AND NEW.expires_at <= e.deadline)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0036_visas"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        KeepingTriggers(
            migrations.CreateModel(
                name="LinkFile",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("added_at", models.DateTimeField(verbose_name="Joint le")),
                    ("name", models.CharField(max_length=200, verbose_name="Nom du fichier")),
                    ("kind", models.CharField(max_length=4, verbose_name="Format")),
                    ("file_name", models.CharField(max_length=200)),
                    (
                        "file_sha256",
                        models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                    ),
                    ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                ],
                options={
                    "verbose_name": "fichier préparé en réponse",
                },
            ),
            migrations.CreateModel(
                name="LinkReply",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "value",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "Sans réponse"),
                                ("yes", "OUI"),
                                ("no", "NON"),
                                ("not_concerned", "NC"),
                            ],
                            max_length=15,
                        ),
                    ),
                    ("value_version", models.PositiveIntegerField(default=0)),
                    ("text", models.TextField(blank=True)),
                    ("text_version", models.PositiveIntegerField(default=0)),
                    ("version", models.PositiveIntegerField(default=0)),
                    (
                        "updated_at",
                        models.DateTimeField(blank=True, null=True, verbose_name="Saisie le"),
                    ),
                ],
                options={
                    "verbose_name": "réponse préparée",
                },
            ),
            migrations.RemoveConstraint(
                model_name="answerlink",
                name="answer_link_one_open",
            ),
            migrations.RemoveConstraint(
                model_name="exchangeparty",
                name="exchange_reply_registered_by_someone",
            ),
            migrations.RemoveConstraint(
                model_name="exchangereply",
                name="exchange_reply_written_by_someone",
            ),
            migrations.AddField(
                model_name="answerlink",
                name="party",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="links",
                    to="checklists.exchangeparty",
                ),
            ),
            migrations.AddField(
                model_name="exchangefile",
                name="received_by_link",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddField(
                model_name="exchangeparty",
                name="replied_by_link",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddField(
                model_name="exchangereply",
                name="updated_by_link",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddField(
                model_name="exchangereply",
                name="value",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("", "Sans réponse"),
                        ("yes", "OUI"),
                        ("no", "NON"),
                        ("not_concerned", "NC"),
                    ],
                    max_length=15,
                ),
            ),
            migrations.AlterField(
                model_name="exchangefile",
                name="received_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.UniqueConstraint(
                    condition=models.Q(
                        ("party", None), ("revoked_at", None), ("submitted_at", None)
                    ),
                    fields=("assessment",),
                    name="answer_link_one_open",
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("party__isnull", False), ("revoked_at", None)),
                    fields=("party",),
                    name="answer_link_one_a_letter",
                ),
            ),
            migrations.AddConstraint(
                model_name="exchangefile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("received_at__isnull", False),
                        models.Q(
                            models.Q(("received_by__isnull", False), ("received_by_link", None)),
                            models.Q(("received_by", None), ("received_by_link__isnull", False)),
                            _connector="OR",
                        ),
                    ),
                    name="exchange_file_received_by_someone",
                ),
            ),
            migrations.AddConstraint(
                model_name="exchangeparty",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("replied_at", None), ("replied_by", None), ("replied_by_link", None)
                        ),
                        models.Q(
                            ("replied_at__isnull", False),
                            models.Q(
                                models.Q(("replied_by__isnull", False), ("replied_by_link", None)),
                                models.Q(("replied_by", None), ("replied_by_link__isnull", False)),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="exchange_reply_registered_by_someone",
                ),
            ),
            migrations.AddConstraint(
                model_name="exchangereply",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("text", ""),
                            ("updated_at", None),
                            ("updated_by", None),
                            ("updated_by_link", None),
                            ("value", ""),
                        ),
                        models.Q(
                            ("updated_at__isnull", False),
                            models.Q(
                                models.Q(("updated_by__isnull", False), ("updated_by_link", None)),
                                models.Q(("updated_by", None), ("updated_by_link__isnull", False)),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="exchange_reply_written_by_someone",
                ),
            ),
            migrations.AddField(
                model_name="linkfile",
                name="link",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="files",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddField(
                model_name="linkreply",
                name="link",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="prepared",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddField(
                model_name="linkreply",
                name="reply",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="prepared",
                    to="checklists.exchangereply",
                ),
            ),
            migrations.AddConstraint(
                model_name="linkfile",
                constraint=models.UniqueConstraint(
                    fields=("link", "file_sha256"), name="link_file_unique"
                ),
            ),
            migrations.AddConstraint(
                model_name="linkfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        (
                            "kind__in",
                            ("pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "odp"),
                        )
                    ),
                    name="link_file_kind_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="linkfile",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("file_size__gte", 1),
                        models.Q(("name", ""), _negated=True),
                        models.Q(("file_name", ""), _negated=True),
                        models.Q(("file_sha256", ""), _negated=True),
                    ),
                    name="link_file_has_its_file",
                ),
            ),
            migrations.AddConstraint(
                model_name="linkreply",
                constraint=models.UniqueConstraint(
                    fields=("link", "reply"), name="link_reply_unique"
                ),
            ),
            migrations.AddConstraint(
                model_name="linkreply",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("text_version__lte", models.F("version")),
                        ("value_version__lte", models.F("version")),
                    ),
                    name="link_reply_versions",
                ),
            ),
        ),
        refuse(
            name="answer_link_party_kept",
            table=LINK,
            events=["UPDATE OF party_id"],
            message="a link stays that of its letter",
        ),
        refuse(
            name="answer_link_of_a_letter",
            table=LINK,
            events=["INSERT", "UPDATE OF expires_at"],
            when=AFTER_THE_LETTER,
            message="the link of a letter that was sent ends when the letter says",
        ),
        *freeze(
            name="link_reply", table="checklists_linkreply", when=is_closed, message=SENT_BY_LINK
        ),
        *freeze(
            name="link_file", table="checklists_linkfile", when=is_closed, message=SENT_BY_LINK
        ),
        refuse(
            name="link_reply_asked",
            table="checklists_linkreply",
            events=["INSERT", "UPDATE"],
            when=of_another_letter("NEW"),
            message="a candidate answers the points that were asked",
        ),
        refuse(
            name="exchange_reply_by_link",
            table="checklists_exchangereply",
            events=["UPDATE"],
            when=is_sent("OLD"),
            message=SENT_BY_LINK,
        ),
        refuse(
            name="exchange_file_by_link",
            table="checklists_exchangefile",
            events=["INSERT"],
            when=is_sent("NEW"),
            message=SENT_BY_LINK,
        ),
        refuse(
            name="exchange_party_by_link",
            table="checklists_exchangeparty",
            events=["UPDATE OF replied_at, replied_by_id, replied_by_link_id"],
            when="OLD.replied_by_link_id IS NOT NULL",
            message=SENT_BY_LINK,
        ),
    ]
