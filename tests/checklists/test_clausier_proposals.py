"""The clausiers that this software proposes: complete, coherent, and never taken for official."""

import re
from collections import Counter
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from checklists.documents import interchange
from checklists.domain import answering, assessments
from checklists.domain.applicability import closure, evaluate
from checklists.domain.cctp import QUESTIONS
from checklists.domain.clausier_schema import content_of
from checklists.domain.clausier_words import parameter_words
from checklists.domain.queries import checklists as checklist_queries
from checklists.domain.queries import clausiers as queries
from checklists.enums import AnswerKind, Claim, Flag, Owner, ScoreValue
from checklists.models import ClausierVersion, ControlPoint
from tests import factories
from tests.checklists.test_clausier_fixture import TYPOGRAPHY, texts
from uniha_clausier.accounts.models import Facility, User

from .checklist_site import text, url

Plain = dict[str, Any]

REMINDERS = ("D-1.1", "D-1.2")
"""What the facility does itself: shown, never asked of a candidate."""

CHAPTERS = {
    "durabilite-numerique": ("D", [4, 6, 4, 4, 3, 3, 3]),
    "gestion-de-crise": ("C", [5, 5, 4]),
    "soc-manage": ("S", [6, 3, 4]),
}
"""The letter of the numbers, and how many points each chapter has."""

PROFILES = {
    ("durabilite-numerique", ""): 7,
    ("durabilite-numerique", "MOB INST WIFI"): 23,
    ("durabilite-numerique", "SAAS DS WEB"): 15,
    ("durabilite-numerique", "DM INST"): 21,
    ("durabilite-numerique", " ".join(Flag.values)): 27,
    ("gestion-de-crise", ""): 11,
    ("gestion-de-crise", "IDENT"): 12,
    ("gestion-de-crise", "SAAS"): 14,
    ("gestion-de-crise", " ".join(Flag.values)): 14,
    ("soc-manage", ""): 10,
    ("soc-manage", "DM INST"): 11,
    ("soc-manage", "DP SAAS"): 12,
    ("soc-manage", " ".join(Flag.values)): 13,
}
"""How many points a purchase is asked: nothing, a mobile fleet, a hosted service, a device, all."""

STATUSES = {
    "ANSSI,": "guideline", "CCP art.": "in_force", "CNIL,": "guideline", "CSP art.": "in_force",
    "CaRE, domaine": "in_force", "CaRE, exercices": "guideline", "Clausier de séc": "guideline",
    "Code de conduite": "voluntary", "Code de l": "in_force", "Code des": "in_force",
    "Directive (UE) 2023/1791": "in_force", "Directive NIS2": "draft",
    "Décret n° 2021-254": "repealed", "Décret n° 2022-190": "in_force",
    "EvalCarbone": "voluntary", "IHE ": "standard", "ISO/IEC": "standard",
    "Loi AGEC art. 58": "voluntary", "Loi Climat": "in_force", "Loi REEN art. 15": "voluntary",
    "Loi REEN art. 16": "voluntary", "Loi REEN art. 25": "in_force", "MDS2": "standard",
    "PGSSI-S": "guideline", "RFC ": "standard", "RGESN": "voluntary", "RGPD art.": "in_force",
    "ReCyF": "working_document", "Règlement": "in_force", "Référentiel HDS": "in_force",
    "TCO": "voluntary", "Écoscore": "voluntary",
}  # fmt: skip
"""The texts that the references name, each with its one status."""


@pytest.fixture(scope="module")
def contents() -> dict[str, Plain]:
    """The canonical content of each proposal, by its code."""
    read = [content_of(interchange.read_fixture(path)) for path in interchange.fixture_files()]
    return {content["code"]: content for content in read if content.get("is_proposal")}


@pytest.fixture(params=CHAPTERS)
def content(request: pytest.FixtureRequest, contents: dict[str, Plain]) -> Plain:
    return contents[request.param]


def test_these_are_all_the_proposals(contents: dict[str, Plain]) -> None:
    assert sorted(contents) == sorted(CHAPTERS)


def test_the_numbers_follow_the_chapters_without_a_hole(content: Plain) -> None:
    letter, counts = CHAPTERS[content["code"]]
    assert [chapter["ref"] for chapter in content["chapters"]] == [
        str(n) for n in range(1, len(counts) + 1)
    ]
    assert [(point["chapter"], point["ref"]) for point in content["points"]] == [
        (chapter, f"{letter}-{chapter}.{n}")
        for chapter, count in enumerate(counts, start=1)
        for n in range(1, count + 1)
    ]


