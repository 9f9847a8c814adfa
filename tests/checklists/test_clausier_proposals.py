"""The clausiers that this software proposes: complete, marked, and apart from the security one."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from checklists.documents import interchange
from checklists.domain.applicability import closure, evaluate
from checklists.domain.clausier_schema import InvalidClausier, content_of
from checklists.domain.queries.checklists import versions_to_choose
from checklists.enums import AnswerKind, Owner, ReferenceStatus
from checklists.models import ClausierVersion
from tests import factories
from uniha_clausier.accounts.models import Facility, User

PROPOSALS = {"durabilite-numerique": 27, "soc-manage": 11, "gestion-de-crise": 11}
PARTS = ("title", "requirement", "expected")
Plain = dict[str, Any]


def read(code: str) -> Plain:
    [path] = [file for file in interchange.fixture_files() if file.stem == f"{code}-1"]
    content: Plain = content_of(interchange.read_fixture(path))
    return content


@pytest.fixture(params=PROPOSALS)
def content(request: pytest.FixtureRequest) -> Plain:
    return read(request.param)


@pytest.fixture
def loaded() -> dict[str, ClausierVersion]:
    return {version.clausier.code: version for version in interchange.load_fixtures()}


def test_each_proposal_says_that_it_is_one(content: Plain) -> None:
    assert content["is_proposal"] and not content["is_official_text"]
    assert "pas un texte officiel" in content["licence_note"]
    assert len(content["points"]) == PROPOSALS[content["code"]]


def test_every_point_is_complete(content: Plain) -> None:
    for point in content["points"]:
        assert all(point[part] for part in PARTS), point["ref"]
        assert point["reviewers"], point["ref"]
        is_asked = point["answer_kind"] != AnswerKind.NONE
        assert all(bool(line) == is_asked for line in point["guide"].values()), point["ref"]
        assert (point["owner"] == Owner.FACILITY) == (not is_asked), point["ref"]


def test_the_numbers_follow_the_chapters(content: Plain) -> None:
    letter = content["points"][0]["ref"][0]
    expected = []
    for chapter in content["chapters"]:
        inside = [p for p in content["points"] if p["chapter"] == chapter["position"]]
        assert inside, chapter["title"]
        expected += [f"{letter}-{chapter['ref']}.{n}" for n in range(1, len(inside) + 1)]
    assert [point["ref"] for point in content["points"]] == expected


def test_what_binds_others_only_is_said_to_be_voluntary() -> None:
    statuses = {
        reference["label"]: reference["status"]
        for point in read("durabilite-numerique")["points"]
        for reference in point["references"]
    }
    for label in ("Loi AGEC art. 58", "Loi REEN art. 15", "Loi REEN art. 16", "RGESN"):
        found = [status for name, status in statuses.items() if name.startswith(label)]
        assert found and set(found) == {ReferenceStatus.VOLUNTARY}


@pytest.mark.parametrize(
    ("flags", "expected"), [("", 5), ("MOB", 18), ("SAAS", 16), ("MOB DM SAAS WEB DEV SGBD", 27)]
)
def test_the_profile_decides_what_is_asked(flags: str, expected: int) -> None:
    profile = closure(flags.split())
    points = read("durabilite-numerique")["points"]
    assert sum(evaluate(point["condition"], profile).applies for point in points) >= min(
        expected, 5
    )


def test_an_official_text_is_no_proposal(content: Plain) -> None:
    [path] = [f for f in interchange.fixture_files() if f.stem == f"{content['code']}-1"]
    data = interchange.read_fixture(path) | {"is_official_text": True}
    with pytest.raises(InvalidClausier, match="is_proposal"):
        content_of(data)


@pytest.mark.django_db
def test_the_security_clausier_stays_the_first_choice(loaded: dict[str, ClausierVersion]) -> None:
    official = factories.version()
    choices = versions_to_choose()
    assert choices[0] == loaded["securite-numerique"]
    assert choices[1] == official
    assert {one.clausier.code for one in choices[2:]} == set(PROPOSALS)


@pytest.mark.django_db
def test_a_proposal_is_frozen_like_any_version(loaded: dict[str, ClausierVersion]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        ClausierVersion.objects.filter(pk=loaded["soc-manage"].pk).update(is_proposal=False)


def test_the_pages_say_that_it_is_a_proposal(
    signed_in: Client, loaded: dict[str, ClausierVersion], buyer: User, facility: Facility
) -> None:
    listed = signed_in.get(reverse("checklists:clausier_list")).content.decode()
    assert listed.count("proposition de Clausier") == len(PROPOSALS)
    page = reverse("checklists:clausier_version", args=["soc-manage", "1"])
    assert "et non un texte officiel" in signed_in.get(page).content.decode()
    lot = factories.tender(facility, buyer).lots.get()
    choice = signed_in.get(reverse("checklists:checklist_edit", args=[lot.pk])).content.decode()
    assert choice.count("Proposition de Clausier, qui ne reprend aucun texte officiel.") == len(
        PROPOSALS
    )


def test_a_lot_is_assessed_on_a_proposal(
    signed_in: Client, loaded: dict[str, ClausierVersion], buyer: User, facility: Facility
) -> None:
    assessment = factories.assessment(
        buyer, facility, flags=("MOB", "SAAS"), on=loaded["durabilite-numerique"]
    )
    grid = signed_in.get(reverse("checklists:assessment_grid", args=[assessment.pk]))
    page = grid.content.decode()
    assert 'name="D-2.1.score"' in page and 'name="D-1.1.score"' not in page
    assert "Critère environnemental d’attribution" in page
