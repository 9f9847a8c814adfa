"""One tag maps each status to its badge; an unknown status raises."""

import pytest
from django.template import Context, Template

from checklists.enums import Claim, DocumentState, ScoreValue, VersionState
from checklists.templatetags import statuses


def render(source: str, **values: object) -> str:
    return Template("{% load statuses %}" + source).render(Context(values)).strip()


@pytest.mark.parametrize(
    ("kind", "choices"),
    [
        ("score", ScoreValue),
        ("claim", Claim),
        ("version", VersionState),
        ("document", DocumentState),
    ],
)
def test_every_value_of_the_enums_has_its_badge(kind, choices):
    assert set(statuses.STATUSES[kind]) == set(choices.values)


@pytest.mark.parametrize(
    ("value", "sign", "word"),
    [
        ("compliant", "✓", "Conforme"),
        ("partial", "◐", "Partiel"),
        ("non_compliant", "✕", "Non conforme"),
        ("to_clarify", "?", "À préciser"),
        ("not_applicable", "–", "Sans objet"),
    ],
)
def test_a_score_shows_sign_and_word(value, sign, word):
    html = render("{% status_badge 'score' value %}", value=value)
    assert html.endswith(
        f'<span class="badge-status is-{value.replace("_", "-")}">'
        f'<span class="badge-sign" aria-hidden="true">{sign}</span>{word}</span>'
    )


def test_a_missing_score_is_said_in_words_without_a_sign():
    assert render("{% status_words 'score' '' %}") == "Non noté"


def test_nc_is_explained_as_not_concerned():
    assert '<abbr title="non concerné">NC</abbr>' in render(
        "{% status_badge 'claim' 'not_concerned' %}"
    )


def test_a_claim_has_no_colour_of_a_score():
    tones = {status.css for status in statuses.STATUSES["claim"].values()}
    assert tones == {"is-neutral", "is-unscored"}


def test_words_and_class_serve_the_charts():
    assert render("{% status_words 'score' 'partial' %}") == "◐ Partiel"
    assert render("{% status_class 'score' 'partial' %}") == "is-partial"


@pytest.mark.parametrize(("kind", "value"), [("score", "conforme"), ("mood", "good")])
def test_an_unknown_status_raises(kind, value):
    with pytest.raises(statuses.UnknownStatus, match=value):
        render("{% status_badge kind value %}", kind=kind, value=value)


def test_a_notice_has_a_sign_and_a_tone():
    assert render("{% notice_tone 'error' as look %}{{ look.sign }} {{ look.css }}") == (
        "✕ is-non-compliant"
    )


def test_an_unknown_notice_raises():
    with pytest.raises(statuses.UnknownStatus, match="shout"):
        render("{% notice_tone 'shout' as look %}")
