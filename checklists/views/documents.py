"""The sealed documents of an assessment: produce, follow, download; and verify any PDF."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.models import User
from uniha_clausier.accounts.permissions import (
    Access,
    Action,
    Permit,
    access_or_404,
    action,
    require,
    signed_in,
)
from uniha_clausier.common.attachments import kept_attachment, require_openable
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.signing_isolated import ExaminationFailed
from vendors.permissions import reader_or_404

from .. import permissions, tasks
from ..documents import long_term, production, report, verification
from ..documents import visas as visa_data
from ..domain import visas
from ..domain.assessments import replaced_sentence
from ..domain.queries import documents as queries
from ..domain.queries import long_term as long_term_queries
from ..enums import DocumentState
from ..forms.documents import VerifyForm
from ..models import Assessment, Document

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_documents(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the document will hold, produce it, and list its editions."""
    assessment: Any = get_object_or_404(queries.assessments(), pk=pk)
    access = access_or_404(signed_in(request), assessment.facility_id)
    if request.method == "POST":
        require(permissions.produce_document(access))
        return _produce(request, assessment, access)
    editions = queries.editions(assessment)
    if request.headers.get("HX-Request"):
        return _progress(request, assessment, access, editions)
    data = report.gather(assessment.pk)
    waits = _waits_for_visas(assessment, data)
    context = {
        **_editions_context(assessment, access, editions),
        "facility": assessment.facility,
        "overall": data["overall"],
        "data": data,
        "unchanged": _unchanged(editions, data),
        "action": _produce_action(assessment, access, editions, waits),
        "waits": waits,
        "with_visas": assessment.asks_visas or assessment.has_visas,
        "sentence": _sentence(editions),
        "may_tell": bool(permissions.produce_document(access)),
        "worth": _worth(editions),
        "copies": long_term_queries.copies_of(assessment),
    }
    return render(request, "checklists/documents.html", context)


def _produce(request: HttpRequest, assessment: Assessment, access: Access) -> HttpResponse:
    try:
        document = tasks.request_document(assessment=assessment, by=access.user)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request,
            _("L’édition %(number)d est demandée : ses données sont figées.")
            % {"number": document.number},
        )
    return redirect("checklists:assessment_documents", assessment.pk)


def _progress(
    request: HttpRequest, assessment: Assessment, access: Access, editions: list[Document]
) -> HttpResponse:
    """Answer the polling: the list alone, then the whole page once when all is done."""
    context = _editions_context(assessment, access, editions)
    response = render(request, "checklists/document_editions.html", context)
    if not context["pending"]:
        response["HX-Refresh"] = "true"
    return response


def _editions_context(
    assessment: Assessment, access: Access, editions: list[Document]
) -> dict[str, Any]:
    return {
        "assessment": assessment,
        "editions": [
            {"document": document, "retry": _retry_action(document, access)}
            for document in editions
        ],
        "pending": any(document.state in queries.PENDING for document in editions),
    }


def _waits_for_visas(assessment: Any, data: dict[str, Any]) -> str:
    """Say whose visas the next edition waits for; empty when the facility asks for none."""
    if not assessment.asks_visas:
        return ""
    return visas.missing_sentence(visas.missing_visas(assessment, visa_data.hash_of(data)))


def _produce_action(
    assessment: Assessment, access: Access, editions: list[Document], waits: str
) -> Action:
    permit = permissions.produce_edition(access, assessment, replaced_sentence(assessment))
    if permit and waits:
        permit = Permit(False, waits)
    if permit and any(document.state in queries.PENDING for document in editions):
        permit = Permit(False, _("Un document est en cours de production."))
    url = reverse("checklists:assessment_documents", args=[assessment.pk])
    return action(permit, key="produce", label=_("Produire le PDF scellé"), url=url, method="post")


