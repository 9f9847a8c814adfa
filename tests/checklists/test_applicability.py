"""Which points are asked: a pure rule, tested by its properties."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain.applicability import IMPLICATIONS, UnknownFlag, closure, evaluate
from checklists.enums import Flag
from checklists.validators import parse_condition

flags = st.sampled_from(Flag.values)
profiles = st.frozensets(flags)
conditions = st.lists(st.frozensets(flags, min_size=1, max_size=3), min_size=1, max_size=3)


def written(condition: list[frozenset[str]]) -> str:
    return " & ".join(" | ".join(sorted(term)) for term in condition)


@given(profiles)
def test_always_is_always_asked(profile: frozenset[str]) -> None:
    assert evaluate("ALWAYS", profile).applies


@given(conditions, profiles)
def test_and_binds_looser_than_or(condition: list[frozenset[str]], profile: frozenset[str]) -> None:
    expected = all(any(flag in profile for flag in term) for term in condition)
    assert evaluate(written(condition), profile).applies is expected


@given(conditions, profiles, profiles)
def test_more_flags_never_remove_a_point(
    condition: list[frozenset[str]], profile: frozenset[str], more: frozenset[str]
) -> None:
    if evaluate(written(condition), profile).applies:
        assert evaluate(written(condition), profile | more).applies


@given(conditions, profiles)
def test_the_reason_names_what_decides(
    condition: list[frozenset[str]], profile: frozenset[str]
) -> None:
    verdict = evaluate(written(condition), profile)
    assert set(verdict.because) <= profile
    assert bool(verdict.lacking) is not verdict.applies
    for alternatives in verdict.lacking:
        assert not set(alternatives) & profile
        repaired = profile | {group[0] for group in verdict.lacking}
        assert evaluate(written(condition), repaired).applies


@given(profiles)
def test_closure_is_idempotent_and_implied(profile: frozenset[str]) -> None:
    closed = closure(profile)
    assert closure(closed) == closed >= profile
    assert all(IMPLICATIONS[flag] in closed for flag in closed & set(IMPLICATIONS))


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(UnknownFlag, match="CLOUD"):
        closure({"CLOUD"})


@pytest.mark.parametrize("text", ["", "DP &", "CLOUD", "DP | cloud", "ALWAYS & DP"])
def test_a_condition_that_cannot_be_read_names_the_word(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_condition(text)
