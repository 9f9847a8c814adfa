"""Registering the editions of the dossier of a tender."""

import datetime as dt

from django.db import transaction

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from vendors.models import Tender

from ..models import Dossier
from .documents import SealedFile


def register(
    *,
    tender: Tender,
    file: SealedFile,
    file_count: int,
    manifest_sha256: str,
    at: dt.datetime,
    by: User | None,
) -> Dossier:
    """Keep where a dossier is and what it was, as its next edition. ``by`` is None at a terminal."""
    with transaction.atomic():
        tender = Tender.objects.select_for_update(of=("self",), no_key=True).get(pk=tender.pk)
        dossier = Dossier.objects.create(
            tender=tender,
            number=tender.dossiers.count() + 1,
            made_at=at,
            made_by=by,
            file_name=file.name,
            file_sha256=file.sha256,
            file_size=file.size,
            file_count=file_count,
            manifest_sha256=manifest_sha256,
        )
        journal.record(
            tenant=tender.facility_id,
            action="dossier.made",
            subject=f"tender/{tender.pk}",
            data={
                "number": dossier.number,
                "sha256": dossier.file_sha256,
                "manifest_sha256": manifest_sha256,
                "files": file_count,
            },
            by=by.pk if by else None,
        )
    return dossier
