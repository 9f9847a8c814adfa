"""Writing to candidates about their offers: the draft, the letter, and what they answer."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common import scanning, storage
from uniha_clausier.common.attachments import attachment, safe_attachment
from uniha_clausier.common.errors import DomainError
from vendors.models import Tender

from .. import permissions, tasks
from ..documents import letters, word
from ..domain import exchanges
from ..domain.queries import exchanges as queries
from ..domain.queries import grid
from ..domain.queries.exchanges import Asking
from ..enums import ExchangeKind, ExchangeState
from ..forms.exchanges import DraftForm, ReplyForm
from ..models import Assessment, Exchange, ExchangeFile, ExchangeParty, ExchangePoint
from .grid_pages import door_or_404, names

UNPROCESSABLE = 422


# -- The exchanges with one candidate ------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the exchanges with a candidate, and start a demande de précisions on points ticked."""
    door = door_or_404(request.user, pk)
    assessment = grid.assessments().get(pk=pk)
    tender = assessment.candidacy.lot.tender
    askings: list[Asking] = []
    if permissions.compare(tender):
        askings = queries.askings(assessment, grid.catalogue(door.version))
    if request.method != "POST":
        return _list_page(request, assessment, door.access, askings)
    require(permissions.write_to_candidates(door.access, tender))
    ticked = set(request.POST.getlist("points"))
    try:
        exchange = exchanges.ask_clarification(
            assessment=assessment, questions=_questions(askings, ticked), by=door.access.user
        )
    except DomainError as error:
        return _list_page(request, assessment, door.access, askings, ticked, str(error))
    return redirect("checklists:exchange_detail", exchange.pk)


def _questions(askings: list[Asking], ticked: set[str]) -> dict[str, str]:
    """The question that a draft starts with: what a specialist would share, else the usual one."""
    usual = _("Précisez votre réponse à ce point.")
    return {one.state.ref: one.shared or usual for one in askings if one.state.ref in ticked}


def _list_page(
    request: HttpRequest,
    assessment: Assessment,
    access: Access,
    askings: list[Asking],
    ticked: set[str] | None = None,
    error: str = "",
) -> HttpResponse:
    tender = assessment.candidacy.lot.tender
    if ticked is None:
        ticked = {one.state.ref for one in askings if one.is_likely}
    rows = [{"asking": one, "is_ticked": one.state.ref in ticked} for one in askings]
    context = names(assessment) | {
        "write": permissions.write_to_candidates(access, tender),
        "opening": permissions.compare(tender).reason,
        "exchanges": queries.of_assessment(assessment),
        "likely": [row for row in rows if row["is_ticked"]],
        "others": [row for row in rows if not row["is_ticked"]],
        "error": error,
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "checklists/exchanges.html", context, status=status)


