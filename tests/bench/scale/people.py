"""The people, vendors and products of one facility."""

import datetime as dt
import random
from collections.abc import Iterator
from typing import NamedTuple

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, Membership, User
from vendors.models import Certificate, Product, Vendor

from . import texts
from .lines import NULL, Lines
from .shape import BIG_VENDORS, SPECIALISTS, Counts, FacilityShape

GROUP_OF = 9
"""Facilities a group, on average: France has about 135 groups."""

GROUPS = Lines(HospitalGroup, "id", "name", "lead_facility_id")
FACILITIES = Lines(Facility, "id", "name", "city", "siret", "group_id", "ciso_email", "dpo_email")
USERS = Lines(User, "id", "email", "full_name", "password", "date_joined", "last_login")
MEMBERSHIPS = Lines(Membership, "user_id", "facility_id", "role")
VENDORS = Lines(
    Vendor, "id", "facility_id", "name", "siren", "contact_name", "contact_email", "created_at",
    "created_by_id",
)  # fmt: skip
PRODUCTS = Lines(Product, "id", "vendor_id", "name", "version", "kind")
CERTIFICATES = Lines(
    Certificate, "vendor_id", "kind", "number", "issuer", "scope", "hds_version", "hds_activities",
    "issued_on", "valid_until", "created_at", "created_by_id",
)  # fmt: skip

Written = Iterator[tuple[Lines, str]]


class Place(NamedTuple):
    """Where the identifiers of one facility start, in each table, and what all facilities share."""

    facility: int
    counts: Counts
    today: dt.date
    password: str
    """The hash of the password of everybody."""


class People:
    """Who works in one facility: the identifiers by role."""

    def __init__(self, shape: FacilityShape, place: Place) -> None:
        self.shape, self.place = shape, place
        self.chance = random.Random(f"{shape.seed}/{shape.number}/people")
        first = place.counts.users
        self.buyers = range(first, first + shape.buyers)
        self.specialists = dict(zip(SPECIALISTS, range(self.buyers.stop, 10**12), strict=False))

    def rows(self) -> Written:
        name, city = texts.facility(self.shape.number, self.chance)
        siren = texts.siren(self.shape.number)
        group = self.place.facility // GROUP_OF + 1
        domain = f"{self.place.facility}.hopital.example"
        yield (
            FACILITIES,
            FACILITIES.line
            % (
                self.place.facility, name, city, _siret(siren), group, f"rssi@{domain}",
                f"dpo@{domain}",
            ),
        )  # fmt: skip
        held = [(pk, Role.BUYER) for pk in self.buyers]
        held += [(pk, Role(role)) for role, pk in self.specialists.items()]
        day = f"{self.place.today - dt.timedelta(days=8 * 365)} 08:00+01"
        for pk, role in held:
            email = f"{role.value}.{pk}@{domain}"
            yield (
                USERS,
                USERS.line % (pk, email, texts.person(self.chance), self.place.password, day, NULL),
            )
            yield MEMBERSHIPS, MEMBERSHIPS.line % (pk, self.place.facility, role.value)

    def vendors(self) -> Written:
        first, product = self.place.counts.vendors, self.place.counts.products
        day = f"{self.place.today - dt.timedelta(days=8 * 365)} 09:00+01"
        for number, sold in enumerate(self.shape.products_of):
            pk = first + number
            known = number if number < BIG_VENDORS else 1000 + pk
            name = texts.vendor(number, self.chance)
            yield (
                VENDORS,
                VENDORS.line
                % (
                    pk, self.place.facility, name, texts.siren(known), texts.person(self.chance),
                    f"contact@vendeur{known}.example", day, self.buyers[0],
                ),
            )  # fmt: skip
            for n in range(sold):
                kind = self.chance.choice(("software", "hosted_service", "connected_device"))
                title = f"{self.chance.choice(texts.PRODUCTS)} {n + 1}"
                yield PRODUCTS, PRODUCTS.line % (product, pk, title, f"{n + 2}.0", kind)
                product += 1
            yield from self._certificates(pk, day)

    def _certificates(self, vendor: int, day: str) -> Written:
        for kind, part, version in (("hds", 0.6, "2"), ("iso_27001", 0.5, "")):
            if self.chance.random() > part:
                continue
            issued = self.place.today - dt.timedelta(days=self.chance.randrange(1200))
            yield (
                CERTIFICATES,
                CERTIFICATES.line
                % (
                    vendor, kind, f"{kind.upper()}-{vendor}", "Organisme du Ponant",
                    "Hébergement et exploitation de la solution", version,
                    "1,2,5" if version else "", issued, issued + dt.timedelta(days=3 * 365), day,
                    self.buyers[0],
                ),
            )  # fmt: skip


def groups(first: int, facilities: int) -> Written:
    """The groups, each led by its first facility. ``first`` is the identifier of the first facility."""
    last = first + facilities - 1
    for group in range(first // GROUP_OF + 1, last // GROUP_OF + 2):
        lead = max(first, (group - 1) * GROUP_OF)
        yield GROUPS, GROUPS.line % (group, f"GHT de la vallée n° {group}", lead)


def _siret(siren: str) -> str:
    """The head office: 0001 and its key."""
    body = siren + "0001"
    doubled = (int(d) if place % 2 else 2 * int(d) for place, d in enumerate(body))
    return body + str(-sum(v - 9 if v > 9 else v for v in doubled) % 10)
