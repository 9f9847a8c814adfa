"""The lots of a tender as its page shows them: where each one stands, and what is next."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.accounts.permissions import Access, Action, action
from vendors import permissions as purchase_permissions
from vendors.models import Lot

from .. import permissions
from ..documents.report import percent_text
from ..domain import scoring
from ..domain.queries.tenders import Candidate, LotState, Sheet
from ..models import Assessment, Checklist

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
class SheetBlock:
    """One clausier of a lot with its way, its checklist, its candidates and its buttons."""

    sheet: Sheet
    number: str
    current: int
    steps: list[Step]
    rows: list[Row]
    prepare: Action

    @property
    def checklist(self) -> Checklist | None:
        return self.sheet.checklist

    @property
    def asked(self) -> str:
        return _asked(self.sheet.asked)


@dataclass(frozen=True)
class LotBlock:
    """A lot with one block a clausier, and its buttons."""

    lot: Lot
    sheets: list[SheetBlock]
    has_candidates: bool
    add_candidate: Action
    add_clausier: Action
    edit: Action
    beneficiaries: str = ""
    """The names of the facilities for which the lot is bought, besides the one that buys."""

    @property
    def leads(self) -> bool:
        """Whether the buyer leads a group, and so may buy for others."""
        facility = self.lot.tender.facility
        return facility.group is not None and facility.group.lead_facility_id == facility.pk

    @property
    def is_published(self) -> bool:
        """Whether candidates may be assessed on one clausier at least."""
        return any(block.sheet.is_published for block in self.sheets)

    @property
    def has_checklist(self) -> bool:
        return self.sheets[0].checklist is not None

    @property
    def has_several(self) -> bool:
        return len(self.sheets) > 1


def blocks_of(lots: Sequence[LotState], access: Access) -> list[LotBlock]:
    """Return what the page shows of each lot."""
    return [_lot_block(state, access) for state in lots]


def next_action(blocks: Sequence[LotBlock]) -> Action | None:
    """Return the one thing to do next: on the first clausier that is not finished."""
    pairs = [(lot, block) for lot in blocks for block in lot.sheets]
    waiting = next((pair for pair in pairs if pair[1].current < DONE), None)
    if waiting is None:
        return None
    lot, block = waiting
    if block.current in (PREPARE, PUBLISH):
        return block.prepare
    if not block.rows:
        return lot.add_candidate
    row = next((row for row in block.rows if not _is_over(row.candidate, block.current)), None)
    if row is None:  # all that came is out of time
        return lot.add_candidate
    return row.start or _go_on(row.candidate, block.current)


def _lot_block(state: LotState, access: Access) -> LotBlock:
    change = purchase_permissions.manage_purchases(access)
    lot = state.lot
    return LotBlock(
        lot=lot,
        sheets=[
            _sheet_block(sheet, lot, f"{lot.number}-{at}", access)
            for at, sheet in enumerate(state.sheets, start=1)
        ],
        has_candidates=bool(state.candidacies),
        add_candidate=action(
            change,
            key=f"candidat-{lot.pk}",
            label=_("Ajouter un candidat"),
            url=_add_url(lot),
        ),
        add_clausier=action(
            permissions.prepare(access, None),
            key=f"clausier-{lot.pk}",
            label=_("Ajouter un clausier"),
            url=reverse("checklists:checklist_start", args=[lot.pk]),
        ),
        edit=action(
            change,
            key=f"lot-{lot.pk}",
            label=_("Modifier le lot") if lot.tender.has_lots else _("Bénéficiaires"),
            url=reverse("vendors:lot_edit", args=[lot.pk]),
        ),
        beneficiaries=", ".join(one.facility.name for one in getattr(lot, "named", ())),
    )


def _sheet_block(sheet: Sheet, lot: Lot, number: str, access: Access) -> SheetBlock:
    current = _current(sheet)
    return SheetBlock(
        sheet=sheet,
        number=number,
        current=current,
        steps=_steps(sheet, lot, current),
        rows=[_row(candidate, sheet, access) for candidate in sheet.candidates],
        prepare=_prepare(sheet, lot, access, current),
    )


def _current(sheet: Sheet) -> int:
    if not sheet.is_published:
        return PUBLISH if sheet.checklist is not None and sheet.checklist.profile else PREPARE
    compared = sheet.compared
    if not compared or not all(one.is_complete for one in compared):
        return ASSESS
    return DONE if all(one.is_sealed for one in compared) else SEAL


def _is_over(candidate: Candidate, step: int) -> bool:
    if candidate.is_out:
        return True
    return candidate.is_complete if step == ASSESS else candidate.is_sealed


# -- Buttons -----------------------------------------------------------------------------------


def _prepare(sheet: Sheet, lot: Lot, access: Access, current: int) -> Action:
    """The button that leads to the checklist: to write it, to publish it, or to read it."""
    checklist = sheet.checklist
    permit = permissions.prepare(access, checklist)
    if checklist is None:
        url = reverse("checklists:checklist_start", args=[lot.pk])
        return action(
            permit, key=f"check-list-{lot.pk}", label=_("Préparer la check-list"), url=url
        )
    key = f"check-list-{lot.pk}-{checklist.pk}"
    publish = reverse("checklists:checklist_publish", args=[checklist.pk])
    if current > PUBLISH:
        return Action(key, _("Voir la check-list publiée"), publish)
    if current == PUBLISH:
        return action(permit, key=key, label=_("Relire et publier la check-list"), url=publish)
    url = reverse("checklists:checklist_edit", args=[checklist.pk])
    return action(permit, key=key, label=_("Décrire l’achat"), url=url)


def _add_url(lot: Lot) -> str:
    url = reverse("vendors:candidate_add", args=[lot.tender_id])
    return f"{url}?lot={lot.pk}" if lot.number > 1 else url


def _start(candidate: Candidate, sheet: Sheet, access: Access) -> Action | None:
    """The button that starts an assessment; there is none before there is a checklist."""
    candidacy, checklist = candidate.candidacy, sheet.checklist
    if checklist is None:
        return None
    args = [candidacy.pk, checklist.version.clausier.code]
    return action(
        permissions.start(access, checklist),
        key=f"evaluer-{candidacy.pk}-{checklist.pk}",
        label=_("Évaluer %(name)s") % {"name": candidacy.vendor.name},
        url=reverse("checklists:assessment_start", args=args),
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


def _steps(sheet: Sheet, lot: Lot, current: int) -> list[Step]:
    checklist, hints = sheet.checklist, _hints(sheet)
    if checklist is None:
        urls = [reverse("checklists:checklist_start", args=[lot.pk]), "", "", ""]
    else:
        edit = reverse("checklists:checklist_edit", args=[checklist.pk])
        urls = [edit, reverse("checklists:checklist_publish", args=[checklist.pk]), "", ""]
    labels = [_("Préparer"), _("Publier"), _("Évaluer"), _("Sceller")]
    return [
        Step(label, _state_of(index, current), url, hint)
        for index, (label, url, hint) in enumerate(zip(labels, urls, hints, strict=True))
    ]


def _state_of(index: int, current: int) -> str:
    if index == current:
        return "current"
    return "done" if index < current else "todo"


def _hints(sheet: Sheet) -> list[str]:
    candidates = sheet.compared
    complete = sum(one.is_complete for one in candidates)
    sealed = sum(one.is_sealed for one in candidates)
    asked = _asked(sheet.asked) if sheet.checklist is not None else ""
    return [asked, "", _of(complete, candidates), _of(sealed, candidates)]


def _asked(count: int) -> str:
    return ngettext("%(n)d point à noter", "%(n)d points à noter", count) % {"n": count}


def _of(count: int, candidates: Sequence[Candidate]) -> str:
    if not candidates:
        return ""
    sentence = ngettext("%(n)d candidat sur %(all)d", "%(n)d candidats sur %(all)d", count)
    return sentence % {"n": count, "all": len(candidates)}


def _row(candidate: Candidate, sheet: Sheet, access: Access) -> Row:
    assessment = candidate.assessment
    if assessment is None:
        may_change = candidate.is_untouched and bool(purchase_permissions.manage_purchases(access))
        start = _start(candidate, sheet, access)
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
