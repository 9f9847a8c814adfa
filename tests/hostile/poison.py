"""Hostile texts in every column of the database that holds what somebody typed.

The models say which columns there are: a column of text is filled, or stands in NOT_TYPED with the
reason why nobody types it. The refusals of the database are set aside: what is frozen was typed
one day too.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from .payloads import TEXTS, mail_address, packed

NOT_TYPED = {
    "auth.Group.name": "groups are not used",
    "auth.Permission.codename": "written by Django",
    "auth.Permission.name": "written by Django",
    "contenttypes.ContentType.app_label": "written by Django",
    "contenttypes.ContentType.model": "written by Django",
    "sessions.Session.session_key": "drawn at random",
    "sessions.Session.session_data": "signed, read by the server alone",
    "account.EmailConfirmation.key": "drawn at random",
    "accounts.User.password": "a hash",
    "accounts.BrowserSession.session_key": "drawn at random",
    "accounts.Facility.siret": "digits, checked by their key",
    "accounts.Facility.finess": "digits, checked by their length",
    "accounts.Invitation.roles": "codes of a list",
    "common.AuditEvent.action": "a code of ours",
    "common.JournalHead.hash": "a hash",
    "common.ScheduledRun.job": "a code of ours",
    "common.SentMail.key": "made of codes and numbers",
    "common.TaskTrace.request_id": "checked by its form (request_log)",
    "common.WorkerSign.worker": "made by the worker",
    "vendors.Vendor.country": "a code of a list",
    "vendors.Vendor.siren": "digits, checked by their key",
    "vendors.Vendor.siret": "digits, checked by their key",
    "vendors.Certificate.hds_activities": "codes of a list",
    "vendors.Certificate.file_kind": "found in the content of the file",
    "checklists.Clausier.code": "a slug, a part of addresses",
    "checklists.ClausierVersion.number": "a part of addresses",
    "checklists.ControlPoint.ref": "checked by its form, a part of addresses",
    "checklists.ControlPoint.condition": "checked word by word",
    "checklists.ControlPoint.reviewers": "codes of a list",
    "checklists.ControlPoint.kinds": "codes of a list",
    "checklists.Checklist.profile": "codes of a list",
    "checklists.AnalysisText.key": "a code of ours",
    "checklists.CctpParameter.key": "a code of a list",
    "checklists.CctpParameter.choice": "a code of a list",
    "checklists.Deposit.kind": "found in the content of the file",
    "checklists.Evidence.kind": "found in the content of the file",
    "checklists.ExchangeFile.kind": "found in the content of the file",
    "checklists.LinkFile.kind": "found in the content of the file",
    "checklists.Reception.kind": "found in the content of the file",
    "checklists.OpinionRequest.refs": "numbers of points of the lot",
    "checklists.ReviewRoute.ref": "the number of a point",
    "checklists.ReviewRoute.roles": "codes of a list",
    "checklists.SavedProfile.flags": "codes of a list",
    "checklists.VisaRound.roles": "codes of a list",
    "django_tasks_database.DBTaskResult.args_kwargs": "numbers, read by the worker",
    "django_tasks_database.DBTaskResult.task_path": "a name in our code",
    "django_tasks_database.DBTaskResult.worker_ids": "made by the worker",
    "django_tasks_database.DBTaskResult.queue_name": "a name in our code",
    "django_tasks_database.DBTaskResult.backend_name": "a name in our code",
    "django_tasks_database.DBTaskResult.return_value": "read by the worker",
    "django_tasks_database.DBTaskResult.exception_class_path": "a name in our code",
}
"""Columns of text that nobody types in, each with its reason."""

COMPUTED = re.compile(r".*(sha256\w*|\.hash|\.file_name|\.certificate_name)")
"""What the product computes: hashes, and names of stored files."""

CODE = re.compile(r"[\w.:/+@-]*")
"""A leaf of a JSON column that is a code, a number or a date, and no text."""

COLUMNS = (models.CharField, models.TextField, models.JSONField)
Text = models.CharField[Any, Any] | models.TextField[Any, Any] | models.JSONField[Any, Any]


def text_columns() -> Iterator[tuple[str, type[models.Model], Text]]:
    """Yield every column of text that is no list of choices: its name, its model, itself."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, COLUMNS) and not field.choices:
                yield f"{model._meta.label}.{field.name}", model, field


def typed_columns() -> dict[str, tuple[type[models.Model], Text]]:
    """The columns that somebody types in, by name."""
    return {
        name: (model, field)
        for name, model, field in text_columns()
        if name not in NOT_TYPED and not COMPUTED.fullmatch(name)
    }


def column_mark(name: str) -> str:
    """What begins a text of a column: by it, the page that shows the column is known."""
    return f"c{sorted(typed_columns()).index(name):03d}_"


class Poison:
    """Fills the columns of a database, other texts in each row."""

    def __init__(
        self,
        *,
        keep: frozenset[str] = frozenset(),
        texts: Sequence[str] = TEXTS,
        longest: int | None = None,
    ) -> None:
        self.keep, self.texts, self.longest = keep, texts, longest
        self.turns = count(1, 7)
        self.filled: dict[str, int] = {}
        """How many rows were filled of each column."""

    def everywhere(self) -> None:
        """Fill every typed column of every row."""
        set_triggers_aside()
        columns = typed_columns()
        for name in sorted(columns.keys() - self.keep):  # else another database at each run
            model, field = columns[name]
            for row in model._base_manager.order_by("pk").values("pk", field.name):
                old = row[field.name]
                new = self.instead(name, field, old)
                if new != old and self.takes(model, row["pk"], {field.name: new}):
                    self.filled[name] = self.filled.get(name, 0) + 1

    @staticmethod
    def takes(model: type[models.Model], pk: Any, values: dict[str, Any]) -> bool:
        """Write in one row; return whether its constraints let it (a text may need its date)."""
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=pk).update(**values)
        except IntegrityError:
            return False
        return True

    def instead(self, name: str, field: Text, old: Any) -> Any:
        """Return the hostile value that takes the place of another."""
        if isinstance(field, models.JSONField):
            return self.leaf(column_mark(name), old)
        if isinstance(field, models.EmailField):
            return mail_address(next(self.turns))
        return self.text(name, field.max_length)

    def text(self, name: str, length: int | None) -> str:
        """Return a text of at most ``length`` characters, with the mark of its column."""
        mark = column_mark(name)
        lengths = [one for one in (length, self.longest) if one is not None]
        rest = min(lengths) - len(mark) if lengths else None
        return mark + packed(rest, next(self.turns), self.texts)

    def leaf(self, mark: str, old: Any) -> Any:
        """Return a JSON value whose texts are hostile, and whose codes are as they were."""
        if isinstance(old, dict):
            return {key: self.leaf(mark, value) for key, value in old.items()}
        if isinstance(old, list):
            return [self.leaf(mark, value) for value in old]
        if not isinstance(old, str) or CODE.fullmatch(old):
            return old
        return mark + packed(400, next(self.turns), self.texts)


def set_triggers_aside() -> None:
    """Let what the database freezes be changed, to the end of the transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
