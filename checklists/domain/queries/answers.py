"""What a candidate reads and fills in behind a personal link: never a score, never a comment.

Only the rows of answers are read; the texts of the version come from memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from ...enums import AnswerKind, LegalEffect
from ...models import Answer, Assessment
from ..answering import CLAIMS_OF_KIND
from . import additions
from .grid import ChapterText, PointState, PointText, VersionKey, catalogue


class Question(NamedTuple):
    """A point asked of the candidate: its text, what the buyer adds to it, what is answered."""

    state: PointState
    text: PointText
    additions: tuple[str, ...]
    heading: str
    """The title of its own chapter when it is not the one of the page, before its first point."""
    is_under_heading: bool

    @property
    def ref(self) -> str:
        return self.state.ref

    @property
    def is_answered(self) -> bool:
        return bool(self.state.claim or self.state.claim_text)

    @property
    def claims(self) -> tuple[str, ...]:
        """What may be claimed on this kind of point."""
        return CLAIMS_OF_KIND[self.text.answer_kind]

    @property
    def remarks(self) -> list[str]:
        """What was announced of this point: it eliminates, it is required, it only informs."""
        told = [_("Point éliminatoire")] if self.state.is_knock_out else []
        if self.state.legal_effect == LegalEffect.REQUIRED:
            told.append(_("Réponse exigée"))
        if self.state.legal_effect == LegalEffect.INFORMATION:
            told.append(_("Pour information"))
        return told


@dataclass(frozen=True)
class Section:
    """A chapter with its questions."""

    chapter: ChapterText
    questions: list[Question]

    @property
    def answered(self) -> int:
        return sum(question.is_answered for question in self.questions)

    @property
    def missing(self) -> list[Question]:
        return [question for question in self.questions if not question.is_answered]


@dataclass(frozen=True)
class Questionnaire:
    """All that is asked of one candidate, by chapter, in official order."""

    sections: list[Section]

    @property
    def total(self) -> int:
        return sum(len(section.questions) for section in self.sections)

    @property
    def answered(self) -> int:
        return sum(section.answered for section in self.sections)

    @property
    def missing(self) -> int:
        return self.total - self.answered

    @property
    def first_to_fill(self) -> Section | None:
        """The first chapter in which something is missing, else the first one."""
        incomplete = (section for section in self.sections if section.missing)
        return next(incomplete, self.sections[0] if self.sections else None)


def states(assessment: Assessment) -> list[PointState]:
    """Return the answers of a candidate in official order; the fields of the score stay empty."""
    rows = Answer.objects.filter(assessment=assessment).order_by("item__position", "item_id")
    return [
        PointState(*row)
        for row in rows.values_list(
            "item__point__ref",
            "item__is_knock_out",
            "item__weight",
            "item__legal_effect",
            "value",
            "text",
            "version",
        )
    ]


def questionnaire(assessment: Assessment, of: Sequence[PointState]) -> Questionnaire:
    """Return what is asked of a candidate, as ``of`` stands. The assessment is read with its version."""
    version = assessment.checklist.version
    texts = catalogue(VersionKey(version.pk, version.title, version.content_sha256))
    added = additions.additions(assessment.checklist)
    sections: dict[int, Section] = {}
    before = 0
    for state in of:
        text = texts.points[state.ref]
        if text.answer_kind == AnswerKind.NONE:
            continue
        root = texts.root_of(state.ref)
        own = texts.chapters[text.chapter]
        is_under = own.position != root
        heading = f"{own.ref} {own.title}".strip() if is_under and own.position != before else ""
        before = own.position
        section = sections.setdefault(root, Section(texts.chapters[root], []))
        section.questions.append(Question(state, text, added.get(state.ref, ()), heading, is_under))
    return Questionnaire(list(sections.values()))
