"""The opinions that a buyer asks for: the question and each answer are kept as they were."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import freeze, refuse

KEPT = (
    "id",
    "assessment_id",
    "number",
    "role",
    "person_id",
    "chapter",
    "refs",
    "question",
    "due_on",
    "asked_at",
    "asked_by_id",
)


def is_signed(row: str) -> str:
    return (
        f"(SELECT signed_at FROM checklists_assessment WHERE id = {row}.assessment_id) IS NOT NULL"
    )


SIGNED = (
    "(SELECT a.signed_at FROM checklists_assessment a JOIN checklists_opinionrequest r "
    "ON r.assessment_id = a.id WHERE r.id = NEW.request_id) IS NOT NULL"
)
WITHDRAWN = (
    "(SELECT withdrawn_at FROM checklists_opinionrequest WHERE id = NEW.request_id) IS NOT NULL"
)
ANSWERED = "EXISTS (SELECT 1 FROM checklists_opinion WHERE request_id = OLD.id)"
NOT_THE_LAST = (
    "NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM checklists_opinion "
    "WHERE id = NEW.replaces_id AND request_id = NEW.request_id AND number = NEW.number - 1)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0033_joined_certificates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OpinionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                (
                    "role",
                    models.CharField(
                        blank=True,
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
                ("chapter", models.CharField(blank=True, max_length=300, verbose_name="Chapitre")),
                ("refs", models.TextField(blank=True, verbose_name="Points")),
                ("question", models.TextField(max_length=2000, verbose_name="Question")),
                ("due_on", models.DateField(verbose_name="Attendu pour le")),
                ("asked_at", models.DateTimeField(verbose_name="Demandé le")),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Retiré le"),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinion_requests",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "withdrawn_by",
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
                "verbose_name": "demande d’avis",
            },
        ),
        migrations.CreateModel(
            name="OpinionReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(verbose_name="Jours avant la date")),
                ("sent_at", models.DateTimeField(verbose_name="Envoyé le")),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="checklists.opinionrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "rappel d’avis",
            },
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("favourable", "Favorable"),
                            ("reserved", "Réservé"),
                            ("unfavourable", "Défavorable"),
                        ],
                        max_length=15,
                        verbose_name="Avis",
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="Motifs")),
                ("filed_at", models.DateTimeField(verbose_name="Rendu le")),
                (
                    "filed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="checklists.opinion",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="checklists.opinionrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "avis",
            },
        ),
        migrations.AddConstraint(
            model_name="opinionrequest",
            constraint=models.UniqueConstraint(
                fields=("assessment", "number"), name="opinion_request_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="opinionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("role", "")),
                    models.Q(
                        ("person", None),
                        ("role__in", ("ciso", "dpo", "biomedical_engineer", "buyer")),
                    ),
                    _connector="OR",
                ),
                name="opinion_asked_of_a_role_or_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("chapter", ""), models.Q(("refs", ""), _negated=True), _connector="OR"
                ),
                name="opinion_chapter_with_its_points",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("question", ""), _negated=True), name="opinion_asks_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="opinionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                    models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                    _connector="OR",
                ),
                name="opinion_request_withdrawn_by_someone",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinionreminder",
            constraint=models.UniqueConstraint(
                fields=("request", "days"), name="opinion_reminder_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="opinionreminder",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__in", (3, 1))), name="opinion_reminder_days_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(
                fields=("request", "number"), name="opinion_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__in", ["favourable", "reserved", "unfavourable"])),
                name="opinion_value_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value", "favourable"), models.Q(("text", ""), _negated=True), _connector="OR"
                ),
                name="opinion_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", 1), ("replaces", None)),
                    models.Q(("number__gt", 1), ("replaces__isnull", False)),
                    _connector="OR",
                ),
                name="opinion_names_the_former",
            ),
        ),
        refuse(
            name="opinion_request_kept",
            table="checklists_opinionrequest",
            events=[f"UPDATE OF {', '.join(KEPT)}", "DELETE"],
            message="a question is kept as it was asked",
        ),
        refuse(
            name="opinion_request_withdrawn_once",
            table="checklists_opinionrequest",
            events=["UPDATE OF withdrawn_at"],
            when=f"OLD.withdrawn_at IS NOT NULL OR {ANSWERED}",
            message="a question is withdrawn once, before any answer",
        ),
        *freeze(
            name="signed_opinion_request",
            table="checklists_opinionrequest",
            when=is_signed,
            message="a signed assessment is read-only",
        ),
        refuse(
            name="opinion_kept",
            table="checklists_opinion",
            events=["UPDATE", "DELETE"],
            message="an opinion is kept as it was filed",
        ),
        refuse(
            name="opinion_in_time",
            table="checklists_opinion",
            events=["INSERT"],
            when=f"{SIGNED} OR {WITHDRAWN}",
            message="no opinion on a question withdrawn or an assessment signed",
        ),
        refuse(
            name="opinion_of_its_request",
            table="checklists_opinion",
            events=["INSERT"],
            when=NOT_THE_LAST,
            message="an opinion replaces the one before it",
        ),
        refuse(
            name="opinion_reminder_kept",
            table="checklists_opinionreminder",
            events=["UPDATE", "DELETE"],
            message="a reminder that was sent is kept",
        ),
    ]
