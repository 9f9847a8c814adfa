"""Reads of the exchanges with candidates: their lists, one of them, what may be asked."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Q, QuerySet

from uniha_clausier.accounts.models import User

from ...enums import ExchangeKind, FindingValue, ScoreValue, Sharing
from ...models import (
    Answer,
    AnswerLink,
    Assessment,
    Checklist,
    Exchange,
    ExchangeFile,
    ExchangeParty,
    ExchangeReply,
    Finding,
    Score,
)
from .. import authors, exchange_rules
from . import grid
from .assessment_versions import up_to
from .grid import Catalogue, PointState
from .late_files import OUT_OF_TIME


class Asking(NamedTuple):
    """A point that may be asked about: whether a specialist has a question, what may be shared."""

    state: PointState
    title: str
    is_questioned: bool
    shared: str

    @property
    def is_likely(self) -> bool:
        """Whether somebody found the answer unclear."""
        return self.is_questioned or self.state.score == ScoreValue.TO_CLARIFY


def exchanges() -> QuerySet[Exchange]:
    """Return exchanges with what names their purchase."""
    return Exchange.objects.select_related(
        "checklist__lot__tender__facility__group",
        "checklist__version__clausier",
        "created_by",
        "sent_by",
        "closed_by",
    )


def parties() -> QuerySet[ExchangeParty]:
    """Return candidates of exchanges with what names them and their purchase."""
    return ExchangeParty.objects.select_related(
        "exchange__checklist",
        "assessment__facility__group",
        "assessment__candidacy__vendor",
        "assessment__candidacy__product",
        "assessment__candidacy__lot__tender",
        "assessment__checklist__version__clausier",
        "replied_by",
        "replied_by_link",
        "regularisation__decided_by",
    )


def files() -> QuerySet[ExchangeFile]:
    """Return received files with what says to whom they are shown."""
    return ExchangeFile.objects.select_related(
        "party__assessment__candidacy__lot__tender", "received_by", "received_by_link"
    )


def of_assessment(assessment: Assessment) -> list[Exchange]:
    """Return the exchanges with one candidate, the newest first, whatever the version."""
    found = exchanges().filter(up_to(assessment, "parties__assessment"))
    return list(found.order_by("-created_at", "-pk"))


def replies(party: ExchangeParty) -> list[ExchangeReply]:
    """Return what one candidate answers, point by point, in official order."""
    rows = party.replies.select_related(
        "point__item__point", "updated_by", "updated_by_link", "regularised"
    )
    return list(rows.order_by("point__item__position", "pk"))


def author(person: User | None, link: AnswerLink | None) -> str:
    """Return who registered an answer, or that the candidate sent it; empty for nobody."""
    return authors.in_words(link.number) if link else str(person or "")


def regularisations(checklist: Checklist) -> list[Exchange]:
    """Return the regularisations of a checklist, the newest first."""
    found = exchanges().filter(checklist=checklist, kind=ExchangeKind.REGULARISATION)
    return list(found.order_by("-created_at", "-pk"))


def candidates(checklist: Checklist) -> list[Assessment]:
    """Return the candidates whose answers are analysed: one that came too late is out."""
    current = Assessment.objects.filter(checklist=checklist, replaced_at=None)
    found = current.annotate(is_out=OUT_OF_TIME)
    rows = found.select_related("candidacy__vendor").order_by("candidacy__vendor__name", "pk")
    return [one for one in rows if not one.is_out]


def gaps(checklist: Checklist) -> dict[int, set[str]]:
    """Return, by candidate, the points that its answer lacks or misses."""
    found: dict[int, set[str]] = {one.pk: set() for one in candidates(checklist)}
    scores = Score.objects.filter(assessment__in=found)
    score_of = {row[:2]: row[2] for row in scores.values_list("assessment_id", "item_id", "value")}
    answers = Answer.objects.filter(assessment__in=found)
    for owner, item, ref, claim, text in answers.values_list(
        "assessment_id", "item_id", "item__point__ref", "value", "text"
    ):
        if exchange_rules.has_gap(claim, text, score_of.get((owner, item), "")):
            found[owner].add(ref)
    return found


def askings(assessment: Assessment, texts: Catalogue) -> list[Asking]:
    """Return the points of an assessment that a buyer may ask about, in official order."""
    questions, shared = _questions(assessment)
    return [
        Asking(
            state, texts.points[state.ref].title, state.ref in questions, shared.get(state.ref, "")
        )
        for state in grid.states(assessment)
        if not state.is_reminder
    ]


def _questions(assessment: Assessment) -> tuple[set[str], Mapping[str, str]]:
    """The points on which a specialist has a question, and the comments that may be shared."""
    rows = Finding.objects.filter(assessment=assessment).filter(
        Q(value=FindingValue.QUESTION) | Q(sharing=Sharing.SHARED)
    )
    asked: set[str] = set()
    shared: dict[str, str] = {}
    for ref, value, sharing, comment in rows.order_by("pk").values_list(
        "item__point__ref", "value", "sharing", "comment"
    ):
        if value == FindingValue.QUESTION:
            asked.add(ref)
        if sharing == Sharing.SHARED and comment:
            shared[ref] = "\n".join(filter(None, [shared.get(ref, ""), comment]))
    return asked, shared
