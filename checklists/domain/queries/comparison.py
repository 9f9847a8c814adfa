"""Reads of the comparison: the candidates of one checklist, in as many queries whatever they are."""

from typing import Any

from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, When

from uniha_clausier.common.rows import SOME_NUMBER, PreparedRows
from vendors.models import Candidacy

from ...enums import AnswerKind
from ...models import Assessment, Checklist, ChecklistItem, Score
from ..comparing import Candidate, Cell, Chapter, Comparison, Point
from .grid import Catalogue, VersionKey, catalogue
from .late_files import OUT_OF_TIME


def checklists() -> QuerySet[Checklist]:
    """Return checklists with all that the head of their comparison names, in one query."""
    return Checklist.objects.select_related(
        "version__clausier", "lot__tender__facility", "lot__tender__opening"
    )


def comparison(checklist: Checklist, *, only: Assessment | None = None) -> Comparison:
    """Return the candidates of a published checklist beside each other, or one alone: 4 queries."""
    version = checklist.version
    texts = catalogue(VersionKey(version.pk, version.title, version.content_sha256))
    refs, points = _points(checklist, texts)
    started = Assessment.objects.filter(checklist=checklist)
    started = started.filter(replaced_at=None) if only is None else started.filter(pk=only.pk)
    found = started.select_related("candidacy__vendor", "candidacy__product")
    rows = list(
        found.annotate(is_out=OUT_OF_TIME, decided=F("decision__value")).order_by(
            "candidacy__vendor__name", "pk"
        )
    )
    kept = [one for one in rows if only or not one.is_out]
    return Comparison(
        points=points,
        candidates=[_candidate(one) for one in kept],
        cells=_cells(checklist, refs, {one.pk for one in kept}, only=only),
        chapters=_chapters(texts),
        max_note=checklist.max_note,
        waiting=_waiting(checklist),
        late=[one.candidacy.vendor.name for one in rows if one not in kept],
    )


def _points(checklist: Checklist, texts: Catalogue) -> tuple[dict[int, str], list[Point]]:
    """Return the points that candidates answer, in official order, and their numbers by item."""
    items = ChecklistItem.objects.filter(checklist=checklist, is_applicable=True)
    rows = list(
        items.exclude(point__answer_kind=AnswerKind.NONE)
        .order_by("position", "pk")
        .values_list("pk", "point__ref", "weight", "legal_effect", "is_knock_out")
    )
    points = [
        Point(ref, texts.points[ref].title, texts.root_of(ref), weight, effect, is_knock_out)
        for _pk, ref, weight, effect, is_knock_out in rows
    ]
    return {row[0]: row[1] for row in rows}, points


def _cells(
    checklist: Checklist, refs: dict[int, str], compared: set[int], *, only: Assessment | None
) -> dict[tuple[int, str], Cell]:
    rows = _OF_CHECKLIST(checklist.pk) if only is None else _OF_ASSESSMENT(only.pk)
    known: dict[tuple[str, int, str], Cell] = {}  # few cells differ, so few are made
    found = {}
    for assessment, item, claim, has_text, score in rows:
        if assessment not in compared:
            continue
        said = claim, has_text, score
        if said not in known:
            known[said] = Cell(claim, bool(has_text), score)
        found[assessment, refs[item]] = known[said]
    return found


def _said(**whose: Any) -> QuerySet[Any, Any]:
    """Each score with the claim beside it."""
    beside = Q(item__answers__assessment=F("assessment"))
    scores = Score.objects.filter(**whose).annotate(
        claimed=FilteredRelation("item__answers", condition=beside),
        has_text=Case(When(claimed__text="", then=0), default=1),
    )
    return scores.values_list("assessment_id", "item_id", "claimed__value", "has_text", "value")


_OF_CHECKLIST = PreparedRows(
    lambda pk: _said(assessment__checklist=pk, assessment__replaced_at=None), SOME_NUMBER
)
_OF_ASSESSMENT = PreparedRows(lambda pk: _said(assessment=pk), SOME_NUMBER)


def _chapters(texts: Catalogue) -> dict[int, Chapter]:
    return {
        place: Chapter(place, chapter.ref, chapter.title)
        for place, chapter in texts.chapters.items()
    }


def _candidate(assessment: Any) -> Candidate:
    candidacy = assessment.candidacy
    product = str(candidacy.product) if candidacy.product else ""
    return Candidate(assessment.pk, candidacy.vendor.name, product, assessment.decided or "")


def _waiting(checklist: Checklist) -> list[str]:
    started = Assessment.objects.filter(candidacy=OuterRef("pk"), checklist=checklist)
    waiting = Candidacy.objects.filter(~Exists(started), lot=checklist.lot_id)
    return list(waiting.order_by("vendor__name", "pk").values_list("vendor__name", flat=True))
