"""The answers of a candidate never change once their set has its hash; the scores still do."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, freeze


def answers_are_frozen(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_assessment a "
        f"WHERE a.id = {row}.assessment_id AND a.answers_frozen_at IS NOT NULL)"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("checklists", "0016_late_files"),
        ("vendors", "0002_opening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        KeepingTriggers(
            migrations.AddField(
                model_name="assessment",
                name="answers_frozen_at",
                field=models.DateTimeField(
                    blank=True, null=True, verbose_name="Réponses arrêtées le"
                ),
            ),
            migrations.AddField(
                model_name="assessment",
                name="answers_frozen_by",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="assessment",
                name="answers_frozen_by_link",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="checklists.answerlink",
                ),
            ),
            migrations.AddField(
                model_name="assessment",
                name="answers_sha256",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    max_length=64,
                    verbose_name="Empreinte des réponses",
                ),
            ),
            migrations.AddConstraint(
                model_name="assessment",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("answers_frozen_at", None),
                            ("answers_frozen_by", None),
                            ("answers_frozen_by_link", None),
                            ("answers_sha256", ""),
                        ),
                        models.Q(
                            ("answers_frozen_at__isnull", False),
                            models.Q(("answers_sha256", ""), _negated=True),
                            models.Q(
                                models.Q(
                                    ("answers_frozen_by__isnull", False),
                                    ("answers_frozen_by_link", None),
                                ),
                                models.Q(
                                    ("answers_frozen_by", None),
                                    ("answers_frozen_by_link__isnull", False),
                                ),
                                _connector="OR",
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="assessment_answers_frozen_by_someone",
                ),
            ),
        ),
        *freeze(
            name="answer_set",
            table="checklists_answer",
            when=answers_are_frozen,
            message="the answers of a candidate are frozen under their hash",
        ),
    ]