def _retry_action(document: Document, access: Access) -> Action | None:
    if document.state != DocumentState.FAILED:
        return None
    return action(
        permissions.produce_document(access),
        key=f"retry-{document.pk}",
        label=_("Recommencer"),
        url=reverse("checklists:document_retry", args=[document.pk]),
        method="post",
    )


def _unchanged(editions: list[Document], data: dict[str, Any]) -> Document | None:
    """Return the last ready edition when the evaluation is still as it says."""
    ready = next((one for one in editions if one.state == DocumentState.READY), None)
    if ready is not None and queries.data_hash_of(ready) == report.hash_of(data):
        return ready
    return None


def _worth(editions: list[Document]) -> dict[str, Any] | None:
    """Return what is known of the seal of the last ready edition, its dates as dates."""
    ready = next((one for one in editions if one.state == DocumentState.READY), None)
    if ready is None or not ready.seal:
        return None
    seal = ready.seal
    return {
        "number": ready.number,
        "level": seal["level"],
        "signer": seal["signer"],
        "certificate_ends": dt.datetime.fromisoformat(seal["certificate_ends"]),
        "timestamped_at": seal["timestamped_at"]
        and dt.datetime.fromisoformat(seal["timestamped_at"]),
    }


def _sentence(editions: list[Document]) -> str:
    ready = sum(document.state == DocumentState.READY for document in editions)
    if not ready:
        return _("Aucune édition n’est encore prête.")
    if ready == 1:
        return _("Une édition est prête.")
    return _("%(count)d éditions sont prêtes.") % {"count": ready}


@require_POST
def document_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a failed document again, with the same frozen data."""
    document = get_object_or_404(queries.documents(), pk=pk)
    access = access_or_404(signed_in(request), document.assessment.facility_id)
    require(permissions.produce_document(access))
    try:
        tasks.retry_document(document=document, by=access.user)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request,
            _("L’édition %(number)d est à nouveau en file.") % {"number": document.number},
        )
    return redirect("checklists:assessment_documents", document.assessment_id)


@never_cache
@require_safe
def document_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the file to a reader, never shown inside the page: as an attachment."""
    document = get_object_or_404(queries.documents(), pk=pk, state=DocumentState.READY)
    access = reader_or_404(signed_in(request), document.assessment.candidacy.lot)
    if access.is_guest:
        require(permissions.compare(document.assessment.candidacy.lot.tender))
    name = production.download_name(document)
    return kept_attachment(document.file_name, name=name, content_type="application/pdf")


@never_cache
@require_safe
def long_term_copy(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a copy made to last to a member."""
    copy = get_object_or_404(long_term_queries.copies(), pk=pk)
    access_or_404(signed_in(request), copy.document.assessment.facility_id)
    if copy.signed_file:
        require_openable(copy.signed_file.file_name)
    name = long_term.download_name(copy)
    return kept_attachment(copy.file_name, name=name, content_type="application/pdf")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_document(request: HttpRequest) -> HttpResponse:
    """Say whether a deposited PDF is intact, altered or unknown. Anybody signed in may ask."""
    user = signed_in(request)
    if request.method != "POST":
        return render(request, "checklists/verify.html", {"form": VerifyForm()})
    form = VerifyForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "checklists/verify.html", {"form": form}, status=UNPROCESSABLE)
    file = form.cleaned_data["file"]
    try:
        finding = verification.examine(file.read(), by=user)
    except ExaminationFailed as error:
        form.add_error("file", str(error))
        return render(request, "checklists/verify.html", {"form": form}, status=UNPROCESSABLE)
    context = {
        "form": VerifyForm(),
        "finding": finding,
        "file_name": file.name,
        "is_guest": finding.document is not None and _is_guest(user, finding.document),
    }
    return render(request, "checklists/verify.html", context)


def _is_guest(user: User, document: Document) -> bool:
    """Whether a document known to ``user`` is of another facility, which bought for theirs."""
    return not account_queries.roles_in(user, document.assessment.facility_id)
