"""``python -m tests.bench``: measure, write ``var/bench.json``, print the table. See ``make bench``.

``QUICK=1`` measures less, in less than 45 seconds, and leaves PostgreSQL out. A target that is
missed is told, and is no error.
"""

import json
import os
import pickle
import platform
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from .figures import Figure, number, table

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var/bench"
RESULT = ROOT / "var/bench.json"
POSTGRES = Path("/usr/lib/postgresql")
SAVES_ONLY = "--saves-only"


class Effort(NamedTuple):
    """How often each thing is measured."""

    rounds: int
    saves: int
    pages: int
    documents: int


QUICK = Effort(rounds=8, saves=25, pages=15, documents=2)
FULL = Effort(rounds=24, saves=50, pages=60, documents=7)


def main() -> int:
    effort = QUICK if os.environ.get("QUICK", "0") not in ("", "0") else FULL
    saves_only = SAVES_ONLY in sys.argv
    load = os.getloadavg()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as home:
        set_environment(Path(home), keep_database=saves_only)
        figures = measure(effort, saves_only=saves_only)
    if saves_only:
        pickle.dump(figures, sys.stdout.buffer)
        return 0
    if effort is FULL and POSTGRES.is_dir():
        figures[1:1] = on_postgres()
    tell(figures, load, is_quick=effort is QUICK)
    return 0


def set_environment(home: Path, *, keep_database: bool) -> None:
    """An instance of its own: the settings read these variables when Django starts."""
    if not keep_database:
        os.environ.pop("DATABASE_URL", None)
    os.environ.update(
        CLAUSIER_HOME=str(home),
        DEMO="1",
        DEBUG="0",
        DJANGO_SETTINGS_MODULE="tests.bench.settings",
        SECRET_KEY=f"demo-{secrets.token_urlsafe(64)}",
        STATIC_MANIFEST="1",
    )


def measure(effort: Effort, *, saves_only: bool) -> list[Figure]:
    """Prepare the data, measure through the server, then what is made outside of it."""
    import django
    from django.core.management import call_command

    django.setup()
    # They read the settings when they are imported.
    from . import content, document, page, saving, server

    call_command("collectstatic", verbosity=0, interactive=False)
    made = content.prepare()
    with server.running() as port:
        figures = [saving.measure(made, port, rounds=effort.rounds, saves=effort.saves)]
        if not saves_only:
            figures += page.measure(made, port, turns=effort.pages)
    return figures if saves_only else figures + document.measure(made, turns=effort.documents)


def on_postgres() -> list[Figure]:
    """The saves once more, on a PostgreSQL server that lives as long as they do."""
    command = ["bin/postgres", sys.executable, "-m", "tests.bench", SAVES_ONLY]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    figures: list[Figure] = pickle.loads(done.stdout)
    return figures


def tell(figures: list[Figure], load: tuple[float, float, float], *, is_quick: bool) -> None:
    """Write the file and print the table."""
    after = os.getloadavg()
    result = {
        "quick": is_quick,
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_average_before": load[0],
            "load_average_after": after[0],
        },
        "figures": [figure.as_json() for figure in figures],
    }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    RESULT.write_text(text + "\n", encoding="utf-8")
    print(table(figures))
    print()
    for line in lines_of_details(figures):
        print(line)
    print(
        f"{os.cpu_count()} cœurs, charge de la machine {number(load[0])} au début, "
        f"{number(after[0])} à la fin. Détail : {RESULT.relative_to(ROOT)}"
    )


def lines_of_details(figures: list[Figure]) -> list[str]:
    """What isn't compared with a limit: times, sizes, memory."""
    return [
        f"{figure.name}\u00a0: "
        + ", ".join(f"{key} {value}" for key, value in flat(figure.details))
        for figure in figures
        if figure.details
    ]


def flat(details: dict[str, object]) -> list[tuple[str, object]]:
    return [
        (f"{key} {name}" if name else key, number_)
        for key, value in details.items()
        for name, number_ in (value.items() if isinstance(value, dict) else [("", value)])
    ]


if __name__ == "__main__":
    sys.exit(main())
