"""What the pages of a checklist show: versions, points with their reason, counts by section."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.common.dates import date_format
from vendors.models import Lot

from ...enums import DerogationKind, Force, LegalEffect
from ...models import Chapter, Checklist, ChecklistItem, ClausierVersion, ControlPoint, Derogation
from ...validators import ALWAYS, parse_condition
from .. import applicability, profile
from ..applicability import Verdict
from ..chapters import groups
from ..wording import mended
from . import clausiers, errata, parameters
from .additions import adapted, derogation_of
from .errata import ErratumText

RECOMMENDED_CODE = "securite-numerique"
"""The clausier that this product writes in its own words, with conditions and scoring guides."""

MOST_NAMED = 12
"""Points named in a sentence that says a change."""

ASKED, LEFT_OUT, REMINDER = "asked", "left_out", "reminder"


@dataclass(frozen=True)
class Row:
    """One point of a checklist, with what the rule says and what the buyer decided."""

    item: ChecklistItem
    section: Chapter
    verdict: Verdict
    additions: tuple[str, ...] = ()
    """What the buyer adds to the text of the point, which itself never changes."""
    errata: tuple[ErratumText, ...] = ()

    @property
    def point(self) -> ControlPoint:
        return self.item.point

    @property
    def status(self) -> str:
        """Whether the point is asked, left out, or shown as a reminder that nobody answers."""
        if not self.item.is_applicable:
            return LEFT_OUT
        return ASKED if self.point.is_scored else REMINDER

    @property
    def derogation(self) -> Derogation | None:
        return derogation_of(self.item)

    @property
    def is_waived(self) -> bool:
        return self.derogation is not None and self.derogation.kind == DerogationKind.WAIVED

    @property
    def rule(self) -> str:
        """What the profile says of this point, in French."""
        return profile.why(self.verdict)

    @property
    def why(self) -> str:
        """Why the point is in or out, in French."""
        if self.item.force:
            return _forced(self.item)
        if self.derogation and self.is_waived:
            return _waived(self.derogation)
        if self.status == REMINDER:
            return _("rappel : obligation de l’établissement, jamais notée")
        return self.rule

    @property
    def agrees(self) -> bool:
        """Whether the rule alone would give the same result as the buyer's decision."""
        return self.verdict.applies == self.item.is_applicable

    @property
    def subheading(self) -> Chapter | None:
        """The chapter of the point, when it is not the section itself."""
        return None if self.point.chapter_id == self.section.pk else self.point.chapter


@dataclass
class Section:
    """A chapter as the buyer reads it, with its points and how many are asked."""

    chapter: Chapter
    rows: list[Row]

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def asked(self) -> int:
        return sum(row.item.is_applicable for row in self.rows)


@dataclass(frozen=True)
class Summary:
    """How many points a checklist has, by what decides of them."""

    total: int
    asked: int
    reminders: int
    forced: int
    knock_outs: int
    derogations: int = 0

    @property
    def left_out(self) -> int:
        return self.total - self.asked


def lots() -> QuerySet[Lot]:
    """Return lots with their tender and its facility."""
    return Lot.objects.select_related("tender__facility")


def checklists() -> QuerySet[Checklist]:
    """Return checklists with all that the head of their pages names."""
    return Checklist.objects.select_related(
        "version__clausier",
        "published_by",
        "replaces__version__clausier",
        "replaces__lot__tender__opening",
        "lot__tender__facility",
        "lot__tender__opening",
    )


def versions() -> QuerySet[ClausierVersion]:
    """Return the published versions, with their number of points and whether a profile counts."""
    conditional = ControlPoint.objects.filter(version=OuterRef("pk")).exclude(condition=ALWAYS)
    return clausiers.versions().annotate(has_conditions=Exists(conditional))


def versions_to_start(lot: Lot) -> list[ClausierVersion]:
    """Return the versions on which a lot may start a checklist: one checklist a clausier."""
    return _in_order(versions().exclude(clausier__versions__checklists__lot=lot))


def versions_to_move_to(checklist: Checklist) -> list[ClausierVersion]:
    """Return the versions to which a draft may move; a correction stays on its own."""
    if checklist.edition > 1:
        return []
    others = checklist.lot.checklists.exclude(pk=checklist.pk)
    taken = others.values("version__clausier")
    return _in_order(versions().exclude(pk=checklist.version_id).exclude(clausier__in=taken))


