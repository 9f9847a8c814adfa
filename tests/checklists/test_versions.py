"""What differs between two versions: nothing is lost, nothing is told twice."""

import itertools
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain.version_words import told_field
from checklists.domain.versions import compare
from checklists.domain.word_changes import word_changes
from checklists.enums import AnswerKind, VersionChange
from tests import factories

WORDS = (
    "le",
    "titulaire",
    "chiffre",
    "les",
    "données",
    "en",
    "transit",
    "et",
    "au",
    "repos",
    ",",
    "21",
)
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


def content(points: list[dict[str, Any]], chapters: int = 2) -> dict[str, Any]:
    """A canonical content of these points, all in the first chapter unless they say another."""
    defaults = {
        "chapter": 1, "title": "", "expected": "", "answer_kind": "yes_no", "condition": "ALWAYS",
        "reviewers": [], "owner": "candidate", "kinds": [], "parameters": [], "guide": {},
        "references": [], "erratum": "",
    }  # fmt: skip
    header = ("title", "edition_date", "source", "licence_note", "preamble", "is_official_text")
    return {
        **dict.fromkeys(header, ""),
        "chapters": [
            {"ref": str(n), "title": f"Chapitre {n}", "parent": None, "position": n, "note": ""}
            for n in range(1, chapters + 1)
        ],
        "points": [defaults | point for point in points],
    }


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    refs = draw(st.lists(st.integers(1, 12), unique=True, max_size=8))
    return content(
        [
            {"ref": f"O-1.{ref}", "requirement": draw(texts), "chapter": draw(st.integers(1, 2))}
            for ref in refs
        ]
    )


def kinds(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, VersionChange]:
    return {
        change.row["ref"]: change.kind for change in compare(content(before), content(after)).points
    }


# -- Properties --------------------------------------------------------------------------------


@given(contents())
def test_a_version_does_not_differ_from_itself(one: dict[str, Any]) -> None:
    assert compare(one, one).is_empty


@given(contents(), contents())
def test_each_point_of_both_versions_is_told_once(one: dict[str, Any], two: dict[str, Any]) -> None:
    found = compare(one, two)
    for side, told in (
        (one, [change.before for change in found.points]),
        (two, [change.after for change in found.points]),
    ):
        refs = [point["ref"] for point in told if point is not None]
        assert sorted(refs) == sorted(point["ref"] for point in side["points"])
    assert sum(found.counts.values()) == len(found.points)


