"""Files that came after the deadline: kept, marked, out of the analysis until the buyer decides.

The law eliminates what was received late (CCP R2143-2 and R2151-5). The buyer may still find that a
deposit was made in time: a proof, or a backup copy (R2132-11). The software only keeps the decision.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..models import Assessment, LateFile, Reception
from .assessments import subject_of, touch


class NotDecided(DomainError):
    """The decision has no reason, or was taken before."""


class KeptOut(DomainError):
    """The file came after the deadline, and nobody has admitted it."""


def is_late(deposited_at: dt.datetime | None, deadline: dt.datetime | None) -> bool:
    """Whether a file that was said to be late still is: the deadline may have moved since."""
    return bool(deposited_at and deadline and deposited_at > deadline)


def mark_late(*, reception: Reception, deposited_at: dt.datetime, by: User) -> LateFile | None:
    """Tell that a file just received had been deposited after the deadline of its tender.

    The file may have waited for its candidate: when the deadline was put off or taken away
    meanwhile, it is in time, which the journal tells, and there is nothing to decide.
    """
    deadline = reception.assessment.candidacy.lot.tender.deadline
    data = {
        "deposited_at": deposited_at.isoformat(),
        "deadline": deadline.isoformat() if deadline else "",
    }
    with transaction.atomic():
        if deadline is None or not is_late(deposited_at, deadline):
            _record(reception, "reception.in_time", data, by=by)
            return None
        late = LateFile.objects.create(
            reception=reception, deposited_at=deposited_at, deadline=deadline
        )
        _touch(reception)
        _record(reception, "reception.late", data, by=by)
    return late


def decide(*, late: LateFile, decision: str, reason: str, by: User) -> LateFile:
    """Keep a late file out, or admit it, for good. Raises NotDecided."""
    reason = reason.strip()
    if not reason:
        raise NotDecided(_("Donnez le motif de la décision : il est gardé avec elle."))
    with transaction.atomic():
        late = (
            LateFile.objects.select_for_update(of=("self",))
            .select_related("reception__assessment")
            .get(pk=late.pk)
        )
        if late.decision:
            raise NotDecided(_("La décision est déjà prise : elle ne change plus."))
        late.decision, late.reason = decision, reason
        late.decided_at, late.decided_by = timezone.now(), by
        late.save(update_fields=["decision", "reason", "decided_at", "decided_by"])
        _touch(late.reception)
        data = {"decision": decision, "reason": reason}
        _record(late.reception, "reception.late_decided", data, by=by)
    return late


def require_in_time(reception: Reception) -> None:
    """Raise KeptOut when a file came after the deadline and was not admitted."""
    late = LateFile.objects.filter(reception=reception).first()
    if late and not late.is_admitted:
        raise KeptOut(
            _("Ce classeur est hors délai : rien n’en est repris tant qu’il n’est pas admis.")
        )


def _touch(reception: Reception) -> None:
    """Tell that an evaluation changed: every version of it is about the same files."""
    of = reception.assessment
    found = Assessment.objects.select_for_update(no_key=True).filter(
        candidacy=of.candidacy_id, checklist=of.checklist_id, replaced_at=None, signed_at=None
    )
    for one in found.order_by("pk"):
        touch(one, timezone.now())


def _record(reception: Reception, action: str, data: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=reception.assessment.facility_id,
        action=action,
        subject=subject_of(reception.assessment_id),
        data={"reception": reception.number, "sha256": reception.file_sha256} | data,
        by=by.pk,
    )
