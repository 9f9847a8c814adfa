"""Telling a candidate who was not chosen its own results, and nothing of the others.

The buyer owes the reasons of a rejection (CCP R2181-1 to R2181-4). What is handed over is kept in
the journal: by whom, which comments were shared, and the hash of the file.
"""

import hashlib
from collections.abc import Sequence

from django.db import transaction

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal

from ..models import Assessment
from .assessments import subject_of


def hand_over(
    *, assessment: Assessment, content: bytes, kind: str, comments: Sequence[str], by: User
) -> str:
    """Keep in the journal that a file of results was made; return its hash."""
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        journal.record(
            tenant=assessment.facility_id,
            action="assessment.result_given",
            subject=subject_of(assessment.pk),
            data={"kind": kind, "sha256": sha256, "comments": list(comments)},
            by=by.pk,
        )
    return sha256
