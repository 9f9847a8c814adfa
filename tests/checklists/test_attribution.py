"""Whose file it is: told by a clue that fits one candidate, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain.attribution import Candidate, attribute, name_key
from checklists.enums import AttributionClue

PONANT = Candidate(1, "Imagerie du Ponant", siren="999110018")
LEVANT = Candidate(2, "Levant Santé SAS", siren="732829320")
BILD = Candidate(3, "Bildarchiv GmbH", foreign_id="HRB 123456")
ALL = [PONANT, LEVANT, BILD]


def whose(number: str = "", company: str = "", file_name: str = "reponse.xlsx") -> tuple[int, str]:
    found = attribute(number=number, company=company, file_name=file_name, candidates=ALL)
    assert found.candidate is not None, found.why
    return found.candidate, found.clue


def why(number: str = "", company: str = "", file_name: str = "reponse.xlsx") -> str:
    found = attribute(number=number, company=company, file_name=file_name, candidates=ALL)
    assert found.candidate is None and not found.clue
    return found.why


@pytest.mark.parametrize("number", ["999110018", "999 110 018", "99911001800010"])
def test_the_number_of_a_candidate_names_it(number: str) -> None:
    assert whose(number) == (1, AttributionClue.NUMBER)
    assert whose(number, company="Ponant SA, agence de Brest") == (1, AttributionClue.NUMBER)


def test_a_foreign_number_names_its_candidate() -> None:
    assert whose("hrb123456") == (3, AttributionClue.NUMBER)


@pytest.mark.parametrize(
    "company", ["IMAGERIE DU PONANT", "Imagerie du Ponant S.A.S.", "levant sante"]
)
def test_without_a_number_the_name_in_the_workbook_does(company: str) -> None:
    expected = 2 if "levant" in company else 1
    assert whose(company=company, file_name="Levant Santé.xlsx") == (
        expected,
        AttributionClue.COMPANY,
    )


@pytest.mark.parametrize(
    "name",
    ["réponse_Levant-Santé_v2.xlsx", "732829320.csv", "73282932000074 offre.ods"],
)
def test_else_the_name_of_the_file_does(name: str) -> None:
    assert whose(file_name=name) == (2, AttributionClue.FILE_NAME)


def test_a_number_that_is_none_is_left_aside() -> None:
    assert whose("à compléter", company="Levant Santé") == (2, AttributionClue.COMPANY)


def test_clues_that_disagree_are_for_a_person() -> None:
    told = why("999110018", company="Levant Santé")
    assert "Imagerie du Ponant" in told and "Levant Santé SAS" in told


def test_another_company_is_no_candidate_whatever_the_name_of_the_file() -> None:
    assert "n’est celui d’aucun candidat" in why("552 100 554", file_name="Levant Santé.xlsx")
    assert "n’est le nom d’aucun" in why(company="Midi Logiciels", file_name="Levant Santé.xlsx")


def test_what_names_two_candidates_or_none_is_for_a_person() -> None:
    assert "plusieurs candidats" in why(file_name="Levant Santé et Imagerie du Ponant.xlsx")
    assert "Ni le classeur" in why()
    twins = [LEVANT, Candidate(4, "Levant Sante")]
    found = attribute(number="", company="Levant Santé", file_name="a.csv", candidates=twins)
    assert found.candidate is None and "Plusieurs candidats" in found.why


@given(st.text(), st.text(), st.text())
def test_whatever_a_file_says_the_answer_is_a_candidate_or_a_reason(
    number: str, company: str, file_name: str
) -> None:
    found = attribute(number=number, company=company, file_name=file_name, candidates=ALL)
    assert (found.candidate in {1, 2, 3}) is bool(found.clue) is not bool(found.why)


@given(st.text())
def test_the_key_of_a_name_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
