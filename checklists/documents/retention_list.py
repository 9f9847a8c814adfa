"""The list of what is kept until when, as a CSV."""

import csv
import datetime as dt
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from vendors.models import Tender

from ..domain.queries import retention as queries
from .workbook import safe_text


def written(tenders: Iterable[Tender], today: dt.date) -> bytes:
    """Return two lines a tender, one a part: semicolons, what a French spreadsheet opens at once."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(
        (
            _("Établissement"), _("Référence"), _("Objet"), _("Pièces"), _("Contrat signé le"),
            _("Fin d’exécution le"), _("Éliminable à partir du"), _("État"),
        )
    )  # fmt: skip
    for tender in tenders:
        writer.writerows(map(safe_text, row) for row in _rows(tender, today))
    return b"\xef\xbb\xbf" + target.getvalue().encode()


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
