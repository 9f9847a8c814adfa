"""Reading official libraries: what is kept, and what is refused, with its place."""

import io
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from checklists.documents import interchange, library_child
from checklists.documents.interchange import UnreadableFile, read_library
from checklists.domain.library import Library, NotALibrary, clausier_of
from checklists.models import Clausier, ClausierVersion
from tests import factories
from uniha_clausier.common.errors import DomainError

SAMPLE = Path(__file__).parents[1] / "fixtures" / "bibliotheque-inventee.yaml"
HEADER = ["assessable", "depth", "ref_id", "name", "description", "typical_evidence"]


@pytest.fixture(scope="module")
def sample() -> bytes:
    return SAMPLE.read_bytes()


@pytest.fixture(autouse=True)
def _in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without a process of its own, which takes half a second, unless « isolated » asks."""
    if "isolated" not in request.fixturenames:
        monkeypatch.setattr(interchange, "_ask_child", library_child.answer)


@pytest.fixture
def isolated() -> None:
    """The file is read as in real life, in a process with limits."""


def read(content: bytes | str, name: str = "essai.yaml") -> Library:
    return read_library(
        content=content.encode() if isinstance(content, str) else content, name=name
    )


def refusal(content: bytes | str, name: str = "essai.yaml") -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(content, name)
    return str(caught.value)


def data_of(content: bytes | str) -> dict[str, Any]:
    return clausier_of(read(content), None)


# What is kept


def test_headings_and_points_come_in_the_order_of_the_file(sample: bytes) -> None:
    data = data_of(sample)
    refs = [point["ref"] for point in data["points"]]
    assert refs == ["J-1.10", "J-1.2", "J-1.3", "EXI-02.1", "EXI-02.2", "EXI-03"]
    outline = [(c["ref"], c["title"], c["parent"]) for c in data["chapters"]]
    assert outline == [
        ("1", "Arroser", None),
        ("", "Un intitulé sans numéro", "1"),
        ("EXI-02", "Le jardinier doit", None),
        ("EXI-03", "Le jardin ouvre le dimanche.", None),
    ]


def test_the_wording_is_kept_to_the_last_space(sample: bytes) -> None:
    point = data_of(sample)["points"][0]
    assert point["requirement"] == (
        "Le jardinier arrose les sa- lades le soir.\n\n• sans pesti- cide ;\n• sans bruit.  "
    )
    assert (point["title"], point["expected"]) == ("Le soir", "OUI/NON")


def test_a_point_without_a_name_takes_its_first_words(sample: bytes) -> None:
    titles = {point["ref"]: point["title"] for point in data_of(sample)["points"]}
    assert titles["EXI-02.2"] == "Les compter."
    assert titles["EXI-02.1"].startswith("Ranger ses outils") and titles["EXI-02.1"].endswith("…")
    assert len(titles["EXI-02.1"]) <= 90


def test_the_header_says_where_the_text_comes_from(sample: bytes) -> None:
    data = data_of(sample)
    assert (data["code"], data["version"], data["title"]) == (
        "jardin-v3",
        "3.1",
        "Règles du jardin",
    )
    assert (data["edition_date"], data["is_official_text"]) == ("2025-05-02", True)
    assert data["licence_note"] == "Les jardiniers - 02/05/2025"


@pytest.mark.parametrize(
    ("ref", "version", "number"),
    [
        ("Clausier-sante-v2.0.1", "1", "2.0.1"),
        ("HDS-v2.0", "2", "2.0-r2"),
        ("pgssi-s-1.0", "1", "1.0"),
        ("CaRE-D2", "4", "4"),
    ],
)
def test_the_number_comes_from_the_reference(ref: str, version: str, number: str) -> None:
    assert Library(urn="urn:x:y", ref=ref, name="", version=version).number == number


def test_what_our_clausier_says_is_attached_by_number(sample: bytes) -> None:
    ours = {
        "ref": "J-1.2", "title": "À deux", "answer_kind": "yes_no", "condition": "ST",
        "reviewers": ["buyer"], "owner": "shared", "kinds": ["commitment"], "parameters": [],
        "guide": {"compliant": "Oui.", "partial": "Parfois.", "non_compliant": "Non."},
        "references": [], "erratum": "Une note.", "requirement": "Nos mots.", "expected": "OUI",
    }  # fmt: skip
    own = {"points": [{**ours, "ref": ref} for ref in ("J-1.10", "J-1.2", "J-1.3")]}
    points = {point["ref"]: point for point in clausier_of(read(sample), own)["points"]}
    assert points["J-1.2"] == {
        **ours, "chapter": "1", "expected": "",
        "requirement": "Le sous- traitant du jardinier arrose aussi.",
    }  # fmt: skip
    assert points["J-1.10"]["title"] == "Le soir"
    assert (points["EXI-03"]["condition"], points["EXI-03"]["answer_kind"]) == (
        "ALWAYS", "description",
    )  # fmt: skip


def test_another_text_with_a_few_common_numbers_is_left_alone(sample: bytes) -> None:
    own = {"points": [{"ref": "J-1.2"}]}
    assert {point["condition"] for point in clausier_of(read(sample), own)["points"]} == {"ALWAYS"}


# The workbook


def workbook(rows: list[list[Any]], *, meta: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    library = book.active
    assert library is not None
    library.title = "library_meta"
    header = {
        "type": "library", "urn": "urn:essai:risk:library:jardin-v3", "version": "1",
        "ref_id": "Jardin-v3.1", "name": "Règles du jardin",
    }  # fmt: skip
    for pair in {**header, **(meta or {})}.items():
        library.append(pair)
    book.create_sheet("regles_meta").append(["type", "framework"])
    content = book.create_sheet("regles_content")
    for row in [HEADER, *rows]:
        content.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


ROWS: list[list[Any]] = [
    [None, 1, 1, "Arroser"],
    ["x", 2, "J-1.1\n", "Le soir", "Le jardinier arrose.  ", "OUI/NON"],
    [None, None, None, None],
    ["x", 2, "J-1.2", None, "Et la nuit."],
]


def test_a_workbook_tells_the_same_as_a_text_file() -> None:
    data = clausier_of(read(workbook(ROWS), "essai.xlsx"), None)
    assert [(p["ref"], p["title"], p["requirement"]) for p in data["points"]] == [
        ("J-1.1", "Le soir", "Le jardinier arrose.  "),
        ("J-1.2", "Et la nuit.", "Et la nuit."),
    ]
    assert [(c["ref"], c["title"]) for c in data["chapters"]] == [("1", "Arroser")]


def test_a_workbook_with_a_repeated_number_names_both_rows() -> None:
    content = workbook([*ROWS, ["x", 2, "J-1.1", None, "Encore."]])
    with pytest.raises(NotALibrary, match=r"ligne 6 .*J-1\.1.*ligne 3"):
        clausier_of(read(content, "essai.xlsx"), None)


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["x", "deux", "J-1", None, "Texte."]], "feuille « regles_content », ligne 2 (J-1)"),
        ([["peut-être", 1, "J-1", None, "Texte."]], "« assessable » vaut « peut-être »"),
        ([["x", 1, "J-1", None, "a" * 10_001]], "ligne 2 : une cellule dépasse 10000"),
        ([], "aucune exigence"),
    ],
)
def test_a_workbook_row_that_cannot_be_read_is_named(rows: list[list[Any]], place: str) -> None:
    assert place.replace("« ", "«\u00a0").replace(" »", "\u00a0»").replace(
        " :", "\u00a0:"
    ) in refusal(workbook(rows), "essai.xlsx")


def test_a_workbook_that_is_something_else_is_refused() -> None:
    other = openpyxl.Workbook()
    stream = io.BytesIO()
    other.save(stream)
    assert "…_meta" in refusal(stream.getvalue(), "essai.xlsx")
    assert "tronqué" in refusal(workbook(ROWS)[:-400], "essai.xlsx")


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [
        ("regles_meta", "aucune feuille « …_meta » de type framework"),
        ("regles_content", "La feuille « regles_content » est absente"),
    ],
)
def test_a_workbook_without_one_of_its_sheets_is_refused(taken: str, sentence: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROWS)))
    del book[taken]
    stream = io.BytesIO()
    book.save(stream)
    assert sentence in refusal(stream.getvalue(), "essai.xlsx")


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [
        ("MOST_ROWS", 2, "lignes au plus"),
        ("MOST_COLUMNS", 4, "colonnes au plus"),
        ("LONGEST_CELL", 9, "une cellule dépasse 9 caractères"),
    ],
)
def test_a_workbook_beyond_the_measure_says_where(
    limit: str, value: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_child, limit, value)
    told = refusal(workbook(ROWS), "essai.xlsx")
    assert "feuille « " in told and sentence in told


@pytest.mark.parametrize(
    ("limit", "value", "sentence"),
    [("MOST_ROWS", 2, "exigences : 2 au plus"), ("LONGEST_CELL", 9, "caractères, 9 au plus")],
)
def test_a_text_beyond_the_measure_is_refused(
    sample: bytes, limit: str, value: int, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_child, limit, value)
    assert sentence in refusal(sample)


def test_an_alias_and_a_requirement_without_keys_are_refused(sample: bytes) -> None:
    assert "les alias" in refusal(b"a: &a 1\nb: *a\n")
    told = "objects:\n  framework:\n    requirement_nodes:\n    - un texte\n"
    assert "requirement_nodes[0] : des clés sont attendues" in refusal(told)


def test_entities_of_a_workbook_are_refused_in_their_words() -> None:
    before = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    told = refusal(sheet(cell("A1", "&b;"), before=before), "essai.xlsx")
    assert "déclare des entités XML" in told


def test_a_workbook_without_a_column_is_refused() -> None:
    content = openpyxl.load_workbook(io.BytesIO(workbook(ROWS)))
    content["regles_content"]["E1"] = "texte"
    stream = io.BytesIO()
    content.save(stream)
    assert "la colonne «\u00a0description\u00a0» est absente" in refusal(
        stream.getvalue(), "a.xlsx"
    )


def many_parts(target: zipfile.ZipFile) -> None:
    for number in range(300):
        target.writestr(f"x{number}", "")


def repacked(change: Callable[[zipfile.ZipFile], None], *, without: str = "") -> bytes:
    """The sample workbook, its parts copied, then changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(ROWS))) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            if name != without:
                target.writestr(name, source.read(name))
        change(target)
    return stream.getvalue()


