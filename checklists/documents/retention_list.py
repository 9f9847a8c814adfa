"""The list of what is kept until when, as a CSV."""

import datetime as dt
from collections.abc import Iterable
from itertools import chain

from django.utils.translation import gettext as _

from vendors.models import Tender

from ..domain.queries import retention as queries
from . import csv_files


def written(tenders: Iterable[Tender], today: dt.date) -> bytes:
    """Return two lines a tender, one a part."""
    head = [
        _("Établissement"), _("Référence"), _("Objet"), _("Pièces"), _("Contrat signé le"),
        _("Fin d’exécution le"), _("Éliminable à partir du"), _("État"),
    ]  # fmt: skip
    rows = chain([head], *(_rows(tender, today) for tender in tenders))
    return csv_files.written(map(csv_files.text, row) for row in rows)


def _rows(tender: Tender, today: dt.date) -> Iterable[list[str]]:
    dates = getattr(tender, "retention", None)
    signed, executed = (dates.signed_on, dates.executed_on) if dates else (None, None)
    for part in queries.parts_of(tender, today):
        yield [
            tender.facility.name, tender.reference, tender.title, str(part.scope.label),
            _day(signed), _day(executed), _day(part.until), str(part.state.label),
        ]  # fmt: skip


def _day(day: dt.date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
