"""The opening of the offers: after the deadline, once, before anybody reads an answer."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.dates import date_format

from ..models import Opening, Tender
from .tenders import TenderRefused


def record_opening(
    *, tender: Tender, opened_at: dt.datetime, people: list[str], by: User
) -> Opening:
    """Record that the offers were opened, when and before whom.

    The journal tells how many were there: their names must be erasable (RGPD art. 17).
    Raises TenderRefused for an opening before the deadline, in the future, without anybody, or
    recorded already.
    """
    now = timezone.now()
    if not people:
        raise TenderRefused(_("Nommez au moins une personne présente."), "people")
    if opened_at > now:
        raise TenderRefused(
            _("Cette date est à venir : enregistrez l’ouverture une fois faite."), "opened_at"
        )
    with transaction.atomic():
        tender = Tender.objects.select_for_update(no_key=True).get(pk=tender.pk)
        if tender.deadline and opened_at < tender.deadline:
            moment = date_format(timezone.localtime(tender.deadline), "j N Y, H:i")
            raise TenderRefused(
                _("Les offres sont attendues jusqu’au %(moment)s : les plis s’ouvrent après.")
                % {"moment": moment},
                "opened_at",
            )
        if Opening.objects.filter(tender=tender).exists():
            raise TenderRefused(_("L’ouverture est déjà enregistrée."), "opened_at")
        opening = Opening.objects.create(
            tender=tender,
            opened_at=opened_at,
            people="\n".join(people),
            recorded_at=now,
            recorded_by=by,
        )
        journal.record(
            tenant=tender.facility_id,
            action="tender.opened",
            subject=f"tender/{tender.pk}",
            data={"opened_at": opened_at.isoformat(), "people": len(people)},
            by=by.pk,
        )
    return opening
