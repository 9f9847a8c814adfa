"""One installation of one size, in a process of its own: loaded, served, and asked for figures.

``python -m tests.bench.scale.instance SIZE`` answers one line of JSON a line that it reads, on the
database of DATABASE_URL; it stops at the end of its input.
"""

import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from uniha_clausier.common import processes

ROOT = Path(__file__).resolve().parents[3]
TURNS = 3
"""How often a document is made."""


def main() -> int:
    from tests.bench.__main__ import set_environment

    folder = Path(os.environ["SCALE_FOLDER"])
    with tempfile.TemporaryDirectory(dir=folder) as home:
        set_environment(Path(home), keep_database=True)
        import django

        django.setup()
        serve(int(sys.argv[1]))
    return 0


def serve(assessments: int) -> None:
    """Load, start the web server, then answer what the parent asks."""
    from django.core.management import call_command

    from tests.bench import server

    from . import loading
    from .shape import Size
    from .witness import Witness

    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("load_clausiers", stdout=io.StringIO())
    loaded = loading.load(Size.of(assessments))
    witness = Witness(loaded.witness)
    workers = os.environ.get("WEB_WORKERS", "2")
    with server.running(WEB_WORKERS=workers) as port:
        tell(
            {
                "port": port,
                "pid": os.getpid(),
                "assessments": assessments,
                "load": {
                    "seconds": loaded.seconds,
                    "rows": sum(loaded.rows.values()),
                    "tables": loaded.rows,
                    "rate": loaded.rate,
                },
                "headers": witness.headers(),
                "asked": witness.asked(),
                "scores": witness.scores(),
                "findings": witness.findings(),
            }
        )
        for line in sys.stdin:
            tell(ANSWERS[line.strip()](witness))


def tell(what: Any) -> None:
    print(json.dumps(what), flush=True)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def medians(act: Callable[[], Any]) -> float:
    return statistics.median(timed(act)[0] for _ in range(TURNS))


# -- What is asked ----------------------------------------------------------------------------


def sizes(_witness: Any) -> dict[str, Any]:
    """The bytes of each table and of its indexes, and of the whole."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = current_schema()"
            " ORDER BY pg_total_relation_size(c.oid) DESC"
        )
        tables = cursor.fetchall()
        cursor.execute("SELECT pg_database_size(current_database())")
        return {"tables": tables[:16], "bytes": cursor.fetchone()[0]}


def migrations(_witness: Any) -> dict[str, float]:
    """What a migration that runs under load does on the largest table."""
    from django.db import connection

    acts = {
        "colonne": "ALTER TABLE checklists_answer ADD COLUMN essai integer NULL",
        "index": "CREATE INDEX CONCURRENTLY essai ON checklists_answer (assessment_id, updated_at)",
        "colonne retirée": "ALTER TABLE checklists_answer DROP COLUMN essai",
        "index retiré": "DROP INDEX CONCURRENTLY essai",
    }
    with connection.cursor() as cursor:
        return {name: timed(partial(cursor.execute, sql))[0] for name, sql in acts.items()}


def documents(witness: Any) -> dict[str, float]:
    """Files of one tender, made as the worker makes them; seconds."""
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from checklists import tasks
    from checklists.documents import answer_form, answer_workbook, dossier
    from checklists.domain import receptions
    from vendors.models import Tender

    one = witness.assessments[0]
    witness.give_files()
    tasks.produce_annexes.func(witness.checklist.pk)
    pdf = medians(lambda: tasks.export_now(assessment=one))
    for other in witness.assessments[1:]:
        tasks.export_now(assessment=other)
    tender = Tender.objects.get(pk=witness.tender.pk)
    form = answer_form.filled(one)
    file = answer_workbook.written(form, "xlsx")
    fresh = witness.fresh
    reception, _is_new = receptions.receive(
        assessment=fresh, content=file, kind="xlsx", sent_as="reponse.xlsx", by=witness.buyer
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(witness.buyer)
    url = reverse("checklists:reception_detail", args=[reception.pk])
    html = client.get(url).content.decode()
    found = re.search(r'name="versions" value="([^"]*)"', html)
    assert found is not None
    seen = medians(lambda: client.get(url))
    taken, answer = timed(lambda: client.post(url, {"versions": found[1]}))
    assert answer.status_code == 302
    return {
        "PDF scellé": pdf,
        "Classeur de réponse": medians(lambda: answer_workbook.written(form, "xlsx")),
        "Dossier de cinq candidats": medians(
            lambda: dossier.made(tender, at=timezone.now(), by="")
        ),
        "Essai à blanc d’un classeur": seen,
        "Reprise d’un classeur": taken,
    }


def backup(_witness: Any) -> dict[str, float]:
    """The time and the size of one backup, which is removed."""
    from django.conf import settings
    from django.core.management import call_command

    target = Path(settings.CLAUSIER_HOME) / "sauvegarde.tar"
    seconds, _ = timed(lambda: call_command("backup", str(target), stdout=io.StringIO()))
    found = {"seconds": seconds, "bytes": float(target.stat().st_size)}
    target.unlink()
    return found


def restored(_witness: Any) -> dict[str, float]:
    """Save everything, lose everything, put it back: counts, hashes and chains are checked by it."""
    import shutil

    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    target = Path(settings.CLAUSIER_HOME) / "sauvegarde.tar"
    saved, _ = timed(lambda: call_command("backup", str(target), stdout=io.StringIO()))
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    shutil.rmtree(Path(settings.CLAUSIER_HOME) / "files", ignore_errors=True)
    back, _ = timed(lambda: call_command("restore", str(target), stdout=io.StringIO()))
    return {"sauvegarde": saved, "restauration": back, "ensemble": saved + back}


def journal(witness: Any) -> dict[str, float]:
    """The time to verify chains of a hundred thousand events, or all of them when there are fewer."""
    from django.db.models import Count

    from uniha_clausier.common import journal as chains
    from uniha_clausier.common.models import AuditEvent

    counted = AuditEvent.objects.values_list("tenant").annotate(n=Count("pk")).order_by("-n")
    tenants, events = [], 0
    for tenant, number in counted:
        if events < 100_000:
            tenants.append(tenant)
            events += number
    seconds, bad = timed(lambda: list(chains.verify(tenants=tenants)))
    assert not bad
    return {"events": events, "seconds": seconds, "par 100000": seconds * 100_000 / events}


def crowd(_witness: Any) -> list[dict[str, Any]]:
    """People who may work at once: each with a session and an assessment of their own."""
    from tests.bench.load import crowd

    return crowd.people()


_workers: list["subprocess.Popen[bytes]"] = []


def worker(_witness: Any) -> int:
    """Start the worker of the product on this installation; ``rest`` stops it."""
    command = [sys.executable, "manage.py", "work"]
    die = processes.die_with_parent
    _workers.append(subprocess.Popen(command, cwd=ROOT, preexec_fn=die))  # noqa: PLW1509
    return _workers[-1].pid


def rest(_witness: Any) -> int:
    """Stop the workers that were started; return how many."""
    for one in _workers:
        one.terminate()
        one.wait(60)
    return len(_workers)


ANSWERS: dict[str, Callable[[Any], Any]] = {
    "headers": lambda witness: witness.headers(),
    "sizes": sizes,
    "migrations": migrations,
    "documents": documents,
    "backup": backup,
    "restored": restored,
    "journal": journal,
    "crowd": crowd,
    "worker": worker,
    "rest": rest,
}

if __name__ == "__main__":
    sys.exit(main())
