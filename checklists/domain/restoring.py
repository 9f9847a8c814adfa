"""Putting back a value that the history of a point holds."""

from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..models import Assessment
from . import answering
from .assessments import subject_of

SIDES = ("before", "after")
"""Which value of an event is meant: the one it replaced, or the one it wrote."""


class NotInHistory(DomainError):
    """The history of the point holds no such value."""


def restore_value(
    *, assessment_id: int, ref: str, event: int, side: str, base_version: int, by: User
) -> answering.Saved:
    """Write again the value that ``event`` (its number in the journal) holds on ``side``.

    An ordinary versioned write: it conflicts when the field changed after ``base_version``. The
    text that a conflict refused can be put back too. Raises NotInHistory, and what
    ``answering.save_field`` raises.
    """
    field, value = _past_value(assessment_id, ref, event, side)
    return answering.save_field(
        assessment_id=assessment_id,
        ref=ref,
        field=field,
        value=value,
        base_version=base_version,
        restored_from=event,
        by=by,
    )


def values_of(data: dict[str, str]) -> dict[str, str]:
    """Return the values of an event's data by side; a refused text stands after the kept one."""
    if "refused" in data:
        return {"before": data["kept"], "after": data["refused"]}
    return {side: data.get(side, "") for side in SIDES}


def _past_value(assessment_id: int, ref: str, seq: int, side: str) -> tuple[str, str]:
    facility_id = Assessment.objects.values_list("facility_id", flat=True).get(pk=assessment_id)
    past = journal.history(tenant=facility_id, subject=subject_of(assessment_id, ref))
    event = next((one for one in past if one.seq == seq), None)
    if event is None or side not in SIDES or event.data.get("field") not in answering.FIELDS:
        raise NotInHistory(_("L’historique de ce point ne contient pas cette valeur."))
    return event.data["field"], values_of(event.data)[side]