def test_nothing_is_left_empty(content: Plain) -> None:
    for point in content["points"]:
        assert all(point["guide"].values()) and point["references"], point["ref"]
        assert point["expected"] and point["reviewers"] and point["kinds"], point["ref"]
        assert len(point["title"]) <= 80, point["ref"]
        assert point["erratum"] == "", "there is no official text to correct"
        assert all(parameter_words(parameter) for parameter in point["parameters"])


def test_each_scoring_line_belongs_to_one_point(contents: dict[str, Plain]) -> None:
    """A guide that could stand anywhere says nothing: no line is used twice."""
    lines = Counter(
        line
        for content in contents.values()
        for point in content["points"]
        for line in point["guide"].values()
    )
    assert [line for line, count in lines.items() if count > 1] == []


def test_only_a_duty_of_the_facility_is_never_asked(contents: dict[str, Plain]) -> None:
    points = [point for content in contents.values() for point in content["points"]]
    unasked = [point["ref"] for point in points if point["answer_kind"] == AnswerKind.NONE]
    assert unasked == [point["ref"] for point in points if point["owner"] == Owner.FACILITY]
    assert unasked == list(REMINDERS)


def test_who_may_be_not_concerned_is_told_so(content: Plain) -> None:
    """« NC » needs a reason: the expected answer says when it is one."""
    for point in content["points"]:
        may = point["answer_kind"] in {AnswerKind.DOCUMENT_NC, AnswerKind.YES_NO_NC}
        assert may == bool(re.search(r"\bNC\b", point["expected"])), point["ref"]


def test_a_value_that_a_point_leaves_to_the_buyer_is_asked(content: Plain) -> None:
    """A duration must be given before publication; words may stay untold."""
    for point in content["points"]:
        questions = [question for question in QUESTIONS if point["ref"] in question.points]
        waits = [one for one in point["parameters"] if one.get("set_by") == "buyer"]
        if point["answer_kind"] == AnswerKind.NONE:
            assert questions == []
            continue
        assert len(questions) == len(waits), point["ref"]
        demanded = {question.points[point["ref"]] for question in questions} - {""}
        durations = {one["name"] for one in waits if one["type"] == "cctp_duration"}
        assert durations == demanded, point["ref"]


def test_the_words_say_proposal(content: Plain) -> None:
    assert content["is_official_text"] is False
    assert "proposition de Clausier, et non un texte officiel" in content["preamble"]
    assert "Ce n’est pas un texte officiel." in content["licence_note"]


def test_a_text_has_one_status_everywhere(contents: dict[str, Plain]) -> None:
    used: set[str] = set()
    for point in (point for content in contents.values() for point in content["points"]):
        for reference in point["references"]:
            known = {name for name in STATUSES if reference["label"].startswith(name)}
            assert [STATUSES[name] for name in known] == [reference["status"]], reference["label"]
            used |= known
            assert reference["checked_on"] == "2026-11-23"
    assert used == set(STATUSES)


def test_what_binds_others_is_said_voluntary_for_a_hospital(contents: dict[str, Plain]) -> None:
    """AGEC and REEN bind the State and local authorities: a buyer reads it beside the point."""
    notes = {
        reference["note"]
        for content in contents.values()
        for point in content["points"]
        for reference in point["references"]
        if reference["label"].startswith(("Loi AGEC art. 58", "Loi REEN art. 1"))
    }
    assert len(notes) == 1
    assert "volontaire pour un établissement de santé" in notes.pop()


@pytest.mark.parametrize(("code", "flags"), PROFILES)
def test_a_profile_asks_the_expected_number_of_points(
    contents: dict[str, Plain], code: str, flags: str
) -> None:
    profile = closure(flags.split())
    asked = [p for p in contents[code]["points"] if evaluate(p["condition"], profile).applies]
    assert len(asked) == PROFILES[code, flags]


@pytest.mark.parametrize("fault", TYPOGRAPHY)
def test_french_typography(content: Plain, fault: str) -> None:
    assert [text for text in texts(content) if TYPOGRAPHY[fault].search(text)] == []