SHEET = "xl/worksheets/sheet3.xml"
SHEET_HEAD = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)


def sheet(body: str, *, before: str = "") -> bytes:
    text = f'<?xml version="1.0"?>{before}{SHEET_HEAD}{body}</sheetData></worksheet>'
    return repacked(lambda target: target.writestr(SHEET, text), without=SHEET)


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a string of 60 MB": (
        lambda: sheet(f'<row r="1">{cell("A1", "a" * 60_000_000)}</row>'),
        "fois plus",
    ),
    "one cell on the last row": (
        lambda: sheet(f'<row r="1048576">{cell("XFD1048576", "a")}</row>'),
        "2000 lignes au plus",
    ),
    "a cell too far to the right": (
        lambda: sheet(f'<row r="1">{cell("BI1", "a")}</row>'),
        "60 colonnes au plus",
    ),
    "entities that multiply": (
        lambda: sheet(
            f'<row r="1">{cell("A1", "&b;")}</row>',
            before='<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        ),
        "entités XML",
    ),
    "an external entity": (
        lambda: sheet(
            f'<row r="1">{cell("A1", "&b;")}</row>',
            before='<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        ),
        "entités XML",
    ),
    "three hundred parts": (
        lambda: repacked(many_parts),
        "200 au plus",
    ),
    "a path that leaves": (
        lambda: repacked(lambda z: z.writestr("../../etc/cron.d/x", "")),
        "sort du classeur",
    ),
    "macros": (lambda: repacked(lambda z: z.writestr("xl/vbaProject.bin", "x")), "macros"),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.usefixtures("isolated")
def test_a_hostile_workbook_is_refused_at_once(name: str) -> None:
    make, message = BOMBS[name]
    content = make()
    began = time.monotonic()
    assert message in refusal(content, "essai.xlsx")
    assert time.monotonic() - began < 5  # 2 s on an idle machine


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    content = bytearray(sheet(f'<row r="1">{cell("A1", "a" * 3_000_000)}</row>'))
    size = content.index(b"PK\x01\x02", content.index(SHEET.encode()))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        real = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    lying = bytes(content).replace(real, (900).to_bytes(4, "little"))
    assert size and "ne se lit pas" in refusal(lying, "essai.xlsx")


# The text file


def test_a_text_that_is_no_library_is_refused() -> None:
    assert "«\u00a0objects\u00a0» est absente" in refusal("a: 1\n")
    assert "objects.framework" in refusal("objects: {risk_matrix: {}}\n")
    assert "requirement_nodes" in refusal("objects: {framework: {}}\n")
    assert "vide" in refusal("objects: {framework: {requirement_nodes: []}}\n")
    assert "vide" in refusal(b"")
    assert "objects" in refusal("\n")


def test_a_header_without_a_name_is_refused(sample: bytes) -> None:
    text = sample.decode().replace("name: Règles du jardin", "name:")
    assert "«\u00a0name\u00a0» est absent" in refusal(text)


@pytest.mark.parametrize("share", range(4, 100, 8))
def test_a_truncated_text_is_refused(sample: bytes, share: int) -> None:
    cut = len(sample) * share // 100
    while sample[cut - 1 : cut] == b"\n":
        cut -= 1
    with pytest.raises((UnreadableFile, NotALibrary)):
        data_of(sample[:cut])


def test_a_cut_in_the_middle_of_a_quoted_text_names_its_line(sample: bytes) -> None:
    text = sample.decode()
    assert "ligne " in refusal(text[: text.index("sans bruit")])


def test_a_text_cut_at_a_line_end_leaves_a_point_without_text(sample: bytes) -> None:
    text = sample.decode()
    with pytest.raises(NotALibrary, match=r"J-1\.2 n’a pas de texte"):
        data_of(text[: text.index("      description: Le sous- traitant")])


@pytest.mark.usefixtures("isolated")
def test_aliases_are_refused_before_they_multiply() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "ligne 1\u00a0: les alias" in refusal("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 500 + "]" * 500 + "\n", "niveaux imbriqués"),
        ("a: [" + "x, " * 250_000 + "]\n", "éléments"),
        ("a: 1\na: 2\n", "ligne 2\u00a0: la clé «\u00a0a\u00a0» est répétée"),
        ("? [a]\n: b\n", "une clé doit être un texte"),
        ("a: 1\n--- b\n", "le YAML ne se lit pas"),
        ("a: \x00\n", "ne se lit pas"),
    ],
)
def test_a_hostile_text_is_refused(text: str, message: str) -> None:
    assert message in refusal(text)


