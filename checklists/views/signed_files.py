"""A document signed elsewhere: deposit it, read what was checked, accept it or set it aside."""

import datetime as dt
import json
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common import scanning
from uniha_clausier.common.attachments import attachment, safe_attachment
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.signing_isolated import ExaminationFailed
from uniha_clausier.common.signing_people import Examination

from .. import permissions
from ..documents import production, report, signatures
from ..domain import signed_files
from ..domain.queries import signed_files as queries
from ..domain.signed_files import Confirmation, Sent
from ..forms.signed_files import ConfirmationForm, SignedFileForm
from ..models import Document, SignedFile

UNPROCESSABLE, CONFLICT = 422, 409

POINTS = {
    "identity": gettext_lazy("Identité du signataire"),
    "category": gettext_lazy("Catégorie du certificat"),
    "format": gettext_lazy("Format de la signature"),
    "validity": gettext_lazy("Validité à la date de signature"),
    "integrity": gettext_lazy("Intégrité du document"),
}


DATES = ("valid_from", "valid_until", "signed_at", "timestamped_at")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def document_signed(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how to sign a document elsewhere, and take it back signed."""
    document = get_object_or_404(queries.signable(), pk=pk)
    access = access_or_404(signed_in(request), document.assessment.facility_id)
    if request.method != "POST":
        return _deposit_page(request, document, access, SignedFileForm())
    require(permissions.deposit_signed(access))
    form = SignedFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _deposit_page(request, document, access, form, status=UNPROCESSABLE)
    return _receive(request, document, access, form)


def _receive(
    request: HttpRequest, document: Document, access: Access, form: SignedFileForm
) -> HttpResponse:
    file = form.cleaned_data["file"]
    content = file.read()
    sent = Sent(content, str(file.name), sha256(content).hexdigest())
    if known := queries.known(document, sent.sha256):
        messages.info(request, _("Ce fichier signé est déjà reçu."))
        return redirect("checklists:signed_file", known.pk)
    try:
        found = signatures.examine(document, content)
    except (ExaminationFailed, DomainError) as error:
        form.add_error("file", str(error))
        return _deposit_page(request, document, access, form, status=UNPROCESSABLE)
    if not found.is_acceptable:
        return _refused(request, document, access, sent, found)
    kept = signed_files.receive(
        document=document, sent=sent, report=found.as_json(), by=access.user
    )
    return redirect("checklists:signed_file", kept.pk)


def _refused(
    request: HttpRequest, document: Document, access: Access, sent: Sent, found: Examination
) -> HttpResponse:
    elsewhere = signatures.belongs_elsewhere(document, sent.content, to=access.user)
    reasons = [*found.faults, *filter(None, [elsewhere])]
    signed_files.refuse(
        document=document, sent=sent, reasons=[*reasons, *found.places], by=access.user
    )
    refused = {
        "name": sent.name,
        "reasons": reasons,
        "places": found.places,
        "signatures": _signatures(found.as_json()),
        "sha256": found.sha256,
    }
    return _deposit_page(
        request, document, access, SignedFileForm(), refused=refused, status=UNPROCESSABLE
    )


def _deposit_page(
    request: HttpRequest,
    document: Document,
    access: Access,
    form: SignedFileForm,
    *,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_named(document),
        "form": form,
        "refused": refused,
        "files": queries.of_document(document),
        "last": queries.last_accepted(document),
        "deposit": permissions.deposit_signed(access),
    }
    return render(request, "checklists/document_signed.html", context, status=status)


def _named(document: Document) -> dict[str, Any]:
    candidacy = document.assessment.candidacy
    return {
        "document": document,
        "assessment": document.assessment,
        "facility": document.assessment.facility,
        "tender": candidacy.lot.tender,
        "lot": candidacy.lot,
        "vendor": candidacy.vendor,
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signed_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the report of a signed file; a person confirms what a machine may not."""
    file = get_object_or_404(queries.signed_files(), pk=pk)
    access = access_or_404(signed_in(request), file.document.assessment.facility_id)
    if request.method != "POST":
        return _report_page(request, file, access, ConfirmationForm())
    require(permissions.deposit_signed(access))
    form = ConfirmationForm(request.POST)
    if not form.is_valid():
        return _report_page(request, file, access, form, status=UNPROCESSABLE)
    try:
        signed_files.accept(
            file=file,
            confirmation=Confirmation(**form.cleaned_data),
            data_hash=_data_hash,
            by=access.user,
        )
    except DomainError as error:
        return _report_page(request, file, access, form, error=str(error), status=CONFLICT)
    messages.success(request, _("Le document signé est accepté, sous votre nom."))
    return redirect("checklists:signed_file", pk)


def _data_hash(document: Document) -> str:
    """The hash of what the edition would say now, routed as when it was asked for."""
    routed_at = document.requested_at
    return report.hash_of(report.gather(document.assessment_id, routed_at=routed_at))


@require_POST
def signed_file_set_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Set aside a signed file that nobody accepts."""
    file = get_object_or_404(queries.signed_files(), pk=pk)
    access = access_or_404(signed_in(request), file.document.assessment.facility_id)
    require(permissions.deposit_signed(access))
    try:
        signed_files.set_aside(file=file, by=access.user)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Le fichier est écarté : il reste tel que reçu."))
    return redirect("checklists:signed_file", pk)


def _report_page(
    request: HttpRequest,
    file: SignedFile,
    access: Access,
    form: ConfirmationForm,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        **_named(file.document),
        "file": file,
        "form": form,
        "error": error,
        "signatures": _signatures(file.report),
        "held_back": scanning.why_not_served(file.scan_state),
        "deposit": permissions.deposit_signed(access),
    }
    return render(request, "checklists/signed_file.html", context, status=status)


def _signatures(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the signatures of a report for the page: each point named, dates as dates."""
    return [
        one
        | {f"{name}_date": _moment(one[name]) for name in DATES}
        | {"points": [point | {"label": POINTS[point["key"]]} for point in one["points"]]}
        for one in found["signatures"]
    ]


def _moment(written: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(written) if written else None


@never_cache
@require_safe
def signed_file_download(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a signed file back as it was received."""
    file = get_object_or_404(queries.signed_files(), pk=pk)
    access_or_404(signed_in(request), file.document.assessment.facility_id)
    name = production.download_name(file.document).replace(".pdf", "-signe.pdf")
    return safe_attachment(file.file_name, sent_as=name, kind="pdf")


@never_cache
@require_safe
def signed_file_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the validation report as JSON, with what a person decided."""
    file = get_object_or_404(queries.signed_files(), pk=pk)
    access_or_404(signed_in(request), file.document.assessment.facility_id)
    told = json.dumps(
        signatures.validation_report(file), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2
    )
    name = production.download_name(file.document).replace(".pdf", "-rapport.json")
    return attachment(told.encode(), name=name, content_type="application/json")