# Used like the other one


@pytest.fixture
def versions(db: None) -> list[ClausierVersion]:
    return interchange.load_fixtures()


def test_the_security_clausier_stays_the_first_choice(
    signed_in: Client, facility: Facility, buyer: User, versions: list[ClausierVersion]
) -> None:
    """Then comes any other text, then the proposals."""
    other = factories.version()
    response = signed_in.get(url("start", factories.lot(facility, buyer).pk))
    offered = response.context["versions"]
    assert offered[0].clausier.code == "securite-numerique"
    assert response.context["chosen"] == str(offered[0].pk)
    assert offered[1] == other
    assert {version.clausier.code for version in offered[2:]} == set(CHAPTERS)
    assert text(response).count("Proposition de Clausier, qui ne reprend") == len(CHAPTERS)


def test_a_proposal_is_frozen_like_any_version(versions: list[ClausierVersion]) -> None:
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        ClausierVersion.objects.filter(is_proposal=True).update(is_proposal=False)


def test_the_list_tells_proposals_from_the_rest_and_puts_them_last(
    signed_in: Client, versions: list[ClausierVersion]
) -> None:
    page = text(signed_in.get(reverse("checklists:clausier_list")))
    assert page.count("proposition de Clausier") == len(CHAPTERS)
    first, _, rest = page.partition("securite-numerique")
    assert [code for code in CHAPTERS if code in first or code not in rest] == []


@pytest.mark.parametrize("code", CHAPTERS)
def test_its_page_shows_every_point_and_that_it_is_a_proposal(
    signed_in: Client, versions: list[ClausierVersion], code: str
) -> None:
    page = text(signed_in.get(reverse("checklists:clausier_version", args=[code, "1"])))
    assert "Proposition de Clausier, et non un texte officiel" in page
    for point in ControlPoint.objects.filter(version__clausier__code=code):
        assert f'id="{point.ref}"' in page


@pytest.mark.parametrize("code", CHAPTERS)
def test_its_points_follow_the_profile_on_screen(
    signed_in: Client,
    facility: Facility,
    buyer: User,
    versions: list[ClausierVersion],
    code: str,
) -> None:
    version = ClausierVersion.objects.get(clausier__code=code)
    draft = factories.draft_checklist(buyer, facility, flags=("SAAS", "WEB"), on=version)
    response = signed_in.get(url("edit", draft.pk))
    asked = queries.applicable_refs(version, ["SAAS", "WEB"])
    assert response.context["asked"] == len(asked)
    shown = {row.point.ref for row in checklist_queries.rows(draft) if row.verdict.applies}
    assert shown == set(asked)
    page = text(signed_in.get(url("points", draft.pk)))
    assert [ref for ref in asked if ref not in page] == []


@pytest.mark.parametrize("code", CHAPTERS)
def test_a_lot_is_published_and_assessed_on_it(
    signed_in: Client,
    facility: Facility,
    buyer: User,
    versions: list[ClausierVersion],
    code: str,
) -> None:
    """Every point that a candidate answers is answered and scored: the rates are full."""
    version = ClausierVersion.objects.get(clausier__code=code)
    assessment = factories.assessment(buyer, facility, flags=tuple(Flag), on=version)
    refs = [item.point.ref for item in assessments.scored_items(assessment.checklist)]
    assert refs == [ref for ref in queries.applicable_refs(version, Flag) if ref not in REMINDERS]
    values = {"claim": Claim.YES, "claim_text": "Voir la pièce 3.", "score": ScoreValue.COMPLIANT}
    outcome = answering.save_fields(
        assessment_id=assessment.pk,
        edits=[
            answering.Edit(ref, name, value, 0) for ref in refs for name, value in values.items()
        ],
        by=buyer,
    )
    assert outcome.is_clean
    grid = text(signed_in.get(reverse("checklists:assessment_grid", args=[assessment.pk])))
    assert [ref for ref in refs if f'name="{ref}.score"' not in grid] == []
    assert not any(f'name="{ref}.score"' in grid for ref in REMINDERS)
    summary = signed_in.get(reverse("checklists:assessment_summary", args=[assessment.pk]))
    assert {chapter["rate"] for chapter in summary.context["chapters"]} == {"1"}
    assert summary.context["data"]["overall"]["scored"] == len(refs)
