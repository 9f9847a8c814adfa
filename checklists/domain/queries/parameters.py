"""Reads of the values that the buyer gives for the CCTP."""

from ...enums import AnswerKind
from ...models import CctpParameter, Checklist
from .. import cctp
from ..cctp import EMPTY, Question, Value


def questions(checklist: Checklist) -> dict[Question, list[str]]:
    """Return what the points asked wait for, each question with the numbers of its points."""
    asked = checklist.items.filter(is_applicable=True).exclude(point__answer_kind=AnswerKind.NONE)
    rows = asked.order_by("position").values_list("point__ref", "point__parameters")
    return cctp.questions_of({ref: cctp.waits_for_buyer(found) for ref, found in rows})


def values(checklist: Checklist) -> dict[str, Value]:
    """Return what is given already, by key of the question."""
    rows = CctpParameter.objects.filter(checklist=checklist)
    return {row.key: Value(row.amount, row.unit, row.choice, row.detail) for row in rows}


def missing(checklist: Checklist) -> dict[Question, list[str]]:
    """Return the questions that publication waits for, with the numbers of their points."""
    asked, given = questions(checklist), values(checklist)
    return {
        question: refs
        for question, refs in asked.items()
        if question.is_demanded and question.key not in given
    }


def suggested(checklist: Checklist) -> dict[str, Value]:
    """Return the values given, and where there is none what the establishment says of itself."""
    facility = checklist.lot.tender.facility
    own = {
        question.key: Value(detail=getattr(facility, question.facility_field))
        for question in questions(checklist)
        if question.facility_field
    }
    return own | values(checklist)


def added(checklist: Checklist) -> list[tuple[Question, list[str], Value]]:
    """Return the values that are written into points asked, in the order of the questions."""
    given = values(checklist)
    if not given:
        return []
    return [
        (question, refs, given[question.key])
        for question, refs in questions(checklist).items()
        if given.get(question.key, EMPTY)
    ]


def additions(checklist: Checklist) -> dict[str, tuple[str, ...]]:
    """Return what the buyer adds to the text of each point, by its number."""
    found: dict[str, tuple[str, ...]] = {}
    for question, refs, value in added(checklist):
        for ref in refs:
            found[ref] = (*found.get(ref, ()), cctp.sentence(question, value))
    return found
