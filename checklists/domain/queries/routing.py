"""Reads of the routing: which roles review each point, in a facility and for an assessment."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership
from uniha_clausier.common.rows import ANOTHER_NUMBER, SOME_NUMBER, PreparedRows

from ...enums import AnswerKind, SignedDecision, VersionState
from ...models import Assessment, Clausier, ClausierVersion, ReviewRoute, SignedFile
from ...models.finding import REVIEWERS
from ..routing import Place
from .grid import Catalogue, ChapterText, PointText, VersionKey, catalogue


@dataclass(frozen=True)
class Rules:
    """The rules of one facility on one clausier, at one moment."""

    routes: dict[Place, ReviewRoute] = field(default_factory=dict)

    def own(self, place: Place) -> ReviewRoute | None:
        return self.routes.get(place)

    def reviewers(self, texts: Catalogue) -> dict[str, list[str]]:
        """Return the roles that review each point, by its number."""
        if not self.routes:  # most facilities; a finding that is saved asks for all of them
            return {ref: list(point.reviewers) for ref, point in texts.points.items()}
        return {
            ref: self.of_point(point, texts.chapters[texts.root_of(ref)])
            for ref, point in texts.points.items()
        }

    def of_point(self, point: PointText, chapter: ChapterText) -> list[str]:
        """Return the roles of a point: its own rule, else that of its chapter, else the clausier."""
        route = self.own(Place(ref=point.ref)) or self.own(Place(chapter=key_of(chapter)))
        return route.roles.split() if route else list(point.reviewers)


def key_of(chapter: ChapterText) -> str:
    """Return what a chapter is known by from one version to the next: its number, else its title."""
    return chapter.ref or chapter.title


def in_order(roles: Iterable[str]) -> list[str]:
    """Return the roles that review, in the order of the pages."""
    given = set(roles)
    return [str(role) for role in REVIEWERS if role in given]


def texts_of(version: ClausierVersion) -> Catalogue:
    """Return the texts of a version, its errata apart: routing reads none."""
    return catalogue(VersionKey(version.pk, version.title, version.content_sha256))


def rules(facility_id: int, clausier_id: int, *, at: dt.datetime | None = None) -> Rules:
    """Return the rules that stand, or that stood at a moment: one query."""
    return rules_of({(facility_id, clausier_id)}, at=at)[facility_id, clausier_id]


def rules_of(
    wanted: Collection[tuple[int, int]], *, at: dt.datetime | None = None
) -> dict[tuple[int, int], Rules]:
    """Return the rules of several facilities and clausiers, by both: one query."""
    found = {key: Rules() for key in wanted}
    routes = ReviewRoute.objects.filter(
        _standing(at),
        facility__in={facility for facility, _clausier in wanted},
        clausier__in={clausier for _facility, clausier in wanted},
    )
    for route in routes.select_related("set_by"):
        rule = found.get((route.facility_id, route.clausier_id))
        if rule is not None:
            rule.routes[Place(route.chapter, route.ref)] = route
    return found


def _standing(at: dt.datetime | None) -> Q:
    if at is None:
        return Q(ended_at=None)
    return Q(set_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))


def reviewers(
    assessment: Assessment, texts: Catalogue, *, at: dt.datetime | None = None
) -> dict[str, list[str]]:
    """Return the roles that review each point of an assessment: one query, one more once signed.

    ``at`` asks for another moment than that of the assessment.
    """
    stood = at or moment_of(assessment)
    clausier_id = assessment.checklist.version.clausier_id
    if stood is None:
        found = (
            ReviewRoute(chapter=c, ref=r, roles=roles)
            for c, r, roles in _STANDING(assessment.facility_id, clausier_id)
        )
        return Rules({Place(one.chapter, one.ref): one for one in found}).reviewers(texts)
    return rules(assessment.facility_id, clausier_id, at=stood).reviewers(texts)


_STANDING = PreparedRows(
    lambda facility, clausier: ReviewRoute.objects.filter(
        _standing(None), facility=facility, clausier=clausier
    ).values_list("chapter", "ref", "roles"),
    SOME_NUMBER,
    ANOTHER_NUMBER,
)
"""The rules of now, which each finding that is saved asks for."""


def moment_of(assessment: Assessment) -> dt.datetime | None:
    """Return when the document that people signed first was asked for; None before a signature.

    What a signed assessment showed never changes.
    """
    if not assessment.signed_at:
        return None
    signed = SignedFile.objects.filter(
        document__assessment=assessment, decision=SignedDecision.ACCEPTED
    ).order_by("decided_at", "pk")
    asked = signed.values_list("document__requested_at", flat=True).first()
    return asked or assessment.signed_at


# -- The screen of a facility ----------------------------------------------------------------------


def clausiers() -> QuerySet[Clausier]:
    """Return the clausiers that have a published version, proposals last."""
    published = ClausierVersion.objects.filter(
        clausier=OuterRef("pk"), state=VersionState.PUBLISHED
    )
    found = Clausier.objects.filter(Exists(published))
    return found.alias(is_text=Exists(published.filter(is_proposal=False))).order_by(
        "-is_text", "code"
    )


def latest(clausier: Clausier) -> ClausierVersion:
    """Return the published version of a clausier whose points are shown: the last one."""
    versions = clausier.versions.filter(state=VersionState.PUBLISHED)
    return versions.order_by("-edition_date", "-published_at", "-pk")[0]


class PointRow(NamedTuple):
    """A point, who reviews it by the clausier, who reviews it here, and the rule if it has one."""

    point: PointText
    default: list[str]
    roles: list[str]
    own: ReviewRoute | None


class ChapterRows(NamedTuple):
    """A chapter, its rule if it has one, and its points."""

    chapter: ChapterText
    own: ReviewRoute | None
    rows: list[PointRow]

    @property
    def address(self) -> str:
        """How the address of its form names the chapter."""
        return f"chapitre-{self.chapter.position}"

    @property
    def exceptions(self) -> int:
        """How many points have a rule of their own."""
        return sum(row.own is not None for row in self.rows)


def chapters(facility: Facility, clausier: Clausier) -> list[ChapterRows]:
    """Return every point that is reviewed, by chapter, in official order."""
    texts = texts_of(latest(clausier))
    found = rules(facility.pk, clausier.pk)
    shown: dict[int, ChapterRows] = {}
    for point in texts.points.values():
        if point.answer_kind == AnswerKind.NONE:
            continue
        chapter = texts.chapters[texts.root_of(point.ref)]
        own = found.own(Place(chapter=key_of(chapter)))
        rows = shown.setdefault(chapter.position, ChapterRows(chapter, own, [])).rows
        rows.append(
            PointRow(
                point,
                in_order(point.reviewers),
                found.of_point(point, chapter),
                found.own(Place(ref=point.ref)),
            )
        )
    return list(shown.values())


def vacant(facility: Facility, shown: Iterable[ChapterRows]) -> list[str]:
    """Return the roles that review something here and that nobody holds."""
    wanted = {role for chapter in shown for row in chapter.rows for role in row.roles}
    held = Membership.objects.filter(facility=facility, role__in=wanted, user__is_active=True)
    nobody = wanted - set(held.values_list("role", flat=True))
    return [str(Role(role).label) for role in in_order(nobody)]
