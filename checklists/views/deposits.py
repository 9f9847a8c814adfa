"""The files that came in together for a checklist: received, given to candidates, taken over."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common.attachments import attachment, require_openable
from uniha_clausier.common.errors import DomainError
from vendors.models import Candidacy

from .. import deposit_tasks as tasks
from .. import permissions
from ..deposit_tasks import Taken
from ..documents import answer_files
from ..documents.answer_files import UnreadableWorkbook
from ..documents.answer_workbook import TYPES
from ..documents.deposits import Arrival
from ..domain import deposits, late_files
from ..domain.attribution import Attribution
from ..domain.deposits import Told
from ..domain.queries import deposits as queries
from ..enums import AttributionClue
from ..forms.deposits import DepositForm, candidates_from
from ..models import Checklist, Deposit, LateFile

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deposit_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the files of a checklist, and receive more."""
    checklist, access = published_or_404(request, pk)
    tender = checklist.lot.tender
    if request.method != "POST":
        return _page(request, checklist, access, DepositForm(deadline=tender.deadline))
    require(permissions.receive(access, tender))
    form = DepositForm(request.POST, request.FILES, deadline=tender.deadline)
    if not form.is_valid():
        return _page(request, checklist, access, form, status=UNPROCESSABLE)
    try:
        arrival = tasks.receive(
            checklist=checklist,
            files_sent=form.cleaned_data["workbooks"],
            deposited_at=form.deposited_late_at(),
            by=access.user,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        _say_arrival(request, arrival)
    return redirect("checklists:deposit_list", pk)


@require_POST
def deposit_give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the files that wait to the candidates that the buyer chose."""
    checklist, access = published_or_404(request, pk)
    require(permissions.receive(access, checklist.lot.tender))
    chosen = candidates_from(request.POST)
    candidacies = {each.pk: each for each in queries.candidacies(checklist)}
    given = 0
    for deposit in queries.waiting(checklist, list(chosen)):
        candidacy = candidacies.get(chosen[deposit.pk])
        if candidacy is None:
            continue
        try:
            deposits.give(
                deposit=deposit, candidacy=candidacy, clue=AttributionClue.BUYER, by=access.user
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            given += 1
    if given:
        messages.success(
            request,
            ngettext("%(n)d fichier attribué.", "%(n)d fichiers attribués.", given) % {"n": given},
        )
    else:
        messages.info(request, _("Aucun fichier attribué : choisissez un candidat."))
    return redirect("checklists:deposit_list", pk)


@require_POST
def deposit_take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the take-over of the files without a doubt, one act a candidate."""
    checklist, access = published_or_404(request, pk)
    require(permissions.receive(access, checklist.lot.tender))
    tasks.request_take_over(checklist=checklist, by=access.user)
    messages.success(request, _("La reprise est en cours : quelques secondes suffisent."))
    return redirect("checklists:deposit_list", pk)


@never_cache
@require_safe
def deposit_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a file back as it came: its candidate may only be known by opening it."""
    deposit = get_object_or_404(queries.deposits(), pk=pk)
    access_or_404(signed_in(request), deposit.checklist.lot.tender.facility_id)
    require_openable(deposit.file_name)
    try:
        content = answer_files.kept(deposit)
    except UnreadableWorkbook as error:
        raise Http404(str(error)) from None
    name = f"classeur-depose-{deposit.file_sha256[:8]}.{deposit.kind}"
    return attachment(content, name=name, content_type=TYPES[deposit.kind])


def published_or_404(request: HttpRequest, pk: int) -> tuple[Checklist, Access]:
    """Return a published checklist. Raises Http404 for a stranger, and before the publication."""
    checklist = get_object_or_404(queries.checklists(), pk=pk)
    access = access_or_404(signed_in(request), checklist.lot.tender.facility_id)
    if not checklist.is_published:
        raise Http404
    return checklist, access


# -- The page ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A file that waits for its candidate: why, and the one that the rule finds now, if any."""

    deposit: Deposit
    told: Told
    found: Attribution
    is_late: bool
    """That it came after the deadline as it stands now."""


@dataclass(frozen=True)
class Given:
    """A file of a candidate: what it says, and why it waits for a look of its own."""

    deposit: Deposit
    told: Told
    stays: str
    answers: str
    """Which checklist it answers, in words."""

    @property
    def is_clear(self) -> bool:
        """Whether it may be taken over with the others."""
        return not self.stays and not self.takeovers

    @property
    def late(self) -> LateFile | None:
        """That it came after the deadline, and what is decided."""
        return self.deposit.reception.lateness if self.deposit.reception else None

    @property
    def takeovers(self) -> list[Any]:
        reception = self.deposit.reception
        return list(reception.takeovers.all()) if reception else []


def _page(
    request: HttpRequest,
    checklist: Checklist,
    access: Access,
    form: DepositForm,
    status: int = 200,
) -> HttpResponse:
    candidacies, found = queries.candidacies(checklist), queries.of_checklist(checklist)
    given = _given(checklist, found)
    unread = sum(not each.is_read for each in found)
    reading, (taking, taken) = tasks.reading_state(checklist, unread), tasks.taking_state(checklist)
    is_busy = reading.is_waiting or taking.is_waiting
    lot = checklist.lot
    receive = permissions.receive(access, lot.tender)
    context = {
        "checklist": checklist,
        "facility": lot.tender.facility,
        "tender": lot.tender,
        "lot": lot,
        "clausier_version": checklist.version,
        "form": form,
        "receive": receive,
        "candidacies": candidacies,
        "waiting": _waiting(found, candidacies, lot.tender.deadline),
        "given": given,
        "unread": unread,
        "reading": reading,
        "taking": taking,
        "is_busy": is_busy,
        "may_act": receive.allowed and not is_busy,
        "taken": taken,
        "left": _left(given, taken),
        "clear": sum(row.is_clear for row in given),
        "is_open": queries.has_open_answers(checklist),
        "refused": [deposit for deposit in found if deposit.refusal],
    }
    return render(request, "checklists/deposits.html", context, status=status)


def _waiting(
    found: list[Deposit], candidacies: list[Candidacy], deadline: dt.datetime | None
) -> list[Waiting]:
    candidates = [deposits.candidate_of(each) for each in candidacies]
    return [
        Waiting(
            each,
            deposits.told_by(each),
            deposits.whose(each, candidates),
            late_files.is_late(each.deposited_at, deadline),
        )
        for each in found
        if each.is_read and not each.refusal and each.reception is None
    ]


def _given(checklist: Checklist, found: list[Deposit]) -> list[Given]:
    counts = queries.not_taken_over(checklist)
    told = {each.pk: deposits.told_by(each) for each in found if each.reception}
    seals = {seal for one in told.values() for seal in one.seals}
    editions = queries.editions_of(checklist, seals)
    return [
        Given(
            each,
            told[each.pk],
            _stays(each, checklist.content_sha256, counts),
            _answered(checklist, told[each.pk].seals, editions),
        )
        for each in found
        if each.reception
    ]


def _answered(checklist: Checklist, seals: list[str], editions: Mapping[str, int]) -> str:
    if not seals:
        return _("non dit")
    others = set(seals) - {checklist.content_sha256}
    if others - set(editions):
        return _("une autre")
    if others:
        return _("édition %(n)d") % {"n": min(editions[seal] for seal in others)}
    if checklist.edition > 1:
        return _("celle-ci, édition %(n)d") % {"n": checklist.edition}
    return _("celle-ci")


def _stays(deposit: Deposit, seal: str, counts: Mapping[int, int]) -> str:
    assert deposit.reception
    waiting = counts[deposit.reception.assessment_id]
    return deposits.stays_because(deposit, seal, waiting, deposit.scan_state)


def _left(given: list[Given], taken: Taken | None) -> list[str]:
    """Name the candidates that the last take-over left, until somebody has looked."""
    if taken is None:
        return []
    return [
        row.deposit.reception.assessment.candidacy.vendor.name
        for row in given
        if row.deposit.reception and row.deposit.reception.pk in taken.left and not row.takeovers
    ]


# -- What is said after an act ---------------------------------------------------------------------


def _say_arrival(request: HttpRequest, arrival: Arrival) -> None:
    parts = [
        (arrival.kept, ngettext("%(n)d à lire", "%(n)d à lire", arrival.kept)),
        (arrival.refused, ngettext("%(n)d refusé", "%(n)d refusés", arrival.refused)),
        (arrival.known, ngettext("%(n)d déjà reçu", "%(n)d déjà reçus", arrival.known)),
    ]
    told = ", ".join(words % {"n": count} for count, words in parts if count)
    tell = messages.success if arrival.kept else messages.info
    tell(request, _("Fichiers reçus : %(told)s.") % {"told": told})