@given(contents(), contents())
def test_the_newer_version_is_told_in_its_own_order(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    told = [change.after["ref"] for change in compare(one, two).points if change.after]
    assert told == [point["ref"] for point in two["points"]]


@given(texts, texts)
def test_the_words_make_both_texts_again(one: str, two: str) -> None:
    pieces = word_changes(one, two)
    assert "".join(piece.text for piece in pieces if piece.sign != "+") == one
    assert "".join(piece.text for piece in pieces if piece.sign != "-") == two


@given(texts)
def test_a_text_that_stays_shows_no_change(one: str) -> None:
    assert {piece.sign for piece in word_changes(one, one)} <= {""}


# -- Each kind of change -----------------------------------------------------------------------

LONG = "Le titulaire chiffre les données en transit et au repos avec un protocole à jour"
OTHER = "Une astreinte répond la nuit et les jours fériés en moins de quatre heures"


def test_a_text_that_becomes_a_proposal_is_told() -> None:
    [change] = compare(content([]), content([]) | {"is_proposal": True}).header
    assert (change.name, change.before, change.after) == ("is_proposal", False, True)
    told = told_field(change)
    assert told.label == "Proposition de Clausier"
    assert [(piece.sign, piece.text) for piece in told.pieces] == [("-", "non"), ("+", "oui")]


def test_a_point_that_is_added_or_removed() -> None:
    one, two = {"ref": "O-1.1", "requirement": LONG}, {"ref": "O-1.2", "requirement": OTHER}
    assert kinds([one], [one, two]) == {
        "O-1.1": VersionChange.UNCHANGED,
        "O-1.2": VersionChange.ADDED,
    }
    assert kinds([one, two], [two])["O-1.1"] == VersionChange.REMOVED


def test_a_point_that_keeps_its_text_under_another_number_is_moved() -> None:
    before = [{"ref": "O-1.1", "requirement": LONG}]
    after = [{"ref": "O-1.4", "requirement": LONG}]
    assert kinds(before, after) == {"O-1.4": VersionChange.MOVED}


def test_numbers_that_shift_by_one_are_moves_and_not_rewordings() -> None:
    before = [{"ref": "O-1.1", "requirement": LONG}, {"ref": "O-1.2", "requirement": OTHER}]
    new = {"ref": "O-1.1", "requirement": "Un correspondant de sécurité est nommé"}
    after = [new, *({**p, "ref": f"O-1.{n}"} for n, p in enumerate(before, start=2))]
    assert kinds(before, after) == {
        "O-1.1": VersionChange.ADDED,
        "O-1.2": VersionChange.MOVED,
        "O-1.3": VersionChange.MOVED,
    }


def test_a_text_that_changes_under_its_number_is_reworded_even_from_end_to_end() -> None:
    for text in (LONG.replace("à jour", "récent"), OTHER):
        before = [{"ref": "O-1.1", "requirement": LONG}]
        assert kinds(before, [{"ref": "O-1.1", "requirement": text}]) == {
            "O-1.1": VersionChange.REWORDED
        }


def test_another_answer_kind_is_another_description() -> None:
    point = {"ref": "O-1.1", "requirement": LONG}
    after = [{**point, "answer_kind": "document"}]
    assert kinds([point], after) == {"O-1.1": VersionChange.DESCRIBED}


def test_a_point_in_another_chapter_or_place_is_moved() -> None:
    points = [
        {"ref": f"O-1.{n}", "requirement": f"{LONG} {word}"}
        for n, word in enumerate(("un", "deux", "trois"), start=1)
    ]
    other_chapter: list[dict[str, Any]] = [{**points[0], "chapter": 2}, *points[1:]]
    assert kinds(points, other_chapter)["O-1.1"] == VersionChange.MOVED
    told = kinds(points, [points[1], points[2], points[0]])
    assert [ref for ref, kind in told.items() if kind == VersionChange.MOVED] == ["O-1.1"]


# -- The page and the command ------------------------------------------------------------------


def versions() -> tuple[Any, Any]:
    point = {"condition": "ALWAYS", "answer_kind": AnswerKind.YES_NO, "expected": ""}
    before = factories.version(
        points=[
            {**point, "ref": "O-1.1", "requirement": "Le titulaire corrige en 21 jours ouvrés."},
            {
                **point,
                "ref": "O-1.2",
                "title": "Astreinte",
                "requirement": "Une astreinte <b>répond</b>.",
            },
        ]
    )
    after = factories.version(
        points=[
            {**point, "ref": "O-1.1", "requirement": "Le titulaire corrige en 15 jours ouvrés."},
            {
                **point,
                "ref": "O-1.3",
                "title": "Journaux",
                "requirement": "Les journaux partent au SOC.",
            },
        ]
    )
    return before, after


def compare_page(client: Client, **asked: Any) -> str:
    response = client.get(reverse("checklists:clausier_compare"), asked)
    return response.content.decode()


def test_the_page_shows_each_change_word_by_word(signed_in: Client) -> None:
    before, after = versions()
    page = compare_page(signed_in, avant=before.pk, apres=after.pk)
    assert "<del>21 </del><ins>15 </ins>" in page
    assert "Une astreinte &lt;b&gt;répond&lt;/b&gt;." in page and "Les journaux partent" in page
    only = compare_page(signed_in, avant=before.pk, apres=after.pk, changement="added")
    assert "Les journaux partent" in only and "Une astreinte" not in only


def test_the_page_says_when_nothing_differs(signed_in: Client) -> None:
    version, _other = versions()
    page = compare_page(signed_in, avant=version.pk, apres=version.pk)
    assert "disent exactement la même chose" in page


def test_the_page_refuses_a_version_that_is_not_published(signed_in: Client) -> None:
    version, _other = versions()
    draft = factories.version(published=False)
    response = signed_in.get(
        reverse("checklists:clausier_compare"), {"avant": version.pk, "apres": draft.pk}
    )
    assert response.status_code == 422


def test_the_list_leads_to_the_page_when_there_are_two_versions(signed_in: Client) -> None:
    address = reverse("checklists:clausier_compare")
    assert address not in signed_in.get(reverse("checklists:clausier_list")).content.decode()
    versions()
    assert address in signed_in.get(reverse("checklists:clausier_list")).content.decode()


@pytest.mark.django_db
def test_the_command_counts_then_tells_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    before, after = versions()
    names = [f"{version.clausier.code}:{version.number}" for version in (before, after)]
    call_command("diff_clausier", *names)
    first, *lines = capsys.readouterr().out.replace("\u00a0", " ").splitlines()
    assert first.startswith("ajouté : 1") and "reformulé : 1" in first and "supprimé : 1" in first
    assert any("[-21 -]{+15 +}jours" in line for line in lines)
    signs = [line[0] for line in lines if line[:2] in {"+ ", "- ", "~ "}]
    assert sorted(signs) == sorted("~-+")


@pytest.mark.django_db
def test_the_command_on_one_version_says_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    version, _other = versions()
    call_command("diff_clausier", *itertools.repeat(f"{version.clausier.code}:1", 2))
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize("name", ["securite-numerique", "inconnu:3"])
@pytest.mark.django_db
def test_the_command_refuses_what_is_not_a_version(name: str) -> None:
    with pytest.raises(CommandError):
        call_command("diff_clausier", name, name)
