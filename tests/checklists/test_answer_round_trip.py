"""Whatever people write: an export that comes back changes nothing; one changed cell is one change."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checklists.documents import answer_workbook, answers_child
from checklists.domain import answer_reading, answering, receptions
from checklists.domain.answer_reading import Reading, Sheet
from checklists.domain.queries.grid import PointState
from checklists.enums import Claim, LegalEffect

from .test_answer_workbook import form_of, question

ASKED = {"O-1.1": ("yes", "no"), "O-7.2": ("yes", "no", "not_concerned"), "O-7.10": ("yes", "no")}
# What a file cannot hold becomes « � » on its way out: control characters, halves of pairs.
LETTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXTS = st.one_of(
    st.text(st.one_of(LETTERS, st.sampled_from("\n\t '=+-@\"_x04;,")), max_size=60),
    st.sampled_from(
        ["=1+1", "'=1", "''@a", "- tenu", "_x0041_", "OUI", "Vide", "a\nJustificatif\u00a0: b"]
    ),
).map(lambda text: answering.cleaned("claim_text", text))
ANSWERS = st.fixed_dictionaries(
    {ref: st.tuples(st.sampled_from(["", *claims]), TEXTS) for ref, claims in ASKED.items()}
)
KINDS = pytest.mark.parametrize("kind", answer_workbook.TYPES)

Answers = dict[str, tuple[str, str]]


def returned(answers: Answers, kind: str) -> Reading:
    """What is understood of the workbook that holds ``answers``."""
    form = form_of(
        *(
            question(
                ref,
                choices=tuple(str(Claim(value).label) for value in ASKED[ref]),
                claim=str(Claim(claim).label) if claim else "",
                text=text,
            )
            for ref, (claim, text) in answers.items()
        )
    )
    told = answers_child.answer(kind, answer_workbook.written(form, kind))
    return answer_reading.read([Sheet.of(**sheet) for sheet in told["sheets"]], asked=ASKED)


def states(answers: Answers) -> list[PointState]:
    decided: Any = {"is_knock_out": False, "weight": 1, "legal_effect": LegalEffect.SCORED_ZERO}
    return [
        PointState(ref=ref, **decided, claim=claim, claim_text=text)
        for ref, (claim, text) in answers.items()
    ]


@KINDS
@settings(max_examples=60, deadline=None)
@given(answers=ANSWERS)
def test_an_export_that_comes_back_changes_nothing(kind: str, answers: Answers) -> None:
    reading = returned(answers, kind)
    comparison = receptions.compare(reading.found, states(answers), {})
    assert (comparison.changed, comparison.refused) == ([], [])
    assert comparison.unchanged == sum(bool(part) for pair in answers.values() for part in pair)
    assert (reading.doubts, reading.refused, reading.foreign) == ([], [], [])
    assert reading.empty == [ref for ref in ASKED if answers[ref] == ("", "")]


@KINDS
@settings(max_examples=60, deadline=None)
@given(answers=ANSWERS, ref=st.sampled_from(sorted(ASKED)), text=TEXTS)
def test_one_changed_cell_is_one_change(kind: str, answers: Answers, ref: str, text: str) -> None:
    claim, before = answers[ref]
    assume(text not in ("", before))
    reading = returned(answers | {ref: (claim, text)}, kind)
    (change,) = receptions.compare(reading.found, states(answers), {}).changed
    assert (change.ref, change.field, change.before, change.after) == (
        ref, "claim_text", before, text,
    )  # fmt: skip


@KINDS
@settings(max_examples=40, deadline=None)
@given(answers=ANSWERS, ref=st.sampled_from(sorted(ASKED)), data=st.data())
def test_one_changed_claim_is_one_change(
    kind: str, answers: Answers, ref: str, data: st.DataObject
) -> None:
    before, text = answers[ref]
    after = data.draw(st.sampled_from([value for value in ASKED[ref] if value != before]))
    reading = returned(answers | {ref: (after, text)}, kind)
    (change,) = receptions.compare(reading.found, states(answers), {}).changed
    assert (change.ref, change.field, change.before, change.after) == (ref, "claim", before, after)
