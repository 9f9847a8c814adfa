"""What is copied from a spreadsheet is read as its author meant it, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain import pasting
from checklists.domain.pasting import Unreadable, read, read_table, write_table

REFS = ("O-1.1", "O-2.1", "O-7.1", "O-7.2", "O-7.10")

UNKNOWN_SCORE = (
    "Cette note n’est pas connue\u00a0: écrivez Conforme, Partiel, Non conforme, À préciser ou "
    "Sans objet."
)

CELLS = st.text(
    st.characters(exclude_characters="\r", exclude_categories=["Cs"]) | st.sampled_from('"\t\n=+'),
    max_size=12,
)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=5)


def values(text: str, **options: object) -> list[tuple[str, str, str]]:
    reading = read(text, refs=REFS, **options)  # type: ignore[arg-type]
    return [(cell.ref, cell.field, cell.value) for cell in reading.cells]


def problems(text: str, **options: object) -> list[tuple[int, str]]:
    reading = read(text, refs=REFS, **options)  # type: ignore[arg-type]
    return [(problem.line, problem.sentence) for problem in reading.problems]


# -- The table ---------------------------------------------------------------------------------


@given(TABLES)
def test_a_table_survives_being_copied_and_pasted(rows: list[list[str]]) -> None:
    assert read_table(write_table(rows)) == rows


@given(TABLES)
def test_a_table_is_the_same_with_the_line_ends_of_windows(rows: list[list[str]]) -> None:
    bare = [[cell.replace("\n", " ") for cell in row] for row in rows]
    assert read_table(write_table(bare).replace("\n", "\r\n")) == bare


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a\tb\nc\td", [["a", "b"], ["c", "d"]]),
        ('"deux\nlignes"\tb\n', [["deux\nlignes", "b"]]),
        ('"dit ""oui"""\n', [['dit "oui"']]),
        # LibreOffice leaves such a cell as it was typed.
        ('"cité" ensuite\tb\n', [['"cité" ensuite', "b"]]),
        ('"jamais fermé\tb\nc\td\n', [['"jamais fermé', "b"], ["c", "d"]]),
        ("\t\n", [["", ""]]),
    ],
)
def test_cells_are_read_as_spreadsheets_write_them(text: str, rows: list[list[str]]) -> None:
    assert read_table(text) == rows


def test_a_large_hostile_text_is_read_in_time() -> None:
    text = '"' * 400_000 + "\t" + '"a""' * 100_000
    assert sum(map(len, read_table(text)[0])) > 0


# -- Columns and rows --------------------------------------------------------------------------


def test_rows_find_their_points_by_number_in_any_order() -> None:
    text = "7.2\tPartiel\nO-1.1\tConforme\n7,1\tnon conforme\n"
    assert values(text) == [
        ("O-7.2", "score", "partial"),
        ("O-1.1", "score", "compliant"),
        ("O-7.1", "score", "non_compliant"),
    ]


def test_rows_without_numbers_follow_the_points_shown_from_the_current_one() -> None:
    assert values("C\nP\n", start="O-7.1") == [
        ("O-7.1", "score", "compliant"),
        ("O-7.2", "score", "partial"),
    ]
    assert problems("C\nC\nC\n", start="O-7.2") == [
        (3, "Il n’y a plus de point affiché pour cette ligne.")
    ]


def test_a_blank_row_keeps_its_point_and_changes_nothing() -> None:
    assert values("C\n\nP\n") == [
        ("O-1.1", "score", "compliant"),
        ("O-7.1", "score", "partial"),
    ]


def test_columns_are_named_by_the_first_row() -> None:
    text = (
        "Point\tExigence\tRéponse du candidat\tTexte de la réponse\tNote\tCommentaire\n"
        "O-7.1\tChiffrer\tOUI\tPAS § 4\tConforme\t=1+1\n"
    )
    assert values(text) == [
        ("O-7.1", "claim", "yes"),
        ("O-7.1", "claim_text", "PAS § 4"),
        ("O-7.1", "score", "compliant"),
        ("O-7.1", "comment", "=1+1"),
    ]


def test_columns_without_names_are_known_by_what_they_hold() -> None:
    text = "7.1\toui\tPAS § 4\tC\tClair.\n7.2\tnc\t\tSans objet\t\n"
    reading = read(text, refs=REFS)
    assert reading.roles == ["ref", "claim", "claim_text", "score", "comment"]
    assert not reading.has_head


def test_sentences_under_the_head_of_an_answer_are_its_text() -> None:
    assert values("Point\tRéponse\n7.1\tVoir le PAS\n") == [("O-7.1", "claim_text", "Voir le PAS")]


