"""Reads of the documents that came back signed."""

from django.db.models import QuerySet

from uniha_clausier.common.scanning import with_scan

from ...enums import DocumentState, SignedDecision
from ...models import Document, SignedFile


def signable() -> QuerySet[Document]:
    """Return the documents that people may sign, with what names them."""
    return (
        Document.objects.filter(state=DocumentState.READY)
        .select_related(
            "assessment__facility",
            "assessment__candidacy__vendor",
            "assessment__candidacy__lot__tender",
        )
        .defer("content")
    )


def signed_files() -> QuerySet[SignedFile]:
    """Return signed files with their document and all that names it."""
    found = SignedFile.objects.select_related(
        "received_by",
        "decided_by",
        "document__assessment__facility",
        "document__assessment__candidacy__vendor",
        "document__assessment__candidacy__lot__tender",
    )
    return with_scan(found.defer("document__content"))


def of_document(document: Document) -> list[SignedFile]:
    """Return the signed files of a document, the last one first."""
    files = SignedFile.objects.filter(document=document).select_related("received_by", "decided_by")
    return list(with_scan(files).order_by("-pk"))


def known(document: Document, sha256: str) -> SignedFile | None:
    """Return the signed file of a document that has this hash, if it was received."""
    return SignedFile.objects.filter(document=document, file_sha256=sha256).first()


def last_accepted(document: Document) -> SignedFile | None:
    """Return the signed file that the next one must extend, if there is one."""
    accepted = SignedFile.objects.filter(document=document, decision=SignedDecision.ACCEPTED)
    return accepted.order_by("-decided_at", "-pk").first()