# -- One exchange --------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft to write, or what was sent and what came back."""
    exchange, access = _exchange_or_404(request, pk)
    if exchange.state != ExchangeState.DRAFT:
        if request.method == "POST":
            require(permissions.write_to_candidates(access, _tender(exchange)))
            messages.warning(request, _("Cette demande n’est plus un brouillon."))
            return redirect("checklists:exchange_detail", pk)
        return _sent_page(request, exchange, access)
    points = exchanges.points_of(exchange)
    if request.method != "POST":
        return _draft_page(request, exchange, access, DraftForm(exchange=exchange, points=points))
    require(permissions.write_to_candidates(access, _tender(exchange)))
    form = DraftForm(request.POST, exchange=exchange, points=points)
    if not form.is_valid():
        return _draft_page(request, exchange, access, form)
    try:
        exchanges.change(exchange=exchange, wording=form.wording(), by=access.user)
    except DomainError as error:
        form.add_error(None, str(error))
        return _draft_page(request, exchange, access, form)
    if "relire" in request.POST:
        return redirect("checklists:exchange_send", pk)
    messages.success(request, _("Le brouillon est enregistré."))
    return redirect("checklists:exchange_detail", pk)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the letter again, then freeze it."""
    exchange, access = _exchange_or_404(request, pk)
    require(permissions.write_to_candidates(access, _tender(exchange)))
    if request.method == "POST":
        try:
            tasks.send_exchange(exchange=exchange, by=access.user)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            text = _("La demande est arrêtée. Transmettez la lettre : Clausier n’envoie rien.")
            messages.success(request, text)
        return redirect("checklists:exchange_detail", pk)
    if exchange.state != ExchangeState.DRAFT:
        return redirect("checklists:exchange_detail", pk)
    points = exchanges.points_of(exchange)
    context = exchange_names(exchange) | {
        "points": points,
        "missing": exchanges.missing_to_send(exchange, points),
        "weighted": _weighted(exchange, points),
    }
    return render(request, "checklists/exchange_send.html", context)


def _weighted(exchange: Exchange, points: Sequence[ExchangePoint]) -> str:
    """The points of a regularisation that count in the note: their change may be substantial."""
    if exchange.kind != ExchangeKind.REGULARISATION:
        return ""
    return ", ".join(point.item.point.ref for point in points if point.item.weight)


@require_POST
def exchange_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a draft."""
    exchange, access = _exchange_or_404(request, pk)
    require(permissions.write_to_candidates(access, _tender(exchange)))
    back = exchange_names(exchange)["back_url"]
    try:
        exchanges.discard(exchange=exchange, by=access.user)
    except DomainError as error:
        messages.warning(request, str(error))
        return redirect("checklists:exchange_detail", pk)
    messages.success(request, _("Le brouillon est abandonné."))
    return redirect(back)


@require_POST
def exchange_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close an exchange: its answers change no more."""
    exchange, access = _exchange_or_404(request, pk)
    require(permissions.write_to_candidates(access, _tender(exchange)))
    try:
        exchanges.close(exchange=exchange, by=access.user)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("La demande est close."))
    return redirect("checklists:exchange_detail", pk)


def _exchange_or_404(request: HttpRequest, pk: int) -> tuple[Exchange, Access]:
    exchange = get_object_or_404(queries.exchanges(), pk=pk)
    return exchange, access_or_404(signed_in(request), _tender(exchange).facility_id)


def _tender(exchange: Exchange) -> Tender:
    return exchange.checklist.lot.tender


def exchange_names(exchange: Exchange) -> dict[str, Any]:
    """What the head of each page of an exchange names."""
    parties = list(queries.parties().filter(exchange=exchange).order_by("pk"))
    lot = exchange.checklist.lot
    return {
        "exchange": exchange,
        "facility": lot.tender.facility,
        "tender": lot.tender,
        "lot": lot,
        "parties": parties,
        "whom": ", ".join(party.assessment.candidacy.vendor.name for party in parties),
        "back_url": _back_url(exchange, parties),
        "clausier_version": exchange.checklist.version,
    }


def _back_url(exchange: Exchange, parties: list[ExchangeParty]) -> str:
    if exchange.kind == ExchangeKind.REGULARISATION:
        return reverse("checklists:regularisation_list", args=[exchange.checklist_id])
    return reverse("checklists:exchange_list", args=[parties[0].assessment_id])


def _draft_page(
    request: HttpRequest, exchange: Exchange, access: Access, form: DraftForm
) -> HttpResponse:
    write = permissions.write_to_candidates(access, _tender(exchange))
    context = exchange_names(exchange) | {"form": form, "points": form.points, "write": write}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/exchange_draft.html", context, status=status)


def _sent_page(request: HttpRequest, exchange: Exchange, access: Access) -> HttpResponse:
    context = exchange_names(exchange)
    context |= {
        "write": permissions.write_to_candidates(access, _tender(exchange)),
        "answers": [_answer(party) for party in context["parties"]],
        "still_open": exchanges.why_not_closed(exchange, timezone.now()),
    }
    return render(request, "checklists/exchange.html", context)


def _answer(party: ExchangeParty) -> dict[str, Any]:
    """One candidate: its letter, the files that came back, what it answers beside its offer."""
    said = {point["ref"]: point for point in party.letter["points"]}
    return {
        "party": party,
        "author": queries.author(party.replied_by, party.replied_by_link),
        "decision": getattr(party, "regularisation", None),
        "is_decidable": party.letter["kind"] == ExchangeKind.REGULARISATION and party.replied_at,
        "letter": tasks.letter_of(party),
        "files": [
            {"file": file, "author": queries.author(file.received_by, file.received_by_link)}
            for file in _files(party)
        ],
        "rows": [
            {
                "reply": reply,
                "author": queries.author(reply.updated_by, reply.updated_by_link),
                "said": said[reply.point.item.point.ref],
                "regularised": getattr(reply, "regularised", None),
            }
            for reply in queries.replies(party)
        ],
    }


def _files(party: ExchangeParty) -> Iterable[ExchangeFile]:
    found = party.files.select_related("received_by", "received_by_link")
    return scanning.with_scan(found).order_by("number")


# -- What one candidate answers ------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Register what a candidate answers: the file as it came, the text on each point asked."""
    party, access = party_or_404(request, pk)
    require(permissions.write_to_candidates(access, party.assessment.candidacy.lot.tender))
    if party.exchange.state not in (ExchangeState.SENT, ExchangeState.ANSWERED):
        return redirect("checklists:exchange_detail", party.exchange_id)
    if party.replied_by_link_id or hasattr(party, "regularisation"):
        return redirect("checklists:exchange_detail", party.exchange_id)
    replies = queries.replies(party)
    if request.method != "POST":
        return _reply_page(request, party, ReplyForm(replies=replies))
    form = ReplyForm(request.POST, request.FILES, replies=replies)
    if form.is_valid():
        try:
            changed = exchanges.register(
                party=party, texts=form.texts(), file=form.cleaned_data["file"], by=access.user
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _registered_in_words(changed))
            return redirect("checklists:exchange_detail", party.exchange_id)
    return _reply_page(request, party, form)