@pytest.mark.usefixtures("isolated")
def test_lists_nested_three_million_times_are_refused() -> None:
    assert refusal(b"- " * 3_000_000 + b"x\n").endswith("niveaux imbriqués.")


def test_tags_build_nothing(sample: bytes) -> None:
    hostile = sample.decode().replace(
        "name: Arroser", "name: !!python/object/apply:os.system ['touch trace']"
    )
    chapters = data_of(hostile)["chapters"]
    assert chapters[0]["title"] == "Le soir"  # the list is not a text: it is left out


def test_bytes_that_are_no_text_name_their_line(sample: bytes) -> None:
    line = sample.count(b"\n") + 1
    assert refusal(sample + b"# \xff\n").startswith(f"ligne {line}\u00a0:")


def test_a_repeated_number_names_both_places(sample: bytes) -> None:
    text = sample.decode().replace("ref_id: J-1.2", "ref_id: J-1.10")
    with pytest.raises(NotALibrary, match=r"ligne 34.*J-1\.10 sert déjà \(ligne 26"):
        data_of(text)


def test_a_parent_that_does_not_exist_is_named(sample: bytes) -> None:
    text = sample.decode().replace("parent_urn: urn:essai:req:node4", "parent_urn: urn:ailleurs")
    assert "(J-1.3)\u00a0: son parent «\u00a0urn:ailleurs\u00a0» n’est pas plus haut" in refusal(
        text
    )


