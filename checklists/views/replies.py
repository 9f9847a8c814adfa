"""The pages by which a candidate answers a letter, without an account: write, then send once."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.common import file_kinds
from uniha_clausier.common.addresses import sent_number
from uniha_clausier.common.attachments import safe_attachment

from .. import tasks
from ..documents import letters
from ..domain import answering, reply_links
from ..domain.answering import Edit, Outcome
from ..domain.exchanges import NotThisWay, Sent
from ..domain.queries import reply_links as queries
from ..domain.queries.reply_links import Asked
from ..enums import Claim
from ..forms import grid as forms
from .answer_doors import Bearer, after_reply, behind_letter_link, may_send_a_file
from .answer_files import REFUSALS
from .answer_sending import receipt_file
from .answers import problems_of
from .grid_json import conflict_data, refusal

CONFLICT, UNPROCESSABLE = 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
@behind_letter_link
def reply_home(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """The points that the letter asks, to fill in; without a script, one button saves them."""
    if request.method != "POST":
        return _page(request, bearer, queries.asked(bearer.link))
    if "fichiers" in request.POST:
        return _files(request, bearer)
    edits = [one for one in forms.edits_from(request.POST) if one.field in reply_links.COLUMNS]
    outcome = reply_links.save_all(link=bearer.link, edits=edits)
    problems = problems_of(outcome, ())
    if problems:
        asked = _with_typed(queries.asked(bearer.link), outcome)
        return _page(request, bearer, asked, problems)
    if "suite" in request.POST:
        return redirect(bearer.url("reply_send"))
    return redirect(bearer.home + "?enregistre=oui")


@require_POST
@behind_letter_link
def reply_point(request: HttpRequest, bearer: Bearer, ref: str) -> JsonResponse:
    """Write one field, for the script of the page."""
    try:
        edit = forms.cleaned_save(request.POST)
        saved = reply_links.save(link=bearer.link, edit=Edit(ref, **edit))
    except ValidationError as error:
        return refusal(UNPROCESSABLE, error.messages[0])
    except answering.Conflict as conflict:
        told = conflict_data(conflict) | {"author": _("Modifié ailleurs")}
        return JsonResponse(told, status=CONFLICT)
    except (answering.NotAllowedHere, answering.UnknownPoint) as error:
        return refusal(UNPROCESSABLE, str(error))
    asked = queries.asked(bearer.link)
    return JsonResponse(
        {
            "field": saved.field,
            "value": saved.value,
            "version": saved.version,
            "saved_at": saved.at,
            "counters": _counts(asked)
            | {"as_of": int(saved.at.timestamp() * 1_000_000) if saved.at else 0},
        }
    )


@require_safe
@behind_letter_link
def reply_file(request: HttpRequest, bearer: Bearer, pk: int) -> HttpResponse:
    """Give back to a candidate a file that they joined."""
    file = get_object_or_404(bearer.link.files, pk=pk)
    return safe_attachment(file.file_name, sent_as=file.name, kind=file.kind)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_letter_link
def reply_send(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Read again what is about to be sent, then send: nothing changes afterwards."""
    error = ""
    if request.method == "POST":
        error = _sent(request, bearer)
        if not error:
            return redirect(bearer.url("reply_receipt"))
    asked = queries.asked(bearer.link)
    context = _names(bearer) | {
        "asked": asked,
        "missing": [one for one in asked if not one.is_answered],
        "files": list(bearer.link.files.order_by("pk")),
        "url": bearer.url("reply_send"),
        "error": error,
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "answers/reply_send.html", context, status=status)


def _sent(request: HttpRequest, bearer: Bearer) -> str:
    """Send; return why not, or nothing."""
    if "definitif" not in request.POST:
        return _("Cochez la case pour confirmer l’envoi.")
    try:
        tasks.submit_reply(link=bearer.link)
    except NotThisWay as error:
        return str(error)
    return ""