def _registered_in_words(changed: int) -> str:
    if not changed:
        return _("Rien n’avait changé : tout était déjà enregistré.")
    words = ngettext("%(n)d élément enregistré.", "%(n)d éléments enregistrés.", changed)
    return words % {"n": changed}


def _reply_page(request: HttpRequest, party: ExchangeParty, form: ReplyForm) -> HttpResponse:
    return party_page(request, party, form, "checklists/exchange_reply.html")


def party_page(
    request: HttpRequest, party: ExchangeParty, form: Form, template: str
) -> HttpResponse:
    """Show a form about one candidate of an exchange."""
    exchange = queries.exchanges().get(pk=party.exchange_id)
    context = exchange_names(exchange) | {"party": party, "form": form}
    context["whom"] = party.assessment.candidacy.vendor.name
    status = UNPROCESSABLE if form.errors else 200
    return render(request, template, context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the sealed letter to a candidate; ask for it again when it could not be made."""
    party, access = party_or_404(request, pk)
    if party.exchange.state == ExchangeState.DRAFT:
        raise Http404
    if request.method == "POST":
        require(permissions.write_to_candidates(access, party.assessment.candidacy.lot.tender))
        tasks.request_letter(party)
        return redirect("checklists:exchange_detail", party.exchange_id)
    letter = tasks.letter_of(party)
    if not letter.file:
        raise Http404(_("La lettre n’est pas encore prête."))
    content = storage.read(letter.file)
    return attachment(content, name=letter.name, content_type="application/pdf")


@never_cache
@require_safe
def exchange_letter_docx(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the same letter for a word processor; the one that counts is the sealed PDF."""
    party, _access = party_or_404(request, pk)
    if party.exchange.state == ExchangeState.DRAFT:
        raise Http404
    name = letters.download_name(party, "docx")
    return attachment(letters.docx(party), name=name, content_type=word.DOCX)


@never_cache
@require_safe
def exchange_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back a file as a candidate sent it."""
    found = get_object_or_404(queries.files(), pk=pk)
    access_or_404(signed_in(request), found.party.assessment.facility_id)
    return safe_attachment(found.file_name, sent_as=found.name, kind=found.kind)


def party_or_404(request: HttpRequest, pk: int) -> tuple[ExchangeParty, Access]:
    party = get_object_or_404(queries.parties(), pk=pk)
    return party, access_or_404(signed_in(request), party.assessment.facility_id)
