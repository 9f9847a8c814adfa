"""Our words against the official text, and the official files loaded as they are.

Skipped where the official files are absent: they are not ours to ship. Their folder is given by
CLAUSIER_OFFICIAL_TEXT (the path of the YAML of the clausier), or stands beside the repository.
"""

import os
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml

from checklists.documents import interchange
from checklists.domain import clausier
from checklists.domain.applicability import closure
from checklists.domain.library import NotALibrary
from checklists.domain.queries import clausiers as queries
from checklists.domain.wording import mended
from checklists.models import ClausierVersion
from tests import factories
from tests.checklists.test_clausier_fixture import EXPECTED
from uniha_clausier.accounts.models import Facility, User

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = Path(
    os.environ.get("CLAUSIER_OFFICIAL_TEXT")
    or ROOT.parent / "shared" / "data" / "official" / "clausier-sante-v2.yaml"
)

pytestmark = pytest.mark.skipif(not OFFICIAL.is_file(), reason="the official text is not here")

RUN = 12
"""No run of so many words of the official text stands in the repository."""

LEGAL_NAMES = (
    (
        "arrêté du 28 mars 2022 portant approbation du référentiel relatif à l'identification "
        "électronique des acteurs des secteurs sanitaire, médico-social et social, personnes physiques "
        "et morales, et à l'identification électronique des usagers des services numériques en santé"
    ),
    (
        "règlement (UE) 2016/679 du Parlement européen et du Conseil du 27 avril 2016 relatif à la "
        "protection des personnes physiques à l'égard du traitement des données à caractère personnel "
        "et à la libre circulation de ces données"
    ),
)
"""Titles of texts of law, which nobody can say otherwise."""

TEXT_FILES = [
    ".py",
    ".html",
    ".css",
    ".js",
    ".md",
    ".txt",
    ".yaml",
    ".yml",
    ".json",
    ".toml",
    ".cfg",
    ".csv",
    ".po",
    ".svg",
    ".sh",
    ".in",
    ".java",
    ".xml",
]


def words(text: str) -> list[str]:
    """The words of a text, whatever its typography; words cut by the extraction are whole."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return re.findall(r"[a-zà-ÿœæ0-9]+", re.sub(r"(\w)- (\w)", r"\1\2", plain))


def runs(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)}


@pytest.fixture(scope="module")
def nodes() -> list[dict[str, Any]]:
    document = yaml.safe_load(OFFICIAL.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = document["objects"]["framework"]["requirement_nodes"]
    return found


@pytest.fixture(scope="module")
def official_runs(nodes: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    document = yaml.safe_load(OFFICIAL.read_text(encoding="utf-8"))
    result = runs(document["description"])
    for node in nodes:
        keys = ("name", "description", "typical_evidence", "annotation")
        result |= runs(" ".join(str(node.get(key) or "") for key in keys))
    for name in LEGAL_NAMES:
        result -= runs(name)
    return result


def files_of_the_repository() -> list[Path]:
    """The files that are tracked or would be, else every text file outside the ignored folders."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run(
            [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=True,
        ).stdout.decode()  # fmt: skip
        return [ROOT / name for name in listed.split("\0") if name]
    ignored = {".git", ".venv", "var", "node_modules"}
    return [path for path in ROOT.rglob("*") if not ignored & set(path.relative_to(ROOT).parts)]


def test_no_run_of_twelve_official_words_stands_in_the_repository(
    official_runs: set[tuple[str, ...]],
) -> None:
    copied = []
    for path in files_of_the_repository():
        if path.is_file() and (path.suffix in TEXT_FILES or not path.suffix):
            text = path.read_text(encoding="utf-8", errors="ignore")
            copied += [(path.name, " ".join(run)) for run in runs(text) & official_runs]
    assert copied == []


def test_the_check_sees_a_copy(
    nodes: list[dict[str, Any]], official_runs: set[tuple[str, ...]]
) -> None:
    official = nodes[1]["description"]
    assert runs(official.upper().replace("’", "'")) & official_runs
    for name in LEGAL_NAMES:
        assert not runs(name) & official_runs


def test_our_numbers_are_the_official_ones(nodes: list[dict[str, Any]]) -> None:
    [path] = [f for f in interchange.fixture_files() if f.name == "securite-numerique-2.yaml"]
    official = [node["ref_id"] for node in nodes if node["assessable"] and node.get("ref_id")]
    assert [point["ref"] for point in interchange.read_fixture(path)["points"]] == official


# The official files, loaded as they are


@pytest.fixture
def loaded(db: None) -> ClausierVersion:
    return interchange.import_library(content=OFFICIAL.read_bytes(), name=OFFICIAL.name)


