"""The clausier that comes with the software: 118 points, complete, coherent, in official order."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from checklists.documents import interchange
from checklists.domain.applicability import closure, evaluate
from checklists.domain.clausier_schema import content_of
from checklists.enums import Flag, ReferenceStatus, Reviewer

Plain = dict[str, Any]

CHAPTERS = {
    "1": 1, "2": 8, "3": 11, "4": 1, "5": 6, "6": 6, "7": 2, "8": 4, "9": 15, "9.1": 1, "10": 2,
    "11": 2, "12.1": 1, "12.2.1": 2, "12.2.2": 1, "12.2.3": 3, "12.2.4": 3, "12.2.5": 4,
    "12.2.6": 1, "12.2.7": 1, "12.2.8": 4, "12.2.9": 1, "12.2.10": 1, "12.3": 15, "12.4": 4,
    "12.5": 18,
}  # fmt: skip
"""How many points each official chapter has, in the official order."""

STATUSES = {
    "ANSSI,": "guideline", "Arrêté du 26 avril 2024": "in_force",
    "Arrêté du 28 mars 2022": "in_force", "Arrêté du 4 avril 2022": "disputed",
    "CCAG-TIC,": "in_force", "CCSC,": "in_force", "CI-SIS": "standard", "CNIL,": "guideline",
    "CPI art.": "in_force", "CSP art.": "in_force", "CVSS": "standard",
    "CaRE, domaine": "in_force", "CaRE, exercices": "guideline",
    "Code de l’environnement art.": "in_force", "Code pénal art.": "in_force",
    "Directive NIS2 art.": "draft", "EN IEC 81001-5-1": "standard", "IEC ": "standard",
    "IEEE ": "standard", "IHE ": "standard", "ISO/IEC ": "standard", "MDCG ": "guideline",
    "MDS2": "standard", "OWASP ": "standard", "PGSSI-S": "guideline",
    "Pro Santé Connect": "guideline", "RFC ": "standard", "RGPD art.": "in_force",
    "RGS v2.0": "in_force", "ReCyF v2.5, objectif": "working_document",
    "Règlement (UE) 2017/745 (MDR),": "in_force", "Règlement (UE) 2023/2854 (Data Act),": "in_force",
    "Règlement (UE) 2024/2847 (CRA)": "in_force", "Règlement (UE) 2025/327 (EHDS)": "in_force",
    "Référentiel HDS v2,": "in_force",
}  # fmt: skip
"""The texts that the references name, each with its one status."""


@pytest.fixture(scope="module")
def data() -> Plain:
    [path] = [f for f in interchange.fixture_files() if f.name == "securite-numerique-2.yaml"]
    read: Plain = interchange.read_fixture(path)
    return read


@pytest.fixture(scope="module")
def points(data: Plain) -> list[Plain]:
    content: list[Plain] = content_of(data)["points"]
    return content


@pytest.fixture(scope="module")
def by_ref(points: list[Plain]) -> dict[str, Plain]:
    return {point["ref"]: point for point in points}


def official_refs() -> list[str]:
    return [f"O-{chapter}.{n}" for chapter, count in CHAPTERS.items() for n in range(1, count + 1)]


def test_the_118_points_come_in_the_official_order(points: list[Plain]) -> None:
    refs = [point["ref"] for point in points]
    assert refs == official_refs()
    assert len(refs) == 118
    assert refs.index("O-9.1.1") == refs.index("O-9.15") + 1


def test_each_point_stands_in_its_chapter(data: Plain) -> None:
    for point in data["points"]:
        chapter = point["ref"].removeprefix("O-").rpartition(".")[0]
        key = point["chapter"]
        assert key == chapter or (chapter == "12.3" and key.startswith("12.3-")), point["ref"]


def test_the_chapters_are_those_of_the_official_text(data: Plain) -> None:
    numbered = [chapter["ref"] for chapter in data["chapters"] if chapter["ref"]]
    assert numbered == [
        *(str(n) for n in range(1, 10)), "9.1", "10", "11", "12", "12.1", "12.2",
        *(f"12.2.{n}" for n in range(1, 11)), "12.3", "12.4", "12.5",
    ]  # fmt: skip
    unnumbered = [chapter for chapter in data["chapters"] if not chapter["ref"]]
    assert [chapter["parent"] for chapter in unnumbered] == ["12.3"] * 6


def test_nothing_is_left_empty(points: list[Plain]) -> None:
    for point in points:
        assert point["expected"] and all(point["guide"].values()), point["ref"]
        assert point["reviewers"] and point["kinds"], point["ref"]
        assert len(point["title"]) <= 80, point["ref"]


def test_each_scoring_line_belongs_to_one_point(points: list[Plain]) -> None:
    """A guide that could stand anywhere says nothing: no line is used twice."""
    lines = [line for point in points for line in point["guide"].values()]
    assert len(lines) == len(set(lines))


def test_only_the_duty_of_the_facility_is_never_asked(points: list[Plain]) -> None:
    assert [p["ref"] for p in points if p["answer_kind"] == "none"] == ["O-2.8"]
    assert [p["ref"] for p in points if p["owner"] == "facility"] == ["O-2.8"]
    shared = [p["ref"] for p in points if p["owner"] == "shared"]
    assert shared == ["O-11.1", "O-12.5.10", "O-12.5.12"]


def test_first_reviewers_are_those_of_the_domain(points: list[Plain]) -> None:
    first = [point["reviewers"][0] for point in points]
    counts = {reviewer.value: first.count(reviewer.value) for reviewer in Reviewer}
    assert counts == {"ciso": 83, "dpo": 20, "biomedical_engineer": 10, "buyer": 5}


EXPECTED = {
    "nothing": ("", 14),
    "mobile fleet": ("MOB INST", 19),
    "on site, patient data, remote maintenance": (
        "DP DS INST MAINT TM IDENT WEB CRYPTO SGBD ST", 51,
    ),
    "the same, administered by the vendor": (
        "DP DS INST MAINT TM IDENT WEB CRYPTO SGBD ST ADMIN SUPERV", 56,
    ),
    "custom web application on the internet": ("DP DEV WEB NET IDENT CRYPTO SGBD MAINT", 62),
    "SaaS with health data": ("DP DS SAAS WEB NET IDENT CRYPTO SGBD ST MAINT", 63),
    "Wi-Fi connected device": ("DP DS DM INST MAINT TM IDENT CRYPTO WIFI ST SUPERV", 72),
    "everything": (" ".join(Flag.values), 118),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_profiles_ask_the_expected_number_of_points(points: list[Plain], name: str) -> None:
    flags, count = EXPECTED[name]
    profile = closure(flags.split())
    assert sum(evaluate(p["condition"], profile).applies for p in points) == count


def test_every_number_of_the_official_text_is_a_parameter(by_ref: dict[str, Plain]) -> None:
    def values(ref: str) -> list[Any]:
        return [p.get("value", p.get("maximum")) for p in by_ref[ref]["parameters"]]

    assert 21 in values("O-2.3")
    assert {1, 15, 30} <= set(values("O-2.7"))
    assert 7 in values("O-3.10")
    assert "TLS 1.2" in values("O-8.1")
    assert (3 in values("O-12.3.10"), 1 in values("O-12.3.14")) == (True, True)
    assert (10 in values("O-12.3.15"), 60 in values("O-12.5.17")) == (True, True)
    assert 15 in values("O-12.5.18")
    [length] = [p for p in by_ref["O-5.1"]["parameters"] if p["type"] == "length"]
    assert (length["minimum"], length["maximum"]) == (8, 12)
    bands = [p for p in by_ref["O-7.2"]["parameters"] if p["type"] == "score_band"]
    assert [(b["minimum"], b["maximum"]) for b in bands][:3] == [
        (4.0, 7.0),
        (7.0, 8.9),
        (8.9, None),
    ]


@pytest.mark.parametrize(
    "ref", ["O-2.5", "O-3.11", "O-5.1", "O-6.5", "O-9.15", "O-12.3.8", "O-12.3.9", "O-12.3.14"]
)
def test_what_only_the_cctp_gives_is_left_to_the_buyer(by_ref: dict[str, Plain], ref: str) -> None:
    parameters = by_ref[ref]["parameters"]
    assert any(p["type"].startswith("cctp_") and p.get("set_by") == "buyer" for p in parameters)


@pytest.mark.parametrize(
    "ref",
    [
        "O-12.2.3.2",
        "O-12.2.3.3",
        "O-12.2.4.2",
        "O-12.2.6.1",
        "O-12.2.10.1",
        "O-9.1",
        "O-9.1.1",
        "O-12.3.7",
        "O-12.4.3",
        "O-3.11",
        "O-12.3.9",
        "O-12.3.10",
        "O-12.3.11",
        "O-12.3.1",
        "O-12.3.2",
        "O-12.5.3",
        "O-12.5.11",
        "O-12.5.12",
        "O-12.3.6",
        "O-12.2.9.1",
        "O-12.2.5.4",
        "O-12.5.5",
        "O-12.5.15",
        "O-12.5.16",
        "O-9.2",
        "O-9.14",
        "O-12.2.5.3",
        "O-7.2",
        "O-3.10",
        "O-5.1",
        "O-8.3",
        "O-12.3.3",
        "O-12.5.9",
        "O-12.5.7",
        "O-12.2.1.1",
        "O-12.2.8.3",
        "O-8.1",
        "O-2.7",
        "O-3.9",
        "O-9.5",
        "O-12.5.17",
        "O-12.5.18",
        "O-2.5",
        "O-9.15",
        "O-12.4.2",
        "O-3.8",
        "O-2.4",
        "O-3.5",
        "O-12.3.14",
        "O-12.2.1.2",
    ],
)
def test_a_defect_of_the_official_text_has_its_note(by_ref: dict[str, Plain], ref: str) -> None:
    assert by_ref[ref]["erratum"]


def test_a_text_has_one_status_everywhere(points: list[Plain]) -> None:
    for point in points:
        for reference in point["references"]:
            known = [s for text, s in STATUSES.items() if reference["label"].startswith(text)]
            assert known == [reference["status"]], (point["ref"], reference["label"])
            assert reference["checked_on"] == "2026-11-23"
    assert set(STATUSES.values()) <= set(ReferenceStatus.values)


def test_a_reference_has_one_note_unless_its_article_says_more(points: list[Plain]) -> None:
    notes: dict[str, set[str]] = {}
    for point in points:
        for reference in point["references"]:
            notes.setdefault(reference["label"], set()).add(reference["note"])
    several = {label for label, found in notes.items() if len(found) > 1}
    # there the note says what the text means for that point
    meant_for_the_point = ("ANSSI, PAMS", "OWASP", "Référentiel HDS", "PGSSI-S")
    assert [label for label in several if not label.startswith(meant_for_the_point)] == []


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in {"condition", "source", "name", "checked_on", "key", "parent"}:
                yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


TYPOGRAPHY = {
    "a straight apostrophe": re.compile(r"\w'\w"),
    "an ordinary space before a double sign": re.compile(r" [;!?:»]"),
    "an ordinary space inside guillemets": re.compile(r"« "),
    "two spaces": re.compile(r"  "),
    "an English quote": re.compile(r"[“”\"]"),
    "the shouting of the official text": re.compile(r"ETABLISSEMENT"),
}


@pytest.mark.parametrize("fault", TYPOGRAPHY)
def test_french_typography(data: Plain, fault: str) -> None:
    assert [text for text in texts(data) if TYPOGRAPHY[fault].search(text)] == []
