"""What the buyer decided, as plain values of a report, and in the words of the pages of a document.

The keys stand only where something is decided, so that older data keep their hash.
"""

from typing import Any

from uniha_clausier.common.canonical import iso

from ..domain.outdated import is_decision_outdated
from ..domain.queries.documents import Sources
from ..enums import DecisionValue
from ..models import ChecklistItem, PointDecision

Plain = dict[str, Any]


def of_point(rows: Sources, item: ChecklistItem) -> Plain:
    """Return the decision on a point, under its key; nothing before it is given."""
    found = rows.decisions.get(item.pk)
    if found is None:
        return {}
    return {
        "decision": {
            "value": found.value,
            "label": str(DecisionValue(found.value).label),
            "commitment": found.commitment,
            "owner": found.owner,
            "due_on": found.due_on.isoformat() if found.due_on else "",
            "is_outdated": _is_outdated(rows, item, found),
            "at": iso(found.decided_at),
            "by": str(found.decided_by),
        }
    }


def of_assessment(rows: Sources) -> Plain:
    """Return the decision on the whole, under its key; nothing before it is given."""
    found = getattr(rows.assessment, "decision", None)
    if found is None:
        return {}
    asked = [item for item in rows.items if item.pk in rows.scores]
    return {
        "decision": {
            "value": found.value,
            "label": str(DecisionValue(found.value).label),
            "reason": found.reason,
            "is_outdated": any(_is_later(rows, item, found.decided_at) for item in asked),
            "at": iso(found.decided_at),
            "by": str(found.decided_by),
        }
    }


def _is_outdated(rows: Sources, item: ChecklistItem, found: PointDecision) -> bool:
    answer, score = rows.answers.get(item.pk), rows.scores.get(item.pk)
    now = (answer.version if answer else 0, score.value_version if score else 0)
    return is_decision_outdated(found.value, (found.answer_version, found.score_version), now)


def _is_later(rows: Sources, item: ChecklistItem, whole_at: Any) -> bool:
    """Whether a point waits for its decision, or was decided after the whole."""
    found = rows.decisions.get(item.pk)
    return found is None or _is_outdated(rows, item, found) or found.decided_at > whole_at


def reservations(data: Plain) -> list[Plain]:
    """Return the points accepted with a reservation, of gathered data."""
    return _under(data, DecisionValue.RESERVED)


def refused(data: Plain) -> list[Plain]:
    """Return the points that were refused, of gathered data."""
    return _under(data, DecisionValue.REFUSED)


def _under(data: Plain, value: str) -> list[Plain]:
    return [point for point in data["points"] if point.get("decision", {}).get("value") == value]
