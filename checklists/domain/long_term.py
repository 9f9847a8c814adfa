"""Keeping a copy made to last beside the file that it extends, once, whoever else makes one."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from uniha_clausier.common import journal

from ..models import Assessment, LongTermCopy
from .assessments import subject_of
from .queries import long_term as queries
from .queries.long_term import Extendable


@dataclass(frozen=True)
class KeptFile:
    """A file that is stored, and until when its last time-stamp is good."""

    name: str
    sha256: str
    size: int
    good_until: datetime


def register(*, of: Extendable, file: KeptFile, at: datetime) -> LongTermCopy | None:
    """Keep the next copy of a file. None: somebody else was faster, and ``file`` is one too many.

    The row of the assessment is locked, so that of two commands one alone goes on.
    """
    document = of.document
    with transaction.atomic():
        Assessment.objects.select_for_update(of=("self",), no_key=True).get(
            pk=document.assessment_id
        )
        last = queries.last_copy(document, of.signed_file)
        if (last and last.pk) != (of.last and of.last.pk):
            return None
        copy = LongTermCopy.objects.create(
            document=document,
            signed_file=of.signed_file,
            number=last.number + 1 if last else 1,
            made_at=at,
            good_until=file.good_until,
            extends_sha256=of.file_sha256,
            file_name=file.name,
            file_sha256=file.sha256,
            file_size=file.size,
        )
        journal.record(
            tenant=document.assessment.facility_id,
            action="document.extended",
            subject=subject_of(document.assessment_id),
            data={
                "document": document.pk,
                "number": document.number,
                "extends_sha256": copy.extends_sha256,
                "file_sha256": copy.file_sha256,
                "good_until": copy.good_until.isoformat(),
            },
            by=None,
        )
    return copy