def carried(lot: Lot) -> list[Checklist]:
    """Return the first editions of a lot, one a clausier, in the order of their creation."""
    found = Checklist.objects.filter(lot=lot, edition=1).select_related("version__clausier")
    return list(found.order_by("pk"))


def _in_order(found: QuerySet[ClausierVersion]) -> list[ClausierVersion]:
    """Sort published versions: ours first, proposals last, the latest editions first."""
    return sorted(
        found.order_by("-edition_date", "clausier__code", "-pk"),
        key=lambda version: (version.clausier.code != RECOMMENDED_CODE, version.is_proposal),
    )


def rows(checklist: Checklist) -> list[Row]:
    """Return the points of a checklist in official order, as many queries whatever their number."""
    chapters = {
        chapter.pk: chapter for chapter in Chapter.objects.filter(version_id=checklist.version_id)
    }
    items = list(
        checklist.items.select_related("point", "forced_by", "derogation__decided_by").order_by(
            "position", "pk"
        )
    )
    section = groups(chapters.values(), (item.point.chapter_id for item in items))
    flags = applicability.closure(checklist.profile)
    added = parameters.additions(checklist)
    found = errata.by_point(checklist.version_id)
    made = []
    for item in items:
        item.point.chapter = chapters[item.point.chapter_id]
        verdict = applicability.evaluate(item.point.condition, flags)
        place, more = section[item.point.chapter_id], added.get(item.point.ref, ())
        derogation = derogation_of(item)
        if derogation and derogation.wording:
            more = (adapted(derogation), *more)
        own = found.get(item.point.ref, ())
        made.append(Row(item, place, verdict, more, own))
    return made


def sections(of: Iterable[Row]) -> list[Section]:
    """Group rows by section, in their order."""
    found: dict[int, Section] = {}
    for row in of:
        found.setdefault(row.section.pk, Section(row.section, [])).rows.append(row)
    return list(found.values())


def summary(of: Sequence[Row]) -> Summary:
    """Count the points of a checklist."""
    return Summary(
        total=len(of),
        asked=sum(row.item.is_applicable for row in of),
        reminders=sum(row.status == REMINDER for row in of),
        forced=sum(bool(row.item.force) for row in of),
        knock_outs=sum(row.item.is_knock_out and row.status == ASKED for row in of),
        derogations=sum(row.derogation is not None for row in of),
    )


def weighting(of: Iterable[Row]) -> dict[str, Any]:
    """Return what the points weigh together, and which ones have each legal effect."""
    items = [(row.point.ref, row.item) for row in of if row.status == ASKED]
    refs = {
        effect: [ref for ref, item in items if item.legal_effect == effect]
        for effect in LegalEffect.values
    }
    return {
        "total": sum((item.weight for _ref, item in items), Decimal(0)),
        "is_equal": len({item.weight for _ref, item in items}) == 1,
        "effects": [
            {
                "label": LegalEffect(effect).label,
                "refs": named,
                "is_named": effect != LegalEffect.SCORED_ZERO,
            }
            for effect, named in refs.items()
            if named
        ],
    }


def asked_under(of: Iterable[Row], flags: Iterable[str]) -> list[str]:
    """Return the numbers of the points that another profile would ask, forced ones kept."""
    closed = applicability.closure(flags)
    return [
        row.point.ref
        for row in of
        if row.item.force == Force.IN
        or (
            not row.item.force
            and not row.is_waived
            and applicability.evaluate(row.point.condition, closed).applies
        )
    ]


@dataclass(frozen=True)
class Move:
    """Points that come in or go out for one reason, told in French."""

    why: str
    points: list[ControlPoint]


@dataclass(frozen=True)
class Effect:
    """What a profile that is not saved would bring in and take out, each by reason."""

    added: list[Move]
    removed: list[Move]

    @property
    def added_count(self) -> int:
        return sum(len(move.points) for move in self.added)

    @property
    def removed_count(self) -> int:
        return sum(len(move.points) for move in self.removed)


def effect(of: Sequence[Row], flags: Iterable[str]) -> Effect:
    """Return what comes in and goes out between what is saved and what ``flags`` would ask."""
    closed = applicability.closure(flags)
    asked = set(asked_under(of, closed))
    return Effect(
        added=_moves((r for r in of if r.point.ref in asked and not r.item.is_applicable), closed),
        removed=_moves(
            (r for r in of if r.point.ref not in asked and r.item.is_applicable), closed
        ),
    )


