"""The files of a candidate: received, shown as a dry run, taken over as one act."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common import scanning
from uniha_clausier.common.attachments import attachment, require_openable
from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.errors import DomainError
from vendors.models import Tender

from .. import permissions
from ..documents import answer_files
from ..documents.answer_files import UnreadableWorkbook
from ..documents.answer_workbook import TYPES
from ..domain import answer_words, checklists, edition_changes, late_files, receptions
from ..domain.answer_reading import Reading
from ..domain.queries import grid
from ..domain.queries import receptions as queries
from ..domain.receptions import Change, Comparison
from ..forms.late_files import LateDecisionForm
from ..forms.receptions import ReceptionForm, choices_from, versions_from
from ..models import Assessment, Checklist, LateFile, Reception
from .grid_pages import FIELD_NAMES, in_words, names

logger = logging.getLogger(__name__)

UNPROCESSABLE, CONFLICT = 422, 409


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reception_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the files of a candidate, and receive one more."""
    assessment = get_object_or_404(grid.assessments(), pk=pk)
    access = access_or_404(signed_in(request), assessment.facility_id)
    deadline = _tender(assessment).deadline
    if request.method != "POST":
        return _list_page(request, assessment, access, ReceptionForm(deadline=deadline))
    require(permissions.receive(access, _tender(assessment)))
    form = ReceptionForm(request.POST, request.FILES, deadline=deadline)
    if not form.is_valid():
        return _list_page(request, assessment, access, form, status=UNPROCESSABLE)
    file = form.cleaned_data["file"]
    content, name = file.read(), str(file.name)
    try:
        kind = answer_files.kind_of(content, name)
        answer_files.read(content, kind)
    except UnreadableWorkbook as error:
        form.add_error("file", str(error))
        receptions.refuse(
            assessment=assessment, content=content, sent_as=name, reason=str(error), by=access.user
        )
        return _list_page(request, assessment, access, form, status=UNPROCESSABLE)
    reception, is_new = receptions.receive(
        assessment=assessment,
        content=content,
        kind=kind,
        sent_as=name,
        deposited_at=form.deposited_late_at(),
        by=access.user,
    )
    if not is_new:
        messages.info(
            request,
            _("Ce fichier est déjà reçu : c’est le classeur %(number)d.")
            % {"number": reception.number},
        )
    return redirect("checklists:reception_detail", reception.pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reception_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a file would change, then write it: all of it, or nothing."""
    reception = get_object_or_404(queries.receptions(), pk=pk)
    access = access_or_404(signed_in(request), reception.assessment.facility_id)
    reading = _reading_or_404(reception)
    if request.method == "POST":
        require(permissions.receive(access, _tender(reception.assessment)))
        return _take_over(request, reception, reading, access)
    return _detail_page(request, reception, reading, access)


@require_POST
def reception_late(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide, once, what becomes of a file that came after the deadline."""
    reception = get_object_or_404(queries.receptions(), pk=pk)
    access = access_or_404(signed_in(request), reception.assessment.facility_id)
    require(permissions.receive(access, _tender(reception.assessment)))
    late = get_object_or_404(LateFile, reception=reception)
    form, error = LateDecisionForm(request.POST), ""
    if form.is_valid():
        try:
            late_files.decide(late=late, by=access.user, **form.cleaned_data)
        except DomainError as refused:
            error = str(refused)
        else:
            messages.success(request, _("La décision est enregistrée, sous votre nom."))
            return redirect("checklists:reception_detail", pk)
    reading, status = _reading_or_404(reception), UNPROCESSABLE
    return _detail_page(
        request, reception, reading, access, error=error, late_form=form, status=status
    )


@never_cache
@require_safe
def reception_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a file back as it was received."""
    reception = get_object_or_404(queries.receptions(), pk=pk)
    access_or_404(signed_in(request), reception.assessment.facility_id)
    require_openable(reception.file_name)
    try:
        content = answer_files.kept(reception)
    except UnreadableWorkbook as error:
        raise _lost_file(reception, error) from None
    name = f"classeur-{reception.number}-{reception.file_sha256[:8]}.{reception.kind}"
    return attachment(content, name=name, content_type=TYPES[reception.kind])


def _tender(assessment: Assessment) -> Tender:
    return assessment.candidacy.lot.tender


def _reading_or_404(reception: Reception) -> Reading:
    """Return what a file says; nothing when the antivirus closed it."""
    if reception.scan_state == ScanState.INFECTED:
        return Reading()
    try:
        return answer_files.reading_of(reception)
    except UnreadableWorkbook as error:
        raise _lost_file(reception, error) from None


def _lost_file(reception: Reception, error: UnreadableWorkbook) -> Http404:
    logger.error("reception %s cannot be read again: %s", reception.pk, error)
    return Http404(_("Le fichier ne se lit plus : prévenez l’exploitant."))


# -- The list ------------------------------------------------------------------------------------


def _list_page(
    request: HttpRequest,
    assessment: Assessment,
    access: Access,
    form: ReceptionForm,
    status: int = 200,
) -> HttpResponse:
    context = names(assessment) | {
        "form": form,
        "receive": permissions.receive(access, _tender(assessment)),
        "receptions": queries.of_assessment(assessment),
        "open_until": _open_until(assessment),
    }
    return render(request, "checklists/receptions.html", context, status=status)


def _open_until(assessment: Assessment) -> Any:
    """Return the deadline of the tender while it is not over: offers are still sealed then."""
    deadline = assessment.candidacy.lot.tender.deadline
    return deadline if deadline and deadline > timezone.now() else None


# -- The dry run ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One value that would change, in words."""

    ref: str
    label: Any
    before: str
    after: str
    place: str


@dataclass
class DryRun:
    """What taking a file over would do: nothing is written yet."""

    reading: Reading
    comparison: Comparison
    choices: dict[int, int] = field(default_factory=dict)

    @property
    def changed(self) -> list[Line]:
        return [_line(change) for change in self.comparison.changed]

    @property
    def refused(self) -> list[Any]:
        return [*self.reading.refused, *self.comparison.refused]

    @property
    def counts(self) -> list[tuple[int, str]]:
        """The counts of the dry run, each with its word."""
        reading, changed = self.reading, len(self.comparison.changed)
        unchanged, refused = self.comparison.unchanged, len(self.refused)
        return [
            (changed, ngettext("modifié", "modifiés", changed)),
            (unchanged, ngettext("inchangé", "inchangés", unchanged)),
            (
                len(reading.empty),
                ngettext("point sans réponse", "points sans réponse", len(reading.empty)),
            ),
            (len(reading.doubts), _("à trancher")),
            (refused, ngettext("refusé", "refusés", refused)),
            (len(reading.foreign), _("hors de la check-list")),
        ]

    @property
    def doubts(self) -> list[dict[str, Any]]:
        """Each doubt with its number, and its options as the person has chosen among them."""
        return [
            {
                "doubt": doubt,
                "name": f"choix-{number}",
                "options": [
                    (at, option.label, self.choices.get(number) == at)
                    for at, option in enumerate(doubt.options)
                ],
            }
            for number, doubt in enumerate(self.reading.doubts)
        ]


def _line(change: Change) -> Line:
    return Line(
        change.ref,
        FIELD_NAMES[change.field],
        in_words(change.field, change.before),
        in_words(change.field, change.after),
        change.place,
    )


def _detail_page(
    request: HttpRequest,
    reception: Reception,
    reading: Reading,
    access: Access,
    *,
    error: str = "",
    late_form: LateDecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    states = grid.states(reception.assessment)
    run = DryRun(reading, receptions.compare(reading.found, states, {}), choices_from(request.POST))
    other = _other_checklist(reception, reading)
    context = names(reception.assessment) | {
        "reception": reception,
        "run": run,
        "versions": " ".join(f"{s.ref}:{s.answer_version}" for s in states if not s.is_reminder),
        "other": other,
        "someone": _someone_else(reception, reading),
        "takeovers": queries.takeovers(reception),
        "receive": permissions.receive(access, _tender(reception.assessment)),
        "open_until": _open_until(reception.assessment),
        "error": error,
        "held_back": scanning.why_not_served(reception.scan_state),
        "is_closed": reception.scan_state == ScanState.INFECTED,
        "late": reception.lateness,
        "late_form": late_form or LateDecisionForm(),
    }
    return render(request, "checklists/reception.html", context, status=status)


def _other_checklist(reception: Reception, reading: Reading) -> str:
    """Say which other checklist the file answers; empty when it is the right one, or says none."""
    others = [
        seal for seal in reading.seals if seal != reception.assessment.checklist.content_sha256
    ]
    if not others:
        return ""
    former = queries.former_edition(reception.assessment, others)
    if former is not None:
        return _former_edition(reception, former)
    lots = queries.lots_of_seals(reception.assessment, others)
    if not lots:
        return _(
            "Ce classeur répond à une autre check-list, inconnue de l’établissement "
            "(empreinte %(seal)s…). Demandez au candidat le bon fichier."
        ) % {"seal": others[0][:8]}
    lot = lots[0]
    name = f"{lot.tender} – {lot}" if lot.tender.has_lots else str(lot.tender)
    return _(
        "Ce classeur répond à une autre check-list : %(lot)s. Vérifiez que c’est le bon fichier."
    ) % {"lot": name}


def _former_edition(reception: Reception, former: Checklist) -> str:
    """Say that the file answers an edition that was corrected since, and on which points."""
    found = edition_changes.changes(
        checklists.content(former), checklists.content(reception.assessment.checklist)
    )
    refs = edition_changes.refs_of(found)
    told = {"answered": former.edition, "asked": reception.assessment.checklist.edition}
    if not refs:
        return (
            _("Ce classeur répond à l’édition %(answered)d, corrigée par l’édition %(asked)d.")
            % told
        )
    return _(
        "Ce classeur répond à l’édition %(answered)d, corrigée par l’édition %(asked)d. "
        "Points changés depuis : %(refs)s."
    ) % (told | {"refs": ", ".join(refs)})


def _someone_else(reception: Reception, reading: Reading) -> str:
    """Say that the file bears another company's number than the candidate's."""
    vendor = reception.assessment.candidacy.vendor
    told = "".join(reading.identity.get(answer_words.SIRET, "").split())
    if not vendor.siren or len(told) < len(vendor.siren) or told.startswith(vendor.siren):
        return ""
    return _(
        "Le classeur porte le numéro %(told)s ; le candidat %(name)s a le SIREN %(siren)s."
    ) % {"told": told[:20], "name": vendor.name, "siren": vendor.siren}


# -- Writing -------------------------------------------------------------------------------------


def _take_over(
    request: HttpRequest, reception: Reception, reading: Reading, access: Access
) -> HttpResponse:
    if _other_checklist(reception, reading) and "quand-meme" not in request.POST:
        error = _(
            "Ce classeur répond à une autre check-list : cochez « Reprendre quand même » pour "
            "n’en garder que les points de celle-ci."
        )
        return _detail_page(request, reception, reading, access, error=error, status=UNPROCESSABLE)
    found, decisions = receptions.settled(reading, choices_from(request.POST))
    states = grid.states(reception.assessment)
    comparison = receptions.compare(found, states, versions_from(request.POST))
    try:
        outcome = receptions.take_over(
            reception=reception, changes=comparison.changed, decisions=decisions, by=access.user
        )
    except DomainError as refused:
        return _detail_page(
            request, reception, reading, access, error=str(refused), status=UNPROCESSABLE
        )
    if not outcome.is_clean:
        error = _lost(outcome)
        return _detail_page(request, reception, reading, access, error=error, status=CONFLICT)
    count = len(outcome.saved)
    if not count:
        messages.info(request, _("Rien n’a changé : la grille disait déjà la même chose."))
        return redirect("checklists:reception_detail", reception.pk)
    messages.success(
        request,
        ngettext("%(n)d valeur reprise du classeur.", "%(n)d valeurs reprises du classeur.", count)
        % {"n": count},
    )
    return redirect("checklists:assessment_grid", reception.assessment_id)


def _lost(outcome: Any) -> str:
    """Say that nothing was written, and because of which points."""
    refs = [edit.ref for edit, _error in (*outcome.conflicts, *outcome.refused)]
    return _(
        "Rien n’est repris : une réponse a changé depuis que cette page est ouverte (%(refs)s). "
        "Relisez ce qui changerait maintenant."
    ) % {"refs": ", ".join(dict.fromkeys(refs))}
