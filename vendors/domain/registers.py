"""Registering the candidates that a register names: what would be done, then doing it, whole.

A company is found again by its SIREN, else by its exact name; a name alone creates nobody. What
could be two things is left to the buyer; a line that cannot be used is told with its number.
"""

import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.accounts.validators import compact
from uniha_clausier.common import canonical, journal
from uniha_clausier.common.search import fold

from ..models import FRANCE, Candidacy, Lot, Tender, Vendor
from . import candidacies, vendors
from .register_reading import Row, lots_of, moment_of
from .vendors import Identity, VendorRefused

LONGEST_NAME = 200
NEW = "nouveau"
ALL_LOTS = "tous"

Choices = Mapping[int, Mapping[str, str]]
"""What the buyer chose, by line: ``vendor`` (an identifier, or NEW), ``lot`` (a number, ALL_LOTS)."""


@dataclass
class Line:
    """What would become of one line of the register."""

    row: Row
    vendor: Vendor | None = None
    identity: Identity | None = None
    """Of a company to create."""
    lots: list[Lot] = field(default_factory=list)
    """The lots of which it would become a candidate."""
    refusal: str = ""
    remarks: list[str] = field(default_factory=list)
    homonyms: list[Vendor] = field(default_factory=list)
    """Companies of the same name among which the buyer chooses."""
    may_be_new: bool = False
    asks_lot: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether the line says one thing, and can be used."""
        return not (self.refusal or self.asks_vendor or self.asks_lot)

    @property
    def asks_vendor(self) -> bool:
        return bool(self.homonyms) and not (self.vendor or self.identity)

    @property
    def is_change(self) -> bool:
        return self.is_settled and bool(self.lots)

    @property
    def said(self) -> list[Any]:
        """What a person saw of the line, to be compared with what stands when they act."""
        return [
            self.row.line,
            self.vendor.pk if self.vendor else None,
            [lot.pk for lot in self.lots],
            self.refusal,
            [vendor.pk for vendor in self.homonyms],
        ]


@dataclass(frozen=True)
class Plan:
    """What would become of a register."""

    lines: list[Line]

    @property
    def changes(self) -> list[Line]:
        return [line for line in self.lines if line.is_change]

    @property
    def fingerprint(self) -> str:
        """A hash of what the page shows."""
        return canonical.sha256_of([line.said for line in self.lines])


def plan(*, tender: Tender, rows: Sequence[Row], choices: Choices) -> Plan:
    """Say what would become of each line, with what the buyer chose for some."""
    planner = _Planner(tender)
    planner.foresee(rows, choices)
    return Plan([planner.line(row, choices.get(row.line, {})) for row in rows])


class _Planner:
    """Reads what is known of the facility and of the tender once, then plans line by line."""

    def __init__(self, tender: Tender) -> None:
        self.deadline = tender.deadline
        self.lots = {lot.number: lot for lot in tender.lots.order_by("number")}
        known = list(Vendor.objects.filter(facility=tender.facility_id).order_by("pk"))
        self.by_siren = {vendor.siren: vendor for vendor in known if vendor.siren}
        self.by_foreign = {compact(v.foreign_id).upper(): v for v in known if v.foreign_id}
        self.by_name: dict[str, list[Vendor]] = {}
        for vendor in known:
            self.by_name.setdefault(_name(vendor.name), []).append(vendor)
        self.new_names: dict[str, list[Identity]] = {}
        """Companies that lines of the register would create, wherever they stand in it."""
        self.new_sirens: set[str] = set()
        taken = Candidacy.objects.filter(lot__tender=tender)
        self.taken: set[tuple[str, int]] = {
            (f"#{vendor}", lot) for vendor, lot in taken.values_list("vendor_id", "lot_id")
        }

    def foresee(self, rows: Sequence[Row], choices: Choices) -> None:
        """Find the companies that will be created, so that every line that means one is theirs.

        The line that creates a company may stand after others that name it: read again later, the
        register would find it there for all of them.
        """
        for row in rows:
            with contextlib.suppress(VendorRefused):
                line = Line(row, chosen=choices.get(row.line, {}))
                self._find_vendor(line, foreseeing=True)
                self._lots(line)
                if line.identity and line.is_settled:
                    self.new_names.setdefault(_name(row.name), []).append(line.identity)
                    self.new_sirens.add(line.identity.siren)

    def line(self, row: Row, chosen: Mapping[str, str]) -> Line:
        line = Line(row, chosen=chosen)
        try:
            self._find_vendor(line)
            lots = self._lots(line)
        except VendorRefused as error:
            line.refusal = str(error)
            return line
        self._remark(line)
        if line.is_settled:
            self._take(line, lots)
        return line

    def _find_vendor(self, line: Line, *, foreseeing: bool = False) -> None:
        row = line.row
        if not row.name:
            raise VendorRefused(_("Cette ligne n’a pas de raison sociale."), "name")
        if len(row.name) > LONGEST_NAME:
            raise VendorRefused(_("Cette raison sociale est trop longue."), "name")
        if row.number:
            line.vendor = self.by_foreign.get(compact(row.number).upper())
            if line.vendor:
                return
            line.identity = vendors.identify(country=FRANCE, number=row.number)
            line.vendor = self.by_siren.get(line.identity.siren)
        same = self.by_name.get(_name(row.name), [])
        if line.vendor:
            line.identity = None
        elif line.identity and line.identity.siren in self.new_sirens:
            return
        elif same:
            self._among(line, same)
        elif not line.identity and not foreseeing:
            line.identity = self._new_by_name(row.name)

    def _new_by_name(self, name: str) -> Identity:
        """Return the company that another line, with a number, would create under this name."""
        found = {identity.siren: identity for identity in self.new_names.get(_name(name), [])}
        if len(found) != 1:
            raise VendorRefused(
                _("Entreprise inconnue, sans SIRET ni SIREN : ajoutez-la à la main."), "number"
            )
        return next(iter(found.values()))

    def _among(self, line: Line, same: list[Vendor]) -> None:
        """One company of this name and no number: it is the one. Else the buyer chooses."""
        if not line.identity and len(same) == 1:
            line.vendor = same[0]
            return
        identity, line.identity = line.identity, None
        line.homonyms, line.may_be_new = same, identity is not None
        chosen = line.chosen.get("vendor", "")
        if chosen == NEW:
            line.identity = identity
        else:
            line.vendor = next((each for each in same if str(each.pk) == chosen), None)

    def _lots(self, line: Line) -> list[Lot]:
        told = lots_of(line.row.lot)
        unknown = [number for number in told if number not in self.lots]
        if unknown:
            raise VendorRefused(
                _("La consultation n’a pas de lot %(n)d.") % {"n": unknown[0]}, "lot"
            )
        if told:
            return [self.lots[number] for number in told]
        everything = list(self.lots.values())
        if len(everything) == 1 or line.chosen.get("lot") == ALL_LOTS:
            return everything
        chosen = [lot for lot in everything if str(lot.number) == line.chosen.get("lot")]
        line.asks_lot = not chosen
        return chosen

    def _remark(self, line: Line) -> None:
        row = line.row
        if row.email and not line.vendor and not _email(row.email):
            line.remarks.append(_("courriel illisible, laissé de côté"))
        moment = moment_of(row.when)
        if row.when and moment is None:
            line.remarks.append(_("date illisible"))
        if moment and self.deadline and moment > self.deadline:
            line.remarks.append(
                _(
                    "après la date limite : dites-le en recevant son classeur, s’il s’agit d’un dépôt"
                )
            )

    def _take(self, line: Line, lots: list[Lot]) -> None:
        """Keep the lots that the company does not answer yet, by an earlier line either."""
        who = f"#{line.vendor.pk}" if line.vendor else str(line.identity and line.identity.siren)
        line.lots = [lot for lot in lots if (who, lot.pk) not in self.taken]
        self.taken |= {(who, lot.pk) for lot in lots}


def register(
    *, tender: Tender, rows: Sequence[Row], choices: Choices, text: str, by: User
) -> list[Candidacy]:
    """Register the candidates of a register in one transaction, and return them.

    Lines that are refused, or that nobody settled, are left out. Nothing new leaves no trace.
    """
    with transaction.atomic():
        _lock(tender)
        made: list[Candidacy] = []
        created: dict[str, Vendor] = {}
        for line in plan(tender=tender, rows=rows, choices=choices).changes:
            vendor = line.vendor or _created(tender, line, created, by=by)
            made += [
                candidacies.register_candidate(lot=lot, vendor=vendor, by=by) for lot in line.lots
            ]
        if made:
            journal.record(
                tenant=tender.facility_id,
                action="register.imported",
                subject=f"tender/{tender.pk}",
                data={
                    "sha256": hashlib.sha256(text.encode()).hexdigest(),
                    "lines": len(rows),
                    "candidacies": [candidacy.pk for candidacy in made],
                    "vendors": [vendor.pk for vendor in created.values()],
                },
                by=by.pk,
            )
    return made


def _lock(tender: Tender) -> None:
    """Lock what every line locks in its turn, before the journal that the first one takes."""
    Tender.objects.select_for_update(no_key=True).get(pk=tender.pk)
    Facility.objects.select_for_update(no_key=True).get(pk=tender.facility_id)
    lots = Lot.objects.select_for_update(no_key=True).filter(tender=tender)
    list(lots.order_by("pk").values_list("pk"))


def _created(tender: Tender, line: Line, created: dict[str, Vendor], *, by: User) -> Vendor:
    """Create the company of a line, once however many lines name it."""
    assert line.identity
    siren = line.identity.siren
    if siren not in created:
        created[siren] = vendors.create_vendor(
            facility=tender.facility,
            name=line.row.name,
            identity=line.identity,
            contact_email=_email(line.row.email),
            by=by,
        )
    return created[siren]


def _name(name: str) -> str:
    return " ".join(fold(name).split())


def _email(text: str) -> str:
    """Return an address that can be written to, or nothing."""
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return text