def _moves(of: Iterable[Row], closed: frozenset[str]) -> list[Move]:
    found: dict[str, list[ControlPoint]] = {}
    for row in of:
        why = profile.why(applicability.evaluate(row.point.condition, closed))
        found.setdefault(why, []).append(row.point)
    return [Move(why, points) for why, points in found.items()]


def questions(of: Sequence[Row], ticked: frozenset[str]) -> list[dict[str, Any]]:
    """Return the groups of questions, each with its tick and how many points depend on it."""
    dependents = _dependents(of)
    return [
        {
            "group": group,
            "questions": [
                {
                    "question": question,
                    "flag": question.flag.value,
                    "is_ticked": question.flag in ticked,
                    "because": profile.implied_by(question.flag, ticked),
                    "implies": profile.implied_label(question.flag),
                    "points": dependents[question.flag],
                }
                for question in group.questions
            ],
        }
        for group in profile.GROUPS
    ]


def _dependents(of: Iterable[Row]) -> dict[str, int]:
    counted: dict[str, int] = dict.fromkeys(profile.QUESTIONS, 0)
    for row in of:
        for flag in frozenset().union(*parse_condition(row.point.condition)):
            counted[flag] += 1
    return counted


def counts(of: Sequence[Row], asked: Iterable[str]) -> list[dict[str, Any]]:
    """Return, for each section, how many of its points are in ``asked``."""
    refs = set(asked)
    return [
        {
            "chapter": section.chapter,
            "asked": sum(row.point.ref in refs for row in section.rows),
            "total": section.total,
        }
        for section in sections(of)
    ]


def change(of: Sequence[Row], asked: Sequence[str]) -> str:
    """Say which points come in and go out between what is saved and ``asked``."""
    before = [row.point.ref for row in of if row.item.is_applicable]
    added = [ref for ref in asked if ref not in set(before)]
    removed = [ref for ref in before if ref not in set(asked)]
    return " ".join(part for part in (_named("+", added), _named("−", removed)) if part)


def _named(sign: str, refs: list[str]) -> str:
    if not refs:
        return ""
    named = ", ".join(refs[:MOST_NAMED])
    if len(refs) > MOST_NAMED:
        named += _(" et %(rest)d autres") % {"rest": len(refs) - MOST_NAMED}
    sentence = ngettext("%(n)s point : %(refs)s.", "%(n)s points : %(refs)s.", len(refs))
    return sentence % {"n": f"{sign}{len(refs)}", "refs": named}


SHOWN: dict[str, Any] = {
    "": lambda row: True,
    "demandes": lambda row: row.item.is_applicable,
    "ecartes": lambda row: not row.item.is_applicable,
    "forces": lambda row: bool(row.item.force),
    "derogations": lambda row: row.derogation is not None,
    "eliminatoires": lambda row: row.item.is_knock_out and row.status == ASKED,
}
"""The filters of the page, as they stand in its address."""


def filtered(of: Iterable[Row], *, shown: str = "", text: str = "") -> list[Row]:
    """Return the rows of one filter that hold every word of ``text``, whatever its accents."""
    words = clausiers.plain(text).split()
    kept = [row for row in of if SHOWN[shown](row)]
    if not words:
        return kept
    texts = [(row, _searched(row.point)) for row in kept]
    return [row for row, searched in texts if all(word in searched for word in words)]


def _searched(point: ControlPoint) -> str:
    return clausiers.plain(mended(f"{point.ref} {point.title} {point.requirement}"))


def _forced(item: ChecklistItem) -> str:
    if item.forced_at is None:  # the constraint item_forced_with_reason says it never is
        raise ValueError(item.pk)
    sentence = _("ajouté par %(who)s le %(when)s")
    if item.force == Force.OUT:
        sentence = _("retiré par %(who)s le %(when)s")
    when = date_format(timezone.localtime(item.forced_at), "j N Y, H:i")
    return sentence % {"who": item.forced_by, "when": when}


def _waived(derogation: Derogation) -> str:
    when = date_format(timezone.localtime(derogation.decided_at), "j N Y, H:i")
    who = {"who": derogation.decided_by, "when": when}
    return _("écarté par dérogation, %(who)s le %(when)s") % who
