"""A file that comes in is kept at once and read later, once: what it says is written then.

Rows of before, and those that the release before goes on writing, are read already.
"""

from django.db import migrations, models

from uniha_clausier.common.triggers import KeepingTriggers, refuse

FORMER = (
    "checklist_id, received_at, received_by_id, sent_as, kind, file_name, file_sha256, file_size, "
    "refusal, told"
)
AS_RECEIVED = "checklist_id, received_at, received_by_id, sent_as, file_sha256, file_size"
AS_READ = "is_read, kind, file_name, refusal, told"
MESSAGE = "a received file is kept as it came"


class Migration(migrations.Migration):
    dependencies = [("checklists", "0040_in_place_of")]

    operations = [
        KeepingTriggers(
            migrations.AddField(
                model_name="deposit",
                name="is_read",
                field=models.BooleanField(db_default=True, default=True, verbose_name="Lu"),
            ),
        ),
        refuse(
            name="deposit_kept",
            table="checklists_deposit",
            events=[f"UPDATE OF {FORMER}", "DELETE"],
            message=MESSAGE,
        ).taken_away(),
        refuse(
            name="deposit_kept",
            table="checklists_deposit",
            events=[f"UPDATE OF {AS_RECEIVED}", "DELETE"],
            message=MESSAGE,
        ),
        refuse(
            name="deposit_read_once",
            table="checklists_deposit",
            events=[f"UPDATE OF {AS_READ}"],
            when="OLD.is_read",
            message="a file is read once",
        ),
    ]