def test_a_level_that_hangs_in_the_air_is_named(sample: bytes) -> None:
    text = sample.decode().replace("depth: 3", "depth: 5")
    with pytest.raises(NotALibrary, match=r"ce niveau \(5\) n’a rien au-dessus"):
        data_of(text)


def test_a_heading_without_anything_is_named(sample: bytes) -> None:
    text = sample.decode().replace("      ref_id: '1'\n      name: Arroser\n", "")
    with pytest.raises(NotALibrary, match="ni numéro, ni intitulé, ni texte"):
        data_of(text)


def test_a_text_without_any_requirement_is_refused(sample: bytes) -> None:
    with pytest.raises(NotALibrary, match="Aucune exigence"):
        data_of(sample.decode().replace("assessable: true", "assessable: false"))


# The file itself


@pytest.mark.parametrize("name", ["essai.xlsm", "essai.pdf", "essai", "essai.yaml.exe"])
def test_another_extension_is_refused(sample: bytes, name: str) -> None:
    assert ".yaml, .yml ou .xlsx" in refusal(sample, name)


def test_an_extension_that_lies_is_refused(sample: bytes) -> None:
    assert "ne correspond pas" in refusal(sample, "essai.xlsx")
    assert "ne correspond pas" in refusal(workbook(ROWS), "essai.yml")
    assert "mot de passe" in refusal(b"\xd0\xcf\x11\xe0" + bytes(600), "essai.xlsx")


