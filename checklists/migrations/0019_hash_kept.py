"""The hash under which the answers of a candidate are stopped, its date and its author are kept."""

from django.db import migrations

from uniha_clausier.common.triggers import refuse


HASH = (
    "answers_sha256",
    "answers_frozen_at",
    "answers_frozen_by_id",
    "answers_frozen_by_link_id",
)


class Migration(migrations.Migration):
    dependencies = [("checklists", "0018_reminders")]

    operations = [
        refuse(
            name="answers_stopped_once",
            table="checklists_assessment",
            events=[f"UPDATE OF {', '.join(HASH)}"],
            when="OLD.answers_frozen_at IS NOT NULL",
            message="the answers are stopped under one hash",
        ),
    ]
