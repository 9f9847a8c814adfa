"""The lots of a tender as its page shows them: where each one stands, and what is next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.accounts.permissions import Access, Action, action
from vendors import permissions as purchase_permissions

from .. import permissions
from ..documents.report import percent_text
from ..domain import scoring
from ..domain.queries.tenders import Candidate, LotState
from ..models import Assessment

PREPARE, PUBLISH, ASSESS, SEAL, DONE = range(5)
"""The way of a lot: the index of the step that is current."""


@dataclass(frozen=True)
class Step:
    """One step of the way of a lot."""

    label: str
    state: str
    url: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Row:
    """A candidate, with the button that starts its assessment or the links of the one started."""

    candidate: Candidate
    state: str
    text: str
    rate: str
    start: Action | None
    may_withdraw: bool

    @property
    def assessment(self) -> Assessment | None:
        return self.candidate.assessment


@dataclass(frozen=True)
class LotBlock:
    """A lot with its way, its checklist, its candidates and its buttons."""

    state: LotState
    current: int
    steps: list[Step]
    rows: list[Row]
    prepare: Action
    add_candidate: Action
    edit: Action

    @property
    def asked(self) -> str:
        return _asked(self.state.asked)

    @property
    def number(self) -> str:
        return str(self.state.lot.number)


def blocks_of(lots: Sequence[LotState], access: Access) -> list[LotBlock]:
    """Return what the page shows of each lot."""
    return [_block(state, access) for state in lots]


def next_action(blocks: Sequence[LotBlock]) -> Action | None:
    """Return the one thing to do next: in the first lot that is not finished."""
    waiting = next((block for block in blocks if block.current < DONE), None)
    if waiting is None:
        return None
    if waiting.current in (PREPARE, PUBLISH):
        return waiting.prepare
    if not waiting.rows:
        return waiting.add_candidate
    row = next(row for row in waiting.rows if not _is_over(row.candidate, waiting.current))
    return row.start or _go_on(row.candidate, waiting.current)


def _block(state: LotState, access: Access) -> LotBlock:
    current = _current(state)
    return LotBlock(
        state=state,
        current=current,
        steps=_steps(state, current),
        rows=[_row(candidate, state, access) for candidate in state.candidates],
        prepare=_prepare(state, access, current),
        add_candidate=action(
            purchase_permissions.manage_purchases(access),
            key=f"candidat-{state.lot.pk}",
            label=_("Ajouter un candidat"),
            url=_add_url(state),
        ),
        edit=action(
            purchase_permissions.manage_purchases(access),
            key=f"lot-{state.lot.pk}",
            label=_("Renommer le lot"),
            url=reverse("vendors:lot_edit", args=[state.lot.pk]),
        ),
    )


def _current(state: LotState) -> int:
    if not state.is_published:
        return PUBLISH if state.checklist is not None and state.checklist.profile else PREPARE
    if not state.candidates or not all(one.is_complete for one in state.candidates):
        return ASSESS
    return DONE if all(one.is_sealed for one in state.candidates) else SEAL


def _is_over(candidate: Candidate, step: int) -> bool:
    return candidate.is_complete if step == ASSESS else candidate.is_sealed


# -- Buttons -----------------------------------------------------------------------------------


def _prepare(state: LotState, access: Access, current: int) -> Action:
    """The button that leads to the checklist: to write it, to publish it, or to read it."""
    lot, checklist = state.lot, state.checklist
    edit = reverse("checklists:checklist_edit", args=[lot.pk])
    publish = reverse("checklists:checklist_publish", args=[lot.pk])
    key = f"check-list-{lot.pk}"
    if current > PUBLISH:
        return Action(key, _("Voir la check-list publiée"), publish)
    permit = permissions.prepare(access, checklist)
    if current == PUBLISH:
        return action(permit, key=key, label=_("Relire et publier la check-list"), url=publish)
    label = _("Préparer la check-list") if checklist is None else _("Décrire l’achat")
    return action(permit, key=key, label=label, url=edit)


def _add_url(state: LotState) -> str:
    lot = state.lot
    url = reverse("vendors:candidate_add", args=[lot.tender_id])
    return f"{url}?lot={lot.pk}" if lot.number > 1 else url


def _start(candidate: Candidate, state: LotState, access: Access) -> Action:
    candidacy = candidate.candidacy
    return action(
        permissions.start(access, state.checklist),
        key=f"evaluer-{candidacy.pk}",
        label=_("Évaluer %(name)s") % {"name": candidacy.vendor.name},
        url=reverse("checklists:assessment_start", args=[candidacy.pk]),
        method="post",
    )


def _go_on(candidate: Candidate, step: int) -> Action:
    assert candidate.assessment is not None
    name = {"name": candidate.candidacy.vendor.name}
    if step == SEAL:
        url = reverse("checklists:assessment_documents", args=[candidate.assessment.pk])
        return Action("suite", _("Sceller l’évaluation – %(name)s") % name, url)
    url = reverse("checklists:assessment_grid", args=[candidate.assessment.pk])
    return Action("suite", _("Continuer d’évaluer %(name)s") % name, url)


# -- Words -------------------------------------------------------------------------------------


def _steps(state: LotState, current: int) -> list[Step]:
    lot, hints = state.lot, _hints(state)
    edit = reverse("checklists:checklist_edit", args=[lot.pk])
    publish = reverse("checklists:checklist_publish", args=[lot.pk])
    urls = [edit, publish if state.checklist is not None else "", "", ""]
    labels = [_("Préparer"), _("Publier"), _("Évaluer"), _("Sceller")]
    return [
        Step(label, _state_of(index, current), url, hint)
        for index, (label, url, hint) in enumerate(zip(labels, urls, hints, strict=True))
    ]


def _state_of(index: int, current: int) -> str:
    if index == current:
        return "current"
    return "done" if index < current else "todo"


def _hints(state: LotState) -> list[str]:
    candidates = state.candidates
    complete = sum(one.is_complete for one in candidates)
    sealed = sum(one.is_sealed for one in candidates)
    asked = _asked(state.asked) if state.checklist is not None else ""
    return [asked, "", _of(complete, candidates), _of(sealed, candidates)]


def _asked(count: int) -> str:
    return ngettext("%(n)d point à noter", "%(n)d points à noter", count) % {"n": count}


def _of(count: int, candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return ""
    sentence = ngettext("%(n)d candidat sur %(all)d", "%(n)d candidats sur %(all)d", count)
    return sentence % {"n": count, "all": len(candidates)}


def _row(candidate: Candidate, state: LotState, access: Access) -> Row:
    assessment = candidate.assessment
    if assessment is None:
        may_change = bool(purchase_permissions.manage_purchases(access))
        start = _start(candidate, state, access)
        return Row(candidate, "todo", _("Évaluation non commencée"), "", start, may_change)
    scored, total = assessment.scored, assessment.total
    text = ngettext(
        "%(scored)d point noté sur %(total)d", "%(scored)d points notés sur %(total)d", scored
    ) % {"scored": scored, "total": total}
    progress = "done" if candidate.is_complete else "current"
    return Row(candidate, progress, text, _rate(assessment), None, may_withdraw=False)


def _rate(assessment: Assessment) -> str:
    """The rate of a complete assessment: before, a missing score would count as zero."""
    if assessment.missing:
        return ""
    tally = scoring.Tally(earned=assessment.score_sum, possible=assessment.weight_sum)
    return percent_text(tally.rate)
