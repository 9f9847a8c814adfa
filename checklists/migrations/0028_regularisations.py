"""A frozen answer changes by one door: an accepted regularisation, on the points asked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

HASH = (
    "answers_sha256",
    "answers_frozen_at",
    "answers_frozen_by_id",
    "answers_frozen_by_link_id",
)


def is_frozen(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_assessment a "
        f"WHERE a.id = {row}.assessment_id AND a.answers_frozen_at IS NOT NULL)"
    )


FROZEN = f"({is_frozen('OLD')} OR {is_frozen('NEW')})"
# From what the row of the regularisation says to what it says, one version further: no other way.
REGULARISED = (
    "EXISTS (SELECT 1 FROM checklists_regularisedanswer r WHERE r.answer_id = OLD.id "
    "AND r.version_before = OLD.version AND NEW.version = OLD.version + 1 "
    "AND NEW.assessment_id = OLD.assessment_id AND NEW.item_id = OLD.item_id "
    "AND NEW.value = r.value_after AND NEW.text = r.text_after)"
)
SAME_AUTHOR = (
    "NEW.answers_frozen_at = OLD.answers_frozen_at "
    "AND COALESCE(NEW.answers_frozen_by_id, 0) = COALESCE(OLD.answers_frozen_by_id, 0) "
    "AND COALESCE(NEW.answers_frozen_by_link_id, 0) = COALESCE(OLD.answers_frozen_by_link_id, 0)"
)
HASH_REGULARISED = (
    f"({SAME_AUTHOR} AND EXISTS (SELECT 1 FROM checklists_regularisation r "
    "JOIN checklists_exchangeparty p ON p.id = r.party_id "
    "WHERE p.assessment_id = OLD.id AND r.is_accepted "
    "AND r.sha256_before = OLD.answers_sha256 AND r.sha256_after = NEW.answers_sha256))"
)
# Of a regularisation that was sent and answered, and that nobody has closed.
OPEN = (
    "e.kind = 'regularisation' AND e.sent_at IS NOT NULL AND e.closed_at IS NULL "
    "AND p.replied_at IS NOT NULL"
)
ASKED = (
    "EXISTS (SELECT 1 FROM checklists_exchangereply y "
    "JOIN checklists_exchangeparty p ON p.id = y.party_id "
    "JOIN checklists_exchange e ON e.id = p.exchange_id "
    "JOIN checklists_exchangepoint t ON t.id = y.point_id "
    "JOIN checklists_answer a ON a.assessment_id = p.assessment_id AND a.item_id = t.item_id "
    "WHERE y.id = NEW.reply_id AND a.id = NEW.answer_id AND a.version = NEW.version_before "
    f"AND a.value = NEW.value_before AND a.text = NEW.text_before AND {OPEN} "
    "AND NOT EXISTS (SELECT 1 FROM checklists_regularisation g WHERE g.party_id = p.id))"
)
DECIDABLE = (
    "EXISTS (SELECT 1 FROM checklists_exchangeparty p "
    f"JOIN checklists_exchange e ON e.id = p.exchange_id WHERE p.id = NEW.party_id AND {OPEN})"
)

ANSWERS_BEFORE = refuse(
    name="answer_set_update_frozen",
    table="checklists_answer",
    events=["UPDATE"],
    when=f"{is_frozen('OLD')} OR {is_frozen('NEW')}",
    message="the answers of a candidate are frozen under their hash",
)
HASH_BEFORE = refuse(
    name="answers_stopped_once",
    table="checklists_assessment",
    events=[f"UPDATE OF {', '.join(HASH)}"],
    when="OLD.answers_frozen_at IS NOT NULL",
    message="the answers are stopped under one hash",
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0027_interests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RegularisedAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version_before", models.PositiveIntegerField()),
                (
                    "value_before",
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
                ("text_before", models.TextField(blank=True)),
                (
                    "value_after",
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
                ("text_after", models.TextField(blank=True)),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regularisations",
                        to="checklists.answer",
                    ),
                ),
                (
                    "reply",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regularised",
                        to="checklists.exchangereply",
                    ),
                ),
            ],
            options={
                "verbose_name": "réponse régularisée",
            },
        ),
        migrations.CreateModel(
            name="Regularisation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_accepted", models.BooleanField(verbose_name="Acceptée")),
                ("reason", models.TextField(verbose_name="Motif")),
                ("decided_at", models.DateTimeField(verbose_name="Décidée le")),
                (
                    "sha256_before",
                    models.CharField(max_length=64, verbose_name="Empreinte d’avant"),
                ),
                ("sha256_after", models.CharField(max_length=64, verbose_name="Empreinte d’après")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "party",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="regularisation",
                        to="checklists.exchangeparty",
                    ),
                ),
            ],
            options={
                "verbose_name": "régularisation",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="regularisation_decided_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_accepted", True),
                            ("sha256_after", models.F("sha256_before")),
                            _connector="OR",
                        ),
                        name="regularisation_refused_changes_nothing",
                    ),
                ],
            },
        ),
        ANSWERS_BEFORE.taken_away(),
        refuse(
            name="answer_set_update_frozen",
            table="checklists_answer",
            events=["UPDATE"],
            when=f"{FROZEN} AND NOT {REGULARISED}",
            message="the answers of a candidate are frozen under their hash",
        ),
        HASH_BEFORE.taken_away(),
        refuse(
            name="answers_stopped_once",
            table="checklists_assessment",
            events=[f"UPDATE OF {', '.join(HASH)}"],
            when=f"OLD.answers_frozen_at IS NOT NULL AND NOT {HASH_REGULARISED}",
            message="the answers are stopped under one hash",
        ),
        refuse(
            name="regularised_asked",
            table="checklists_regularisedanswer",
            events=["INSERT"],
            when=f"NOT {ASKED}",
            message="only a point that a regularisation asks is reopened",
        ),
        refuse(
            name="regularised_kept",
            table="checklists_regularisedanswer",
            events=["UPDATE", "DELETE"],
            message="a regularised answer is kept with its before and after",
        ),
        refuse(
            name="regularisation_decidable",
            table="checklists_regularisation",
            events=["INSERT"],
            when=f"NOT {DECIDABLE}",
            message="only an answered regularisation is decided",
        ),
        refuse(
            name="regularisation_kept",
            table="checklists_regularisation",
            events=["UPDATE", "DELETE"],
            message="a regularisation is decided once",
        ),
    ]
