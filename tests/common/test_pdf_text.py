import time

import pytest

from uniha_clausier.common import pdf_fonts
from uniha_clausier.common.pdf_text import (
    BREAK,
    MAX_PARAGRAPH,
    MAX_RUN,
    clean_line,
    clean_text,
    paragraphs,
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Conforme", "Conforme"),
        (
            "l’établissement : « oui »\u202f; 1\u00a0234,5 €",
            "l’établissement : « oui »\u202f; 1\u00a0234,5 €",
        ),
        ("✓ ◐ ✕ ? –", "✓ ◐ ✕ ? –"),
        ("الشركة", "الشركة"),
        ("e\u0301", "é"),
        ("a\x00b\x07c\x1b", "abc"),
        ("factu\u202erfdp.exe\u2066x\u200f", "facturfdp.exex"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("soft\u00adhyphen\ufeff", "softhyphen"),
        ("❤\ufe0f", "❤"),
        ("\U00013000", "[U+13000]"),
        ("\ue000", "[U+E000]"),
        ("\ud83d", "[U+D83D]"),
        ("\U0010ffff", "[U+10FFFF]"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_clean_text(raw, shown):
    assert clean_text(raw) == shown


def test_an_uncovered_emoji_is_written_as_its_code_point(monkeypatch):
    """Symbola draws U+1F600; without it the fonts do not."""
    monkeypatch.setattr("uniha_clausier.common.pdf_text._drawable", lambda: frozenset("ok "))
    assert clean_text("ok 😀") == "ok [U+1F600]"


def test_long_runs_get_break_opportunities():
    shown = clean_text("a" * 200 + " b")
    assert [len(piece) for piece in shown.split(BREAK)] == [MAX_RUN, MAX_RUN, MAX_RUN, 22]
    assert shown.replace(BREAK, "") == "a" * 200 + " b"


def test_a_no_break_space_does_not_end_a_run():
    assert BREAK in clean_text("a\u00a0" * 100)


def test_a_run_at_the_limit_is_left_alone():
    assert clean_text("a" * MAX_RUN) == "a" * MAX_RUN


def test_clean_line_has_neither_line_end_nor_break():
    assert clean_line("Lot 2\n\tImagerie " + "x" * 100) == "Lot 2 Imagerie " + "x" * 100


def test_clean_line_keeps_no_break_spaces():
    assert clean_line(" 99,9\u00a0%\u202f; fin ") == "99,9\u00a0%\u202f; fin"


def test_paragraphs_split_at_line_ends_and_drop_empty_ones():
    assert paragraphs(" un \r\n\r\n\tdeux  trois\n") == ["un", "deux trois"]


def test_paragraphs_are_never_long_and_lose_nothing():
    text = "mot " * 3_000 + "x" * 5_000
    pieces = paragraphs(text)
    assert max(map(len, pieces)) <= MAX_PARAGRAPH
    kept = "".join(pieces).replace(" ", "").replace(BREAK, "")
    assert kept == text.replace(" ", "")


def test_a_megabyte_and_a_thousand_answers_are_quick():
    answer = "Le titulaire s’engage à « chiffrer » les données sous 21 jours. " * 13
    clean_text("warm é")
    start = time.process_time()
    paragraphs("x" * 1_000_000)
    for _ in range(1_000):
        clean_text(answer)
    assert time.process_time() - start < 2


def test_missing_fonts_name_the_package(monkeypatch):
    monkeypatch.setattr(pdf_fonts, "SEARCHED", ())
    with pytest.raises(pdf_fonts.MissingFonts, match="fonts-noto-core"):
        pdf_fonts.installed_fonts.__wrapped__()


def test_the_private_configuration_is_written_once(tmp_path):
    path = pdf_fonts.write_fontconfig(tmp_path)
    before = path.stat().st_mtime_ns
    assert pdf_fonts.write_fontconfig(tmp_path) == path
    assert path.stat().st_mtime_ns == before
    assert "NotoSans-Regular.ttf" in path.read_text() and "Emoji" not in path.read_text()
