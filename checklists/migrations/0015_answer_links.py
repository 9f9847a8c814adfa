"""The personal links by which candidates answer without an account.

An answer is written by a person or through a link. A link that is submitted or revoked never changes
again; its secret and its owner never do; none is deleted.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, refuse


CLOSED = "OLD.submitted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL"
KEPT = ("assessment_id", "number", "token_sha256", "email", "created_at", "created_by_id")
LINK = "checklists_answerlink"


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0014_deposits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        KeepingTriggers(
            migrations.CreateModel(
                name="AnswerLink",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                    ("token_sha256", models.CharField(max_length=64, unique=True)),
                    (
                        "email",
                        models.EmailField(blank=True, max_length=254, verbose_name="Envoyé à"),
                    ),
                    ("created_at", models.DateTimeField(verbose_name="Créé le")),
                    ("expires_at", models.DateTimeField(verbose_name="Valable jusqu’au")),
                    (
                        "revoked_at",
                        models.DateTimeField(blank=True, null=True, verbose_name="Retiré le"),
                    ),
                    (
                        "opened_at",
                        models.DateTimeField(blank=True, null=True, verbose_name="Ouvert le"),
                    ),
                    (
                        "submitted_at",
                        models.DateTimeField(blank=True, null=True, verbose_name="Envoyé le"),
                    ),
                    (
                        "content_sha256",
                        models.CharField(
                            blank=True, max_length=64, verbose_name="Empreinte des réponses"
                        ),
                    ),
                ],
                options={
                    "verbose_name": "lien de réponse",
                },
            ),
            migrations.RemoveConstraint(
                model_name="answer",
                name="answer_written_by_someone",
            ),
            migrations.AddField(
                model_name="answerlink",
                name="assessment",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="answer_links",
                    to="checklists.assessment",
                ),
            ),
            migrations.AddField(
                model_name="answerlink",
                name="created_by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="answerlink",
                name="revoked_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="answer",
                name="updated_by_link",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddConstraint(
                model_name="answer",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("updated_at", None),
                            ("updated_by", None),
                            ("updated_by_link", None),
                            ("version", 0),
                        ),
                        models.Q(
                            ("updated_at__isnull", False),
                            ("version__gt", 0),
                            models.Q(
                                models.Q(("updated_by__isnull", False), ("updated_by_link", None)),
                                models.Q(("updated_by", None), ("updated_by_link__isnull", False)),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="answer_written_by_someone",
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.UniqueConstraint(
                    fields=("assessment", "number"), name="answer_link_number_unique"
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("revoked_at", None), ("submitted_at", None)),
                    fields=("assessment",),
                    name="answer_link_one_open",
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("number__gte", 1), models.Q(("token_sha256", ""), _negated=True)
                    ),
                    name="answer_link_has_its_secret",
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.CheckConstraint(
                    condition=models.Q(("expires_at__gt", models.F("created_at"))),
                    name="answer_link_expires_after_its_creation",
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("revoked_at", None), ("revoked_by", None)),
                        models.Q(
                            ("revoked_at__isnull", False),
                            ("revoked_by__isnull", False),
                            ("submitted_at", None),
                        ),
                        _connector="OR",
                    ),
                    name="answer_link_revoked_by_someone_before_submission",
                ),
            ),
            migrations.AddConstraint(
                model_name="answerlink",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("content_sha256", ""), ("submitted_at", None)),
                        models.Q(
                            ("opened_at__isnull", False),
                            ("submitted_at__gte", models.F("opened_at")),
                            ("submitted_at__lt", models.F("expires_at")),
                            models.Q(("content_sha256", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="answer_link_submitted_in_time_with_its_hash",
                ),
            ),
        ),
        refuse(
            name="answer_link_closed",
            table=LINK,
            events=["UPDATE"],
            when=" OR ".join([CLOSED, *(f"NEW.{name} <> OLD.{name}" for name in KEPT)]),
            message="a link that was submitted or revoked never changes, nor whose it is",
        ),
        refuse(
            name="answer_link_kept",
            table=LINK,
            events=["DELETE"],
            message="a link is kept: it says who could answer",
        ),
    ]
