"""Reads of the clausiers: their versions, their points, and which points a profile asks."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Count, Prefetch, QuerySet

from ...enums import VersionState
from ...models import Chapter, ClausierVersion, ControlPoint, Erratum
from ..applicability import closure, evaluate
from ..clausier import canonical_content
from ..versions import Comparison, RowChange, compare
from ..wording import mended
from .errata import ErratumText, by_point


def versions() -> QuerySet[ClausierVersion]:
    """The published versions with their count of points: proposals last, the latest edition first."""
    return (
        ClausierVersion.objects.filter(state=VersionState.PUBLISHED)
        .select_related("clausier")
        .annotate(point_count=Count("points"))
        .order_by("is_proposal", "clausier__code", "-edition_date", "-published_at", "pk")
    )


def compared(before: ClausierVersion, after: ClausierVersion) -> Comparison:
    """Return what differs between two versions: two queries each."""
    return compare(canonical_content(before), canonical_content(after))


def errata_told(
    before: ClausierVersion, after: ClausierVersion
) -> Callable[[RowChange], list[tuple[ErratumText, list[str]]]]:
    """Return what gives the errata of a point that differs, each with the versions that have it."""
    found = [(version.number, by_point(version.pk)) for version in (before, after)]

    def of(change: RowChange) -> list[tuple[ErratumText, list[str]]]:
        told: dict[ErratumText, list[str]] = {}
        for (number, errata), row in zip(found, (change.before, change.after), strict=True):
            for erratum in errata.get(row["ref"], ()) if row else ():
                told.setdefault(erratum, []).append(number)
        return list(told.items())

    return of


def applicable_refs(version: ClausierVersion, flags: Iterable[str]) -> list[str]:
    """Return the numbers of the points asked under ``flags`` and what they imply, in order.

    Raises UnknownFlag.
    """
    profile = closure(flags)
    points = version.points.order_by("position").values_list("ref", "condition")
    return [ref for ref, condition in points if evaluate(condition, profile).applies]


@dataclass(frozen=True)
class Section:
    """A chapter, how deep it stands (0 for the top), and those of its points that are shown."""

    chapter: Chapter
    depth: int
    points: list[ControlPoint]


def sections(version: ClausierVersion) -> list[Section]:
    """Return the chapters of a version in order, each with its points and their errata."""
    points: dict[int, list[ControlPoint]] = {}
    errata = Prefetch("errata", Erratum.objects.order_by("number"))
    for point in version.points.order_by("position").prefetch_related(errata):
        points.setdefault(point.chapter_id, []).append(point)
    depths: dict[int, int] = {}
    result = []
    for chapter in version.chapters.order_by("position"):
        depths[chapter.pk] = depths[chapter.parent_id] + 1 if chapter.parent_id else 0
        result.append(Section(chapter, depths[chapter.pk], points.get(chapter.pk, [])))
    return result


def reviewers(of: list[Section]) -> set[str]:
    """Return all those who read an answer of these sections."""
    return {reviewer for section in of for point in section.points for reviewer in point.reviewers}


def matching(of: list[Section], *, text: str = "", reviewer: str = "") -> list[Section]:
    """Return the sections whose points hold every word of ``text`` and go to ``reviewer``.

    Accents and capitals do not count. A heading stays while a point under it does.
    """
    words = plain(text).split()
    if not words and not reviewer:
        return of
    kept: dict[int, list[ControlPoint]] = {
        section.chapter.pk: [p for p in section.points if _matches(p, words, reviewer)]
        for section in of
    }
    parents = {section.chapter.pk: section.chapter.parent_id for section in of}
    needed: set[int] = set()
    for pk in [pk for pk, points in kept.items() if points]:
        needed |= _branch(pk, parents)
    return [
        Section(section.chapter, section.depth, kept[section.chapter.pk])
        for section in of
        if section.chapter.pk in needed
    ]


def _branch(pk: int | None, parents: dict[int, int | None]) -> set[int]:
    branch: set[int] = set()
    while pk is not None:
        branch.add(pk)
        pk = parents[pk]
    return branch


def _matches(point: ControlPoint, words: list[str], reviewer: str) -> bool:
    if reviewer and reviewer not in point.reviewers:
        return False
    if not words:
        return True
    searched = plain(mended(f"{point.ref} {point.title} {point.requirement} {point.expected}"))
    return all(word in searched for word in words)


def plain(text: str) -> str:
    """Return ``text`` without accents or capitals, with straight apostrophes."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