@require_http_methods(["GET", "HEAD", "POST"])
@after_reply
def reply_receipt(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Say that the answer was sent, when and under which hash; ask for the file again."""
    if request.method == "POST":
        tasks.request_receipt(bearer.link)
        return redirect(bearer.url("reply_receipt"))
    context = _names(bearer) | {
        "form": _counts(queries.asked(bearer.link)),
        "receipt": tasks.receipt_of(bearer.link),
        "url": bearer.url("reply_receipt"),
        "file_url": bearer.url("reply_receipt_file"),
    }
    return render(request, "answers/receipt.html", context)


@require_safe
@after_reply
def reply_receipt_file(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Give the receipt to the candidate."""
    return receipt_file(bearer.link)


# -- What they show ------------------------------------------------------------------------------


def _names(bearer: Bearer) -> dict[str, Any]:
    """Return what the head of each page names: the purchase, the letter, the candidate."""
    candidacy, party = bearer.assessment.candidacy, bearer.link.party
    assert party
    return {
        "link": bearer.link,
        "facility": bearer.assessment.facility,
        "tender": candidacy.lot.tender,
        "lot": candidacy.lot,
        "vendor": candidacy.vendor,
        "product": candidacy.product,
        "exchange": party.exchange,
        "buyer": bearer.link.created_by,
        "home_url": bearer.home,
    }


def _counts(asked: Sequence[Asked]) -> dict[str, int]:
    return {"answered": sum(one.is_answered for one in asked), "total": len(asked)}


def _page(
    request: HttpRequest,
    bearer: Bearer,
    asked: Sequence[Asked],
    problems: Sequence[dict[str, Any]] = (),
) -> HttpResponse:
    names = _names(bearer)
    files = queries.files(bearer.link)
    party = bearer.link.party
    context = names | {
        "form": _counts(asked),
        "intro": letters.opening(party.letter)[1:] if party else [],
        "rows": [_row(one, names["exchange"], problems) for one in asked],
        "files": [{"file": one, "url": bearer.url("reply_file", one.pk)} for one in files],
        "accepted": file_kinds.ACCEPTED,
        "urls": {
            "home": bearer.home,
            "points": bearer.home + "points/",
            "send": bearer.url("reply_send"),
        },
        "versions": " ".join(f"{one.ref}:{one.version}:0" for one in asked),
        "problems": problems,
        "is_saved": "enregistre" in request.GET,
    }
    has_conflict = any(problem["is_conflict"] for problem in problems)
    status = CONFLICT if has_conflict else UNPROCESSABLE if problems else 200
    return render(request, "answers/reply.html", context, status=status)


def _row(one: Asked, exchange: Any, problems: Sequence[dict[str, Any]]) -> dict[str, Any]:
    fields = reply_links.fields_of(exchange)
    return {
        "asked": one,
        "claims": [
            (claim, Claim(claim).label, claim == one.value)
            for claim in answering.CLAIMS_OF_KIND[one.answer_kind]
        ]
        if "claim" in fields
        else [],
        "problems": [problem for problem in problems if problem["ref"] == one.ref],
    }


def _with_typed(asked: Sequence[Asked], outcome: Outcome) -> list[Asked]:
    """Keep on the page what was typed and not written."""
    typed = {(edit.ref, edit.field): edit.value for edit, _e in outcome.conflicts + outcome.refused}
    return [
        one._replace(
            value=typed.get((one.ref, "claim"), one.value),
            text=typed.get((one.ref, "claim_text"), one.text),
        )
        for one in asked
    ]


def _files(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Join files or take one back; what could not be is said, by the name of the file."""
    pk = sent_number(request.POST.get("retirer", ""))
    if pk:
        try:
            reply_links.detach(link=bearer.link, file_id=pk)
        except REFUSALS as error:
            return _page(request, bearer, queries.asked(bearer.link), [_of_files(str(error))])
        return redirect(bearer.home + "#documents")
    sentences = [_join(request, bearer, file) for file in request.FILES.getlist("files")]
    problems = [_of_files(sentence) for sentence in sentences if sentence]
    if problems:
        return _page(request, bearer, queries.asked(bearer.link), problems)
    return redirect(bearer.home + "#documents")


def _join(request: HttpRequest, bearer: Bearer, file: File[bytes]) -> str:
    """Join one file; return why not, or nothing."""
    if not may_send_a_file(request, bearer):
        return _("Trop de fichiers en peu de temps : attendez une minute.")
    try:
        sent = Sent(*file_kinds.read(file), str(file.name))
        reply_links.attach(link=bearer.link, file=sent)
    except REFUSALS as error:
        return f"{file.name} : {error}"
    return ""


def _of_files(sentence: str) -> dict[str, Any]:
    label = _("Document joint")
    return {
        "ref": "documents",
        "label": label,
        "sentence": sentence,
        "theirs": "",
        "is_conflict": False,
    }
