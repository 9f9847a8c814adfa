"""The look keeps its promises: contrasts, no inline style or script, nothing from outside."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A mail and a PDF are no page: they carry their styles with them and no policy applies.
PAGES = [path for path in TEMPLATES if not {"pdf", "emails", "email"} & set(path.parts)]

TEXT, EDGE = 4.5, 3.0
STATUSES = ["compliant", "partial", "non-compliant", "to-clarify", "not-applicable"]
GROUNDS = ["surface", "paper", "sunken", "primary-tint"]
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "muted", "primary") for ground in GROUNDS],
    *[(edge, ground, EDGE) for edge in ("control-border", "focus") for ground in GROUNDS],
    *[(bar, ground, EDGE) for bar in ("bar", "track-border") for ground in GROUNDS[:2]],
    ("on-primary", "primary", TEXT),
    ("on-primary", "primary-strong", TEXT),
    ("danger", "surface", TEXT),
    ("danger", "paper", TEXT),
    *[(f"{status}-text", f"{status}-tint", TEXT) for status in STATUSES],
    *[(f"{status}-text", "surface", TEXT) for status in STATUSES],
    *[(f"{status}-bar", "surface", EDGE) for status in STATUSES],
    *[("ink", f"{status}-tint", TEXT) for status in STATUSES],
    *[("muted", f"{status}-tint", TEXT) for status in STATUSES],
    *[("focus", f"{status}-tint", EDGE) for status in STATUSES],
]


def tokens(start: str) -> dict[str, str]:
    """Read the colours declared in the first block of tokens.css after ``start``."""
    css = (ROOT / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
    block = css[css.index(start) :]
    block = block[: block.index("}")]
    return dict(re.findall(r"--([\w-]+): (#[0-9A-Fa-f]{6});", block))


LIGHT = tokens(":root {")
DARK = LIGHT | tokens("@media (prefers-color-scheme: dark)")


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_says():
    assert contrast("#000000", "#FFFFFF") == 21
    assert round(contrast("#777777", "#FFFFFF"), 2) == 4.48


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_contrast_of_texts_borders_and_focus(palette, front, ground, least):
    assert contrast(palette[front], palette[ground]) >= least


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_inline_style_script_or_outside_address(path):
    source = path.read_text(encoding="utf-8")
    assert not re.findall(r"<style|\sstyle=|\son\w+=|javascript:", source)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", source))
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", source)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_summary_of_a_form_is_there_once(path):
    """``{{ form|crispy }}`` brings it already."""
    source = path.read_text(encoding="utf-8")
    whole = set(re.findall(r"{{ (\w+)\|crispy }}", source))
    assert not whole & set(re.findall(r"error_summary\.html\" with form=(\w+)", source))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_sheets_load_nothing_from_outside(path):
    css = path.read_text(encoding="utf-8")
    assert all(url.startswith("../img/") for url in re.findall(r"url\([\"']?([^\"')]+)", css))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_colours_are_decided_in_the_tokens_alone(path):
    if path.name in {"tokens.css", "print.css"}:
        return
    assert not re.findall(r"#[0-9A-Fa-f]{3,8}\b(?=\s*[;,)])", path.read_text(encoding="utf-8"))


def test_each_component_declares_its_inputs():
    silent = [
        path.name
        for path in TEMPLATES
        if path.parent.name == "_components"
        and "nputs: " not in path.read_text(encoding="utf-8").split("%}\n{% load", 1)[0]
    ]
    assert silent == []
