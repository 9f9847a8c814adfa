"""What an address names, for whoever may see it: to the others it is nothing."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from uniha_clausier.accounts.permissions import (
    Access,
    access_or_404,
    signed_in,
)
from uniha_clausier.common.attachments import kept_attachment, require_openable
from vendors.models import Tender

from ..domain.queries import tenders as tender_queries
from ..models import Assessment

BYTES = "application/octet-stream"
FILE: Any = {
    "responses": {
        200: {
            "description": "Le fichier",
            "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}
"""How the description of the API tells an answer that is a file."""


def assessment_or_404(request: HttpRequest, pk: int) -> Assessment:
    """Return an assessment with what says whether its tender is opened."""
    found = Assessment.objects.select_related("candidacy__lot__tender__opening")
    assessment = get_object_or_404(found, pk=pk)
    access_or_404(signed_in(request), assessment.facility_id)
    return assessment


def tender_or_404(request: HttpRequest, pk: int) -> tuple[Tender, Access]:
    """Return a tender, and what its reader is in its facility."""
    tender = get_object_or_404(tender_queries.tenders(), pk=pk)
    return tender, access_or_404(signed_in(request), tender.facility_id)


def checked_file(stored: str, *, name: str) -> HttpResponseBase:
    """Return a file that people sent, unless the antivirus holds it back."""
    require_openable(stored)
    return kept_attachment(stored, name=name, content_type=BYTES)
