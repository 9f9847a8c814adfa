"""docs/operations.md followed command by command: install, work, save, destroy, restore."""

import os
import re
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster
from tests.faults.conftest import cluster  # noqa: F401 - a fixture

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
SECONDS_TO_START = 60

pytestmark = pytest.mark.long


def answers_to_stop(pid: int) -> bool:
    """Whether a process has said what SIGTERM does to it: before, it dies in the middle."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    caught = int(re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)[1], 16)  # type: ignore[index]
    return bool(caught & 1 << (signal.SIGTERM - 1))


def block_after(sentence: str) -> str:
    """The first commands that follow a sentence of the page, as they are written."""
    found = re.search(r"```sh\n(.*?)```", PAGE.split(sentence, 1)[1], re.DOTALL)
    assert found is not None, sentence
    return re.sub(r"^ {3}", "", found[1], flags=re.MULTILINE)


class Machine:
    """The paths of the page, in folders of the test."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.home = folder / "home"
        folders = [
            line for line in block_after("Ensuite le lien").splitlines() if "install" in line
        ]
        self.shell("\n".join([*folders, block_after("Le secret et les réglages")]))
        settings = folder / "etc/clausier.env"
        given = re.sub(
            r"^(DATABASE_URL)=.*$",
            lambda m: f"{m[1]}='{database}'",
            settings.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        given = re.sub(r"^EMAIL_HOST=.*$", "EMAIL_HOST=127.0.0.1", given, flags=re.MULTILINE)
        settings.write_text(self.here(given), encoding="utf-8")

    def here(self, text: str) -> str:
        me = f"{os.getuid()}:{os.getgid()}"
        for old, new in {
            # The account and its group, made by root, are the person who runs the test.
            "-o clausier -g clausier ": "",
            "-o root -g clausier ": "",
            "root:clausier": me,
            "/etc/clausier": f"{self.folder}/etc",
            "/opt/clausier": str(ROOT),
            "/var/backups/clausier": f"{self.folder}/backups",
            "/var/lib/clausier": str(self.home),
        }.items():
            text = text.replace(old, new)
        return text

    def run(self, commands: str, code: int = 0) -> str:
        settings = "set -a; . /etc/clausier/clausier.env; set +a\n"
        return self.shell(commands if settings in commands else settings + commands, code)

    def shell(self, commands: str, code: int = 0) -> str:
        script = self.here(commands)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout


def figures(machine: Machine) -> str:
    manage = ".venv/bin/python manage.py"
    return machine.run(f"{manage} list_clausiers; {manage} list_tenders; {manage} verify_journal\n")


def recreate(cluster: Cluster) -> None:  # noqa: F811
    user = cluster.command.DATABASE_USER
    for name in ("dropdb", "createdb"):
        cluster.command.run(
            cluster.programs, name, "-h", str(cluster.folder), "-U", user, "clausier"
        )


def test_the_page_installs_saves_and_restores(tmp_path: Path, cluster: Cluster) -> None:  # noqa: F811
    machine = Machine(tmp_path / "machine", cluster.url)
    for name, mode in {"etc": 0o750, "etc/secret-key": 0o640, "home": 0o700}.items():
        assert stat.S_IMODE((machine.folder / name).stat().st_mode) == mode, name
    told = machine.run(block_after("Première mise en service"))
    assert "EN ORDRE" in told
    assert told.count("Mot de passe provisoire") == 2
    before = figures(machine)
    assert "INTACT" in before

    worker = subprocess.Popen(
        ["bash", "-c", machine.here("set -a; . /etc/clausier/clausier.env; exec .venv/bin/python manage.py work")],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(machine.folder)},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while not answers_to_stop(worker.pid) and time.monotonic() < deadline:
            assert worker.poll() is None
            time.sleep(0.1)
    finally:
        worker.terminate()
        assert worker.wait(30) == 0

    saving, restoring = block_after("Les deux commandes, avec les réglages").splitlines()
    machine.run(saving)
    shutil.rmtree(machine.home)
    machine.home.mkdir()  # « un CLAUSIER_HOME vide »
    recreate(cluster)
    assert machine.run(restoring).startswith("RESTAURÉ")
    assert figures(machine) == before
