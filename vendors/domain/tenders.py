"""Tenders and their lots: created, changed, divided.

A small purchase has one lot, which the screens don't show: it bears the title of its tender.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import FieldRefused

from ..enums import WITHOUT_OPENING, Procedure
from ..models import Candidacy, Lot, Tender

FIELDS = ("reference", "title", "procedure", "publication_date", "deadline")
FEWEST_LOTS = 2
MOST_LOTS = 99


class TenderRefused(FieldRefused):
    """A value of a tender that a rule refuses."""


def create_tender(
    *,
    facility: Facility,
    reference: str,
    title: str,
    procedure: str = Procedure.OPEN,
    publication_date: dt.date | None = None,
    deadline: dt.datetime | None = None,
    lots: Sequence[str] = (),
    by: User,
) -> Tender:
    """Create a tender with one unseen lot, or with ``lots``, two titles at least.

    Raises TenderRefused for a reference already used, dates out of order, or a single lot.
    """
    titles = [lot.strip() for lot in lots if lot.strip()]
    check_dates(publication_date, deadline)
    check_lots(titles)
    with transaction.atomic():
        _check_reference(facility.pk, reference)
        tender = Tender.objects.create(
            facility=facility,
            reference=reference,
            title=title,
            procedure=procedure,
            publication_date=publication_date,
            deadline=deadline,
            has_lots=bool(titles),
            created_by=by,
        )
        Lot.objects.bulk_create(
            Lot(tender=tender, number=number, title=lot)
            for number, lot in enumerate(titles or [title], start=1)
        )
        _record(tender, "tender.created", _plain(tender) | {"lots": titles}, by=by)
    return tender


def change_tender(
    *,
    tender: Tender,
    reference: str,
    title: str,
    procedure: str,
    publication_date: dt.date | None,
    deadline: dt.datetime | None,
    by: User,
) -> Tender:
    """Change what describes a tender; only what differs is written and told.

    Raises TenderRefused for a reference already used or dates out of order.
    """
    check_dates(publication_date, deadline)
    given = (reference, title, procedure, publication_date, deadline)
    with transaction.atomic():
        tender = Tender.objects.select_for_update(no_key=True).get(pk=tender.pk)
        _check_reference(tender.facility_id, reference, but=tender)
        before = _plain(tender)
        values = dict(zip(FIELDS, given, strict=True))
        changed = [name for name in FIELDS if getattr(tender, name) != values[name]]
        if not changed:
            return tender
        _check_opened(tender, changed)
        _check_seal(tender, procedure)
        for name in changed:
            setattr(tender, name, values[name])
        tender.save(update_fields=changed)
        if "title" in changed and not tender.has_lots:
            tender.lots.update(title=title)
        after = _plain(tender)
        data = {name: {"before": before[name], "after": after[name]} for name in changed}
        _record(tender, "tender.changed", data, by=by)
    return tender


def add_lot(*, tender: Tender, title: str, first_title: str = "", by: User) -> Lot:
    """Add a lot. A tender without lots becomes one of two: ``first_title`` names what it was.

    Raises TenderRefused past ninety-nine lots.
    """
    with transaction.atomic():
        tender = Tender.objects.select_for_update(no_key=True).get(pk=tender.pk)
        last = tender.lots.order_by("number").last()
        number = last.number + 1 if last else 1
        if number > MOST_LOTS:
            raise TenderRefused(_("Une consultation compte 99 lots au plus."), "title")
        if not tender.has_lots:
            _divide(tender, first_title)
        lot = Lot.objects.create(tender=tender, number=number, title=title)
        _record(tender, "tender.lot_added", {"number": number, "title": title}, by=by)
    return lot


def rename_lot(*, lot: Lot, title: str, by: User) -> Lot:
    """Change the title of a lot."""
    with transaction.atomic():
        lot = (
            Lot.objects.select_for_update(of=("self",), no_key=True)
            .select_related("tender")
            .get(pk=lot.pk)
        )
        before = lot.title
        if before != title:
            lot.title = title
            lot.save(update_fields=["title"])
            data = {"number": lot.number, "before": before, "after": title}
            _record(lot.tender, "tender.lot_renamed", data, by=by)
    return lot


def _check_opened(tender: Tender, changed: list[str]) -> None:
    """What the offers were sent for stays as it was once they are opened. Raises TenderRefused."""
    fixed = [name for name in changed if name in ("procedure", "publication_date", "deadline")]
    if fixed and tender.is_opened:
        raise TenderRefused(
            _("Les plis sont ouverts : la procédure et les dates ne changent plus."), fixed[0]
        )


def _check_seal(tender: Tender, procedure: str) -> None:
    """Before the opening, no offer may be read (CCP R2132-9): a procedure without one opens them.

    Raises TenderRefused once there are candidates.
    """
    is_sealed, stays = tender.waits_for_opening, procedure not in WITHOUT_OPENING
    if is_sealed and not stays and Candidacy.objects.filter(lot__tender=tender).exists():
        raise TenderRefused(
            _(
                "Des candidats sont inscrits : cette procédure n’a pas d’ouverture des plis, et "
                "leurs réponses se liraient aussitôt. Retirez-les d’abord, ou créez une autre "
                "consultation."
            ),
            "procedure",
        )


def check_dates(publication_date: dt.date | None, deadline: dt.datetime | None) -> None:
    """Refuse a deadline that does not follow the publication. Raises TenderRefused."""
    if publication_date is None or deadline is None:
        return
    if timezone.localtime(deadline).date() <= publication_date:
        raise TenderRefused(
            _("La date limite doit suivre la date de publication, le %(date)s.")
            % {"date": date_format(publication_date, "j F Y")},
            "deadline",
        )


def check_lots(titles: Sequence[str]) -> None:
    """Refuse a single lot, and more than ninety-nine. Raises TenderRefused."""
    if titles and len(titles) < FEWEST_LOTS:
        raise TenderRefused(
            _(
                "Écrivez deux intitulés au moins, un par ligne, ou décochez « La consultation est allotie »."
            ),
            "lots",
        )
    if len(titles) > MOST_LOTS:
        raise TenderRefused(_("Une consultation compte 99 lots au plus."), "lots")


def _divide(tender: Tender, first_title: str) -> None:
    tender.has_lots = True
    tender.save(update_fields=["has_lots"])
    if first_title:
        tender.lots.update(title=first_title)


def _check_reference(facility_id: int, reference: str, but: Tender | None = None) -> None:
    # The row of the facility is the lock: two clicks on « Créer » must not both pass.
    Facility.objects.select_for_update(no_key=True).get(pk=facility_id)
    found = Tender.objects.filter(facility_id=facility_id, reference=reference).first()
    if found and found != but:
        raise TenderRefused(
            _("Cette référence est déjà celle d’une consultation de l’établissement."), "reference"
        )


def _plain(tender: Tender) -> dict[str, Any]:
    deadline = tender.deadline
    return {
        "reference": tender.reference,
        "title": tender.title,
        "procedure": str(tender.procedure),
        "publication_date": tender.publication_date and tender.publication_date.isoformat(),
        "deadline": deadline and deadline.astimezone(dt.UTC).isoformat(),
    }


def _record(tender: Tender, action: str, data: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=tender.facility_id, action=action, subject=f"tender/{tender.pk}", data=data, by=by.pk
    )
