"""What the pages of one assessment share: their door, their names, their words."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..domain import disagreement
from ..domain.answering import Outcome
from ..domain.queries import grid as queries
from ..domain.queries.findings import Given
from ..domain.queries.grid import PointState
from ..enums import Claim, DecisionValue, FindingValue, ScoreValue, Sharing
from ..models import Assessment

FIELD_NAMES = {
    "claim": gettext_lazy("Réponse du candidat"),
    "claim_text": gettext_lazy("Texte de la réponse"),
    "score": gettext_lazy("Note de l’acheteur"),
    "comment": gettext_lazy("Commentaire"),
    "finding": gettext_lazy("Constat"),
    "decision": gettext_lazy("Décision"),
    "finding_comment": gettext_lazy("Commentaire du constat"),
    "finding_sharing": gettext_lazy("Communication du constat"),
}
"""The fields of a point that the journal knows, by the name that pages show."""


def door_or_404(user: Any, pk: int) -> queries.Door:
    """Return what opens an assessment to ``user``. Raises Http404 for a stranger."""
    door = queries.door(user, pk)
    if door is None:
        raise Http404
    return door


def names(assessment: Assessment) -> dict[str, Any]:
    """Return what the head of each page names."""
    lot = assessment.candidacy.lot
    return {
        "assessment": assessment,
        "facility": assessment.facility,
        "tender": lot.tender,
        "lot": lot,
        "vendor": assessment.candidacy.vendor,
        "product": assessment.candidacy.product,
        "clausier_version": assessment.checklist.version,
    }


def in_words(field: str, value: str) -> str:
    """Return the value of a field as a page says it."""
    if field == "score":
        return str(ScoreValue(value).label)
    if field == "claim":
        return str(Claim(value).label)
    if field == "finding":
        return str(FindingValue(value).label)
    if field == "decision":
        return str(DecisionValue(value).label)
    if field == "finding_sharing":
        return str(Sharing(value).label)
    return value


def with_typed(states: Iterable[PointState], outcome: Outcome) -> list[PointState]:
    """Put back what was typed and not written: nobody types twice."""
    typed: dict[str, dict[str, Any]] = {}
    for edit, _error in [*outcome.conflicts, *outcome.refused]:
        typed.setdefault(edit.ref, {})[edit.field] = edit.value
    return [state._replace(**typed.get(state.ref, {})) for state in states]


class Found(NamedTuple):
    """What the roles found on a point, beside the buyer's score."""

    given: list[tuple[Given, bool, bool]]
    """Each finding, whether the claim changed since, and whether its role no longer reviews here."""
    differs: bool
    departing: str
    """The scores that would depart from a finding, as a script reads them."""
    is_unexplained: bool


def found_on(state: PointState, given: Sequence[Given]) -> Found | None:
    """Return what to show of the findings of a point, None when nobody gave one."""
    if not given:
        return None
    values = [one.value for one in given if one.is_routed]
    return Found(
        [
            (one, one.is_routed and one.is_outdated(state.answer_version), not one.is_routed)
            for one in given
        ],
        disagreement.differ(values),
        " ".join(disagreement.departing_scores(values)),
        disagreement.is_unexplained(state.score, state.comment, values),
    )


def saved_in_words(number: int) -> str:
    """Say what a form sent without JavaScript has saved."""
    if not number:
        return _("Rien n’avait changé : tout était déjà enregistré.")
    return ngettext(
        "%(n)d modification enregistrée.", "%(n)d modifications enregistrées.", number
    ) % {"n": number}
