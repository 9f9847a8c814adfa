"""What candidates were asked after the opening, and what came back."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.permissions import access_or_404, signed_in
from uniha_clausier.common import scanning
from uniha_clausier.common.attachments import kept_attachment

from .. import tasks
from ..domain import exchanges
from ..domain.queries import exchanges as queries
from ..enums import ExchangeState
from ..models import Exchange, ExchangeFile, ExchangeParty, ExchangeReply
from .access import BYTES, FILE, checked_file
from .paging import paged
from .schemas import Id, Page
from .schemas_exchanges import ExchangeOut, ExchangeQuery, ExchangeRow
from .site import REFUSALS

router = Router(tags=["Échanges avec les candidats"])


@router.get(
    "/exchanges",
    response={200: Page[ExchangeRow]} | REFUSALS,
    summary="Lister les échanges avec les candidats",
)
def exchange_list(request: HttpRequest, asked: Query[ExchangeQuery]) -> dict[str, Any]:
    """Demandes de précisions et régularisations de vos établissements, la dernière d’abord."""
    mine = account_queries.facility_ids_of(signed_in(request))
    found = queries.exchanges().filter(checklist__lot__tender__facility__in=mine)
    if asked.tender:
        found = found.filter(checklist__lot__tender=asked.tender)
    if asked.checklist:
        found = found.filter(checklist=asked.checklist)
    if asked.assessment:
        found = found.filter(parties__assessment=asked.assessment)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    return paged(found.prefetch_related("parties").order_by("-created_at", "-pk"), asked, _row)


@router.get(
    "/exchanges/{pk}",
    response={200: ExchangeOut} | REFUSALS,
    summary="Lire un échange et les réponses",
)
def exchange_detail(request: HttpRequest, pk: Path[Id]) -> dict[str, Any]:
    """Les questions, puis par candidat : la lettre telle qu’arrêtée, ce qu’il répond point par
    point, ses fichiers et, pour une régularisation, la décision avec l’avant et l’après."""
    exchange = get_object_or_404(queries.exchanges().prefetch_related("parties"), pk=pk)
    access_or_404(signed_in(request), exchange.checklist.lot.tender.facility_id)
    parties = queries.parties().filter(exchange=exchange).order_by("pk")
    return _row(exchange) | {
        "points": [
            {"ref": one.item.point.ref, "title": one.item.point.title, "question": one.question}
            for one in exchanges.points_of(exchange)
        ],
        "parties": [_party(one) for one in parties],
    }


@router.get(
    "/letters/{pk}/file",
    response=REFUSALS,
    summary="Télécharger une lettre scellée",
    openapi_extra=FILE,
)
def letter_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """La lettre à un candidat (parties[].id), une fois prête."""
    party = get_object_or_404(queries.parties(), pk=pk)
    access_or_404(signed_in(request), party.assessment.facility_id)
    if party.exchange.state == ExchangeState.DRAFT:
        raise Http404
    letter = tasks.letter_of(party)
    if not letter.file:
        raise Http404
    return kept_attachment(letter.file, name=letter.name, content_type=BYTES)


@router.get(
    "/exchange-files/{pk}/file",
    response=REFUSALS,
    summary="Télécharger un fichier reçu en réponse",
    openapi_extra=FILE,
)
def exchange_file(request: HttpRequest, pk: Path[Id]) -> HttpResponseBase:
    """Le fichier tel que le candidat l’a envoyé (parties[].files[].id) ; jamais un fichier
    infecté ou pas encore analysé."""
    found = get_object_or_404(queries.files(), pk=pk)
    access_or_404(signed_in(request), found.party.assessment.facility_id)
    return checked_file(found.file_name, name=f"{found.file_sha256[:16]}.{found.kind}")


def _row(exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.pk,
        "tender": exchange.checklist.lot.tender_id,
        "checklist": exchange.checklist_id,
        "kind": exchange.kind,
        "number": exchange.number,
        "state": exchange.state.value,
        "deadline": exchange.deadline,
        "created_at": exchange.created_at,
        "created_by": str(exchange.created_by),
        "sent_at": exchange.sent_at,
        "sent_by": str(exchange.sent_by or ""),
        "answered_at": exchange.answered_at,
        "closed_at": exchange.closed_at,
        "closed_by": str(exchange.closed_by or ""),
        "assessments": sorted(party.assessment_id for party in exchange.parties.all()),
    }


def _party(party: ExchangeParty) -> dict[str, Any]:
    files = party.files.select_related("received_by", "received_by_link")
    decision = getattr(party, "regularisation", None)
    is_sent = party.exchange.state != ExchangeState.DRAFT
    return {
        "id": party.pk,
        "assessment": party.assessment_id,
        "vendor": party.assessment.candidacy.vendor.name,
        "letter": party.letter,
        "letter_sha256": party.letter_sha256,
        "has_file": is_sent and bool(tasks.letter_of(party).file),
        "replied_at": party.replied_at,
        "replied_by": queries.author(party.replied_by, party.replied_by_link),
        "replies": [_reply(one) for one in queries.replies(party)],
        "files": [_file(one) for one in scanning.with_scan(files).order_by("number")],
        "regularisation": decision
        and {
            "is_accepted": decision.is_accepted,
            "reason": decision.reason,
            "decided_at": decision.decided_at,
            "decided_by": str(decision.decided_by),
            "sha256_before": decision.sha256_before,
            "sha256_after": decision.sha256_after,
        },
    }


def _reply(reply: ExchangeReply) -> dict[str, Any]:
    change = getattr(reply, "regularised", None)
    return {
        "ref": reply.point.item.point.ref,
        "value": reply.value,
        "text": reply.text,
        "updated_at": reply.updated_at,
        "updated_by": queries.author(reply.updated_by, reply.updated_by_link),
        "regularised": change
        and {
            "value_before": change.value_before,
            "text_before": change.text_before,
            "value_after": change.value_after,
            "text_after": change.text_after,
        },
    }


def _file(file: ExchangeFile) -> dict[str, Any]:
    return {
        "id": file.pk,
        "number": file.number,
        "name": file.name,
        "kind": file.kind,
        "sha256": file.file_sha256,
        "size": file.file_size,
        "scan": file.scan_state,
        "received_at": file.received_at,
        "received_by": queries.author(file.received_by, file.received_by_link),
    }