def test_the_official_wording_is_kept_in_the_order_of_the_file(
    loaded: ClausierVersion, nodes: list[dict[str, Any]]
) -> None:
    points = list(loaded.points.order_by("position"))
    official = [node for node in nodes if node["assessable"] and node.get("ref_id")]
    assert [p.ref for p in points] == [node["ref_id"] for node in official]
    assert [p.requirement for p in points] == [node["description"] for node in official]
    assert [p.expected for p in points] == [n.get("typical_evidence") or "" for n in official]
    assert (len(points), loaded.is_official_text, loaded.number) == (118, True, "2.0.1")
    assert loaded.clausier.code == "clausier-sante-v2"


def test_the_unnumbered_node_is_a_heading(loaded: ClausierVersion) -> None:
    headings = list(loaded.chapters.filter(ref="").order_by("position"))
    assert len(headings) == 6
    assert {heading.parent.ref for heading in headings if heading.parent} == {"12.3"}
    assert [p.ref for p in headings[0].points.order_by("position")] == [
        "O-12.3.1", "O-12.3.2", "O-12.3.3", "O-12.3.4",
    ]  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_the_official_text_asks_the_same_points_as_ours(loaded: ClausierVersion, name: str) -> None:
    flags, count = EXPECTED[name]
    assert len(queries.applicable_refs(loaded, closure(flags.split()))) == count


def test_our_conditions_kinds_and_guides_are_attached(loaded: ClausierVersion) -> None:
    own = ClausierVersion.objects.get(clausier__code="securite-numerique")
    fields = (
        "ref", "answer_kind", "condition", "reviewers", "owner", "kinds", "parameters",
        "references", "guide_compliant", "guide_partial", "guide_non_compliant", "erratum",
    )  # fmt: skip
    assert list(loaded.points.order_by("position").values(*fields)) == list(
        own.points.order_by("position").values(*fields)
    )


def test_the_workbook_is_the_same_version(loaded: ClausierVersion) -> None:
    workbook = OFFICIAL.with_suffix(".xlsx")
    if not workbook.is_file():
        pytest.skip("the official workbook is not here")
    again = interchange.import_library(content=workbook.read_bytes(), name=workbook.name)
    assert again == loaded


@pytest.mark.usefixtures("db")
def test_a_file_that_lacks_points_is_refused() -> None:
    text = OFFICIAL.read_text(encoding="utf-8")
    cut = text[: text.index("    - urn: urn:ackwa:risk:req_node:clausier-sante-v2:o-12.5.17")]
    with pytest.raises(NotALibrary, match=r"O-12\.5\.17, O-12\.5\.18"):
        interchange.import_library(content=cut.encode(), name="clausier.yaml")
    assert not ClausierVersion.objects.filter(is_official_text=True).exists()


def test_a_lot_is_assessed_on_the_official_text(
    loaded: ClausierVersion, buyer: User, facility: Facility
) -> None:
    flags = tuple(EXPECTED["mobile fleet"][0].split())
    assessment = factories.assessment(buyer, facility, flags=flags, on=loaded)
    assert assessment.total == 19


def test_the_official_text_is_mended_for_display_only(loaded: ClausierVersion) -> None:
    point = loaded.points.get(ref="O-2.2")
    assert "tech- niques" in point.requirement and "au torité" in point.requirement
    shown = mended(point.requirement)
    assert "mesures techniques" in shown and "l’autorité" in shown
    assert not [p.ref for p in loaded.points.all() if re.search(r"\w- \w", mended(p.requirement))]


NEIGHBOURS = {
    "hds-v2.yaml": ("hds-v2023-a", 71, "EXI-01.1", "EXI-31.2"),
    "pgssi-s-1.0.yaml": ("pgssi-s-1-0", 336, "1.1.1.1", None),
    "ans-care-domaine2.yaml": ("ans-care-domaine2", 13, "d2.p1", "d2.o4"),
}


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_neighbour_is_a_clausier_of_its_own(name: str) -> None:
    path = OFFICIAL.with_name(name)
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    code, count, first, last = NEIGHBOURS[name]
    version = interchange.import_library(content=path.read_bytes(), name=name)
    points = list(version.points.order_by("position"))
    assert (version.clausier.code, len(points), points[0].ref) == (code, count, first)
    assert last in (None, points[-1].ref)
    assert {(p.condition, p.answer_kind) for p in points} == {("ALWAYS", "description")}
    assert clausier.canonical_content(version)["is_official_text"]
    assert all(p.title.strip() and p.requirement.strip() for p in points)