def test_a_column_of_a_word_that_may_be_either_is_scores() -> None:
    assert values("Sans objet\n")[0] == ("O-1.1", "score", "not_applicable")
    assert values("NC\nSans objet\n")[1] == ("O-2.1", "claim", "not_concerned")


def test_one_column_of_sentences_is_comments() -> None:
    assert values("Vu.\nÀ revoir.\n")[1] == ("O-2.1", "comment", "À revoir.")


def test_a_first_row_of_values_is_not_a_head() -> None:
    assert values("Oui\tDocument\nNon\tAnnexe\n") == [
        ("O-1.1", "claim", "yes"),
        ("O-1.1", "claim_text", "Document"),
        ("O-2.1", "claim", "no"),
        ("O-2.1", "claim_text", "Annexe"),
    ]


def test_a_person_may_correct_the_columns() -> None:
    text = "7.1\tChiffrer les données\n"
    assert values(text) == [("O-7.1", "comment", "Chiffrer les données")]
    assert values(text, roles=["ref", "claim_text"]) == [
        ("O-7.1", "claim_text", "Chiffrer les données")
    ]
    # The same field twice, or a field that is none: the first one counts.
    assert values(text, roles=["comment", "comment"])[0] == ("O-1.1", "comment", "7.1")
    assert values(text, roles=["ref", "version"]) == []


# -- Values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("OUI", "yes"),
        (" oui ", "yes"),
        ("Non", "no"),
        ("NC", "not_concerned"),
        ("Non concerné", "not_concerned"),
        ("non concerne", "not_concerned"),
    ],
)
def test_answers_are_known_whatever_their_case_and_accents(cell: str, value: str) -> None:
    assert pasting.claim_of(cell) == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("conforme", "compliant"),
        ("✓ Conforme", "compliant"),
        ("C", "compliant"),
        ("Partiellement conforme", "partial"),
        ("p", "partial"),
        ("NON CONFORME", "non_compliant"),
        ("Non-conforme", "non_compliant"),
        ("A préciser", "to_clarify"),
        ("?", "to_clarify"),
        ("Sans objet", "not_applicable"),
        ("N/A", "not_applicable"),
    ],
)
def test_scores_are_known_whatever_their_case_and_accents(cell: str, value: str) -> None:
    assert pasting.score_of(cell) == value


def test_nc_is_never_guessed_to_be_a_score() -> None:
    ((line, sentence),) = problems("Point\tNote\n7.1\tNC\n7.2\tC\n")
    assert line == 2 and "peut tout dire" in sentence


def test_blank_and_valueless_cells_erase_nothing() -> None:
    text = "Point\tRéponse\tNote\tCommentaire\n7.1\tSans réponse\tNon noté\t\n7.2\t\tC\t \n"
    assert values(text) == [("O-7.2", "score", "compliant")]
    assert problems(text) == []


def test_what_a_row_cannot_say_is_told_with_its_line() -> None:
    text = "Point\tNote\n99.9\tC\n7.1\tC\nO-7.1\tP\n\tC\n7.2\tbien\nTitre\t\n"
    assert problems(text) == [
        (2, "Ce point n’est pas demandé dans ce lot."),
        (4, "Ce point est déjà à la ligne 3."),
        (5, "Cette ligne n’a pas de numéro de point."),
        (6, UNKNOWN_SCORE),
    ]


@given(st.text("=+-@", min_size=1, max_size=1), st.text("A(1)!\t ", max_size=9))
def test_a_text_like_a_formula_is_a_text(sign: str, rest: str) -> None:
    text = write_table([["Point", "Commentaire"], ["7.1", f"{sign}{rest}"]])
    assert values(text) == [("O-7.1", "comment", f"{sign}{rest}".strip())]


def test_the_apostrophe_of_the_workbook_is_not_kept() -> None:
    assert values("Point\tCommentaire\n7.1\t'=1+1\n7.2\t'quoted'\n") == [
        ("O-7.1", "comment", "=1+1"),
        ("O-7.2", "comment", "'quoted'"),
    ]


# -- Limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Il n’y a rien à lire"),
        (" \t\n\n", "Il n’y a rien à lire"),
        ("a\n" * 501, "compte 501 lignes"),
        ("a\t" * 41, "compte 42 colonnes"),
        ("a" * 1_000_001, "dépasse un million de caractères"),
    ],
)
def test_what_is_too_large_or_empty_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(text, refs=REFS)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reading = read(text, refs=REFS)
    except Unreadable:
        return
    keys = [(cell.ref, cell.field) for cell in reading.cells]
    assert len(keys) == len(set(keys))
    assert {cell.ref for cell in reading.cells} <= set(REFS)
