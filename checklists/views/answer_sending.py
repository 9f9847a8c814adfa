"""The end of a candidate's form: what is missing, the sending, once, and its receipt."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.common import storage
from uniha_clausier.common.attachments import attachment

from .. import tasks
from ..models import AnswerLink
from .answer_doors import Bearer, after_sending, behind_link
from .answers import chapters_of, names_of, questionnaire_of

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def answer_submit(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Show what is missing, then send: nothing changes afterwards."""
    form, error = questionnaire_of(bearer), ""
    if request.method == "POST":
        if "definitif" in request.POST:
            tasks.submit_answers(link=bearer.link)
            return redirect(bearer.url("answer_receipt"))
        error = _("Cochez la case pour confirmer l’envoi.")
    context = names_of(bearer, form) | {
        "chapters": chapters_of(bearer, form),
        "url": bearer.url("answer_submit"),
        "home_url": bearer.url("answers"),
        "error": error,
    }
    return render(request, "answers/submit.html", context, status=UNPROCESSABLE if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@after_sending
def answer_receipt(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Say that the answers were sent, when and under which hash; ask for the file again."""
    if request.method == "POST":
        tasks.request_receipt(bearer.link)
        return redirect(bearer.url("answer_receipt"))
    context = names_of(bearer, questionnaire_of(bearer)) | {
        "receipt": tasks.receipt_of(bearer.link),
        "url": bearer.url("answer_receipt"),
        "file_url": bearer.url("answer_receipt_file"),
    }
    return render(request, "answers/receipt.html", context)


@require_safe
@after_sending
def answer_receipt_file(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """Give the receipt to the candidate."""
    return receipt_file(bearer.link)


def receipt_file(link: AnswerLink) -> HttpResponse:
    """Return the sealed receipt of a link. Raises Http404 until it is made."""
    if not link.submitted_at:
        raise Http404
    receipt = tasks.receipt_of(link)
    if not receipt.file:
        raise Http404
    return attachment(storage.read(receipt.file), name=receipt.name, content_type="application/pdf")
