"""``python -m tests.bench``: measure, print the table, write it to ``var/``. See ``make bench``.

``var/bench.json`` holds every detail, ``var/bench.md`` the table for the README.

``QUICK=1`` measures less, in less than 45 seconds: neither PostgreSQL nor ten thousand assessments.
A target that is missed is told, and is no error.
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

from .figures import Figure, markdown, number, table

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var/bench"
RESULT = ROOT / "var/bench.json"
TABLE = ROOT / "var/bench.md"
POSTGRES = Path("/usr/lib/postgresql")
SERVER_ONLY = "--server-only"
"""What depends on the database, and nothing else."""


class Effort(NamedTuple):
    """How often each thing is measured."""

    rounds: int
    saves: int
    pages: int
    documents: int
    keys: int
    views: int
    growth: int
    refusals: int


QUICK = Effort(rounds=6, saves=20, pages=12, documents=1, keys=40, views=2, growth=0, refusals=20)
FULL = Effort(rounds=20, saves=50, pages=40, documents=6, keys=117, views=5, growth=8, refusals=100)


def main() -> int:
    effort = QUICK if os.environ.get("QUICK", "0") not in ("", "0") else FULL
    server_only = SERVER_ONLY in sys.argv
    load = os.getloadavg()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as home:
        set_environment(Path(home), keep_database=server_only)
        figures = measure(effort, server_only=server_only)
    if server_only:
        pickle.dump(figures, sys.stdout.buffer)
        return 0
    if effort is FULL and POSTGRES.is_dir():
        figures += on_postgres()
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


def measure(effort: Effort, *, server_only: bool) -> list[Figure]:
    """Prepare the data, measure through the server, then what is made outside of it."""
    import django
    from django.core.management import call_command

    django.setup()
    # They read the settings when they are imported.
    from . import (
        analysis,
        browser,
        comparison,
        content,
        document,
        growth,
        page,
        saving,
        server,
        sign_in,
        tender,
        workbook,
    )

    call_command("collectstatic", verbosity=0, interactive=False)
    made = content.prepare()
    with server.running() as port:
        figures = [
            saving.measure(made, port, clients=clients, rounds=rounds, saves=effort.saves)
            for clients, rounds in ((1, effort.rounds), (content.MOST_CLIENTS, effort.rounds // 3))
        ]
        figures.append(
            saving.measure(
                made,
                port,
                clients=1,
                rounds=effort.rounds,
                saves=effort.saves,
                kind=analysis.FindingRequests,
            )
        )
        if not server_only:
            figures += page.measure(made, port, turns=effort.pages)
            figures += browser.measure(made, port, keys=effort.keys, views=effort.views)
            figures.append(sign_in.measure(made, port, turns=effort.refusals))
    if not server_only:
        figures += workbook.measure(made, turns=effort.documents)
        figures += comparison.measure(made, turns=effort.pages)
        figures += tender.measure(made, turns=effort.documents)
        figures += document.measure(made, turns=effort.documents)
        figures += analysis.measure(made, turns=min(effort.documents, 3))
    return figures + (growth.measure(made, rounds=effort.growth) if effort.growth else [])


def on_postgres() -> list[Figure]:
    """What depends on the database, on a PostgreSQL server that lives as long as it is measured."""
    command = ["bin/postgres", sys.executable, "-m", "tests.bench", SERVER_ONLY]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    figures: list[Figure] = pickle.loads(done.stdout)
    return figures


def tell(figures: list[Figure], load: tuple[float, float, float], *, is_quick: bool) -> None:
    """Write the files and print the table."""
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
    TABLE.write_text(markdown(figures), encoding="utf-8")
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
