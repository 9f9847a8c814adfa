"""The commands that print what is loaded: stable output, for people and for scripts."""

import hashlib
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from checklists.enums import Flag
from checklists.models import ClausierVersion
from tests import factories
from tests.checklists.test_clausier_fixture import EXPECTED

SAMPLE = Path(__file__).parents[1] / "fixtures" / "bibliotheque-inventee.yaml"

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_clausiers")
    capsys.readouterr()


def output(capsys: pytest.CaptureFixture[str], *command: str) -> list[str]:
    call_command(*command)
    return capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("loaded")
def test_list_prints_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    factories.version(published=False)
    assert output(capsys, "list_clausiers") == [
        "securite-numerique\t2\tClausier de sécurité numérique\t118",
        "durabilite-numerique\t1\tClausier de durabilité numérique\t27",
        "gestion-de-crise\t1\tGestion de crise\t14",
        "soc-manage\t1\tRaccordement à un SOC managé\t13",
    ]


def test_list_prints_nothing_when_nothing_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert output(capsys, "list_clausiers") == []


@pytest.mark.usefixtures("loaded")
def test_dump_is_canonical_json_with_its_own_hash(capsys: pytest.CaptureFixture[str]) -> None:
    [line] = output(capsys, "dump_clausier", "securite-numerique", "2")
    dumped = json.loads(line)
    assert [point["ref"] for point in dumped["points"]][:2] == ["O-1.1", "O-2.1"]
    sha256 = dumped.pop("sha256")
    text = json.dumps(dumped, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == sha256
    loaded = ClausierVersion.objects.get(clausier__code="securite-numerique")
    assert sha256 == loaded.content_sha256


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", EXPECTED)
def test_applicable_prints_the_numbers_then_their_count(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    flags, count = EXPECTED[name]
    *refs, last = output(capsys, "applicable", "securite-numerique", "2", *flags.split())
    assert last == str(count) == str(len(refs))
    assert refs[0] == "O-1.1" and len(set(refs)) == count


@pytest.mark.usefixtures("loaded")
def test_an_unknown_flag_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CommandError) as caught:
        call_command("applicable", "securite-numerique", "2", "DP", "CLOUD")
    assert "CLOUD" in str(caught.value)
    assert all(flag in str(caught.value) for flag in Flag.values)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("command", ["applicable", "dump_clausier"])
def test_an_unknown_version_is_answered_with_those_that_exist(command: str) -> None:
    with pytest.raises(CommandError, match="securite-numerique 2"):
        call_command(command, "securite-numerique", "3")


def test_import_ends_by_saying_how_many_points(capsys: pytest.CaptureFixture[str]) -> None:
    last = output(capsys, "import_clausier", str(SAMPLE))[-1]
    assert last.replace("\u00a0", " ") == "jardin-v3 3.1 : 6 points chargés"
    assert output(capsys, "import_clausier", str(SAMPLE))[-1].replace(
        "\u00a0", " "
    ) == last.replace("\u00a0", " ")


def test_import_says_why_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ne s’ouvre pas"):
        call_command("import_clausier", str(tmp_path / "absent.yaml"))
    broken = tmp_path / "casse.yaml"
    broken.write_text(SAMPLE.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    with pytest.raises(CommandError, match=r"^casse\.yaml.*ligne"):
        call_command("import_clausier", str(broken))
    huge = tmp_path / "enorme.yaml"
    with huge.open("wb") as stream:
        stream.truncate(11 * 1024 * 1024)
    with pytest.raises(CommandError, match="11 Mo"):
        call_command("import_clausier", str(huge))
    assert not ClausierVersion.objects.filter(is_official_text=True).exists()
