"""Which roles review a point: the clausier says, and a facility may decide otherwise.

A rule of a facility covers a chapter, or one point in spite of its chapter. What it decides holds
for every assessment that people have not signed. A rule is never rewritten: it ends, and the next
one begins, so that what a signed assessment showed is told by the moment of its document.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, StaleVersion

from ..models import Clausier, ReviewRoute
from ..models.finding import REVIEWERS


class NoReviewer(DomainError):
    """A rule that names nobody: the point would wait for no one, and no one would see it."""


@dataclass(frozen=True)
class Place:
    """What a rule is about: a chapter by its key, or a point by its number."""

    chapter: str = ""
    ref: str = ""


def set_route(
    *,
    facility: Facility,
    clausier: Clausier,
    place: Place,
    roles: Collection[str],
    base: int,
    by: User,
) -> ReviewRoute:
    """Decide which roles review a place. ``base`` is the rule that was read, 0 for none.

    Raises NoReviewer, or StaleVersion when somebody decided meanwhile.
    """
    words = " ".join(role for role in REVIEWERS if role in roles)
    if not words:
        raise NoReviewer(_("Choisissez au moins un rôle : sans relecteur, personne ne le lirait."))
    with transaction.atomic():
        current = _locked(facility, clausier, place, base)
        if current is not None and current.roles == words:
            return current
        now = timezone.now()
        if current is not None:
            _end(current, now, by)
        route = ReviewRoute.objects.create(
            facility=facility,
            clausier=clausier,
            chapter=place.chapter,
            ref=place.ref,
            roles=words,
            set_at=now,
            set_by=by,
        )
        _record(route, "set", {"before": current.roles if current else "", "after": words}, now, by)
    return route


def drop_route(
    *, facility: Facility, clausier: Clausier, place: Place, base: int, by: User
) -> None:
    """End the rule of a place, which follows its chapter or the clausier again.

    Raises StaleVersion.
    """
    with transaction.atomic():
        current = _locked(facility, clausier, place, base)
        if current is not None:
            now = timezone.now()
            _end(current, now, by)
            _record(current, "dropped", {"before": current.roles}, now, by)


def drop_all(*, facility: Facility, clausier: Clausier, by: User) -> int:
    """End every rule of a facility on a clausier; return how many there were."""
    with transaction.atomic():
        now, routes = timezone.now(), _standing(facility, clausier)
        for route in routes:
            _end(route, now, by)
            _record(route, "dropped", {"before": route.roles}, now, by)
    return len(routes)


def _standing(facility: Facility, clausier: Clausier) -> list[ReviewRoute]:
    """Return the rules that stand, under the lock by which they are decided."""
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    routes = ReviewRoute.objects.filter(facility=facility, clausier=clausier, ended_at=None)
    return list(routes.select_related("clausier").order_by("pk"))


def _locked(facility: Facility, clausier: Clausier, place: Place, base: int) -> ReviewRoute | None:
    """Return the rule of a place, which must still be the one that was read."""
    routes = _standing(facility, clausier)
    current = next((one for one in routes if Place(one.chapter, one.ref) == place), None)
    if (current.pk if current else 0) != base:
        raise StaleVersion(
            _("Quelqu’un d’autre vient de changer ces relecteurs : relisez avant de continuer.")
        )
    return current


def _end(route: ReviewRoute, at: dt.datetime, by: User) -> None:
    route.ended_at, route.ended_by = at, by
    route.save(update_fields=["ended_at", "ended_by"])


def _record(route: ReviewRoute, act: str, data: dict[str, Any], at: dt.datetime, by: User) -> None:
    journal.record(
        tenant=route.facility_id,
        action=f"review_route.{act}",
        subject=f"review_route/{route.clausier.code}",
        data={"chapter": route.chapter, "ref": route.ref, **data},
        at=at,
        by=by.pk,
    )