def test_a_file_over_ten_megabytes_is_refused() -> None:
    assert "10 Mo au plus" in refusal(bytes(10 * 1024 * 1024 + 1))


@pytest.mark.usefixtures("isolated")
def test_a_reader_that_is_killed_or_slow_is_a_refusal(
    sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interchange, "SECONDS", 0.001)
    assert "secondes" in refusal(sample)
    monkeypatch.setattr(interchange, "SECONDS", 30)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "trop de mémoire ou de temps" in refusal(sample)


# Loading


@pytest.mark.django_db
def test_an_import_is_all_or_nothing(sample: bytes) -> None:
    factories.version()  # something is there already
    before = (Clausier.objects.count(), ClausierVersion.objects.count())
    text = sample.decode().replace("ref_id: J-1.3", "ref_id: J-1.2")
    with pytest.raises(NotALibrary):
        interchange.import_library(content=text.encode(), name="essai.yaml")
    long = sample.decode().replace("name: Le soir", "name: " + "a" * 300)
    with pytest.raises(DomainError, match=r"points\[0\] \(J-1.10\).title"):
        interchange.import_library(content=long.encode(), name="essai.yaml")
    # our own clausier, to which official texts are compared, may have come in between
    codes = set(Clausier.objects.values_list("code", flat=True)) - {"securite-numerique"}
    assert (
        len(codes),
        ClausierVersion.objects.exclude(clausier__code="securite-numerique").count(),
    ) == before


@pytest.mark.django_db
@pytest.mark.usefixtures("isolated")
def test_importing_twice_changes_nothing(sample: bytes) -> None:
    first = interchange.import_library(content=sample, name="essai.yaml")
    second = interchange.import_library(content=sample, name="autre-nom.YML")
    assert first == second and first.is_official_text and first.is_published
    assert first.points.get(position=1).ref == "J-1.10"
