"""From the lines to the tables: COPY from several processes, indexes made again afterwards.

Triggers and foreign keys are not looked at while it loads (``session_replication_role``): what is
written is right by construction, and tests/bench/test_bench_scale.py checks it. CHECK constraints hold.
"""

import datetime as dt
import io
import multiprocessing
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.db import connection, connections, models, transaction
from django.utils import timezone

from checklists.domain import applicability
from checklists.enums import Flag
from checklists.models import Checklist, ClausierVersion, ControlPoint
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.canonical import sha256_of
from vendors.models import Candidacy, Lot, Product, Tender, Vendor

from . import people, rows
from .chain import EVENTS
from .lines import Lines
from .people import Place
from .shape import Counts, Size, Whole
from .sheets import ANSWERS, FOUND, ITEMS, PATTERNS, SCORED, Point

PASSWORD = "matin-de-brume-2026"
"""Of everybody: it is hashed once."""
FLUSH = 4_000_000
"""Characters of a table kept in memory before they are sent."""

NUMBERED: dict[str, type[models.Model]] = {
    "users": User,
    "vendors": Vendor,
    "products": Product,
    "tenders": Tender,
    "lots": Lot,
    "candidacies": Candidacy,
}
"""The tables whose identifiers are counted here, by the name of the count."""

LARGE = [
    one.table
    for one in (
        ANSWERS, SCORED, FOUND, ITEMS, EVENTS, rows.ASSESSMENTS, rows.EVIDENCE, rows.JOINED,
        rows.RECEPTIONS, rows.TAKEOVERS, rows.SCANS, rows.DOCUMENTS, rows.CANDIDACIES,
        rows.CHECKLISTS, rows.INTERESTS, rows.DECISIONS, rows.RESERVED,
    )
]  # fmt: skip
"""The tables that are loaded without their indexes."""


@dataclass
class Loaded:
    """What was loaded, and how long each part took, in seconds."""

    whole: Whole
    first: Counts
    facility: int
    rows: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def witness(self) -> int:
        """The facility that is the same at every size."""
        return self.facility

    @property
    def rate(self) -> float:
        """Rows a second, indexes included."""
        return sum(self.rows.values()) / sum(self.seconds.values())


class Job(NamedTuple):
    """The facilities of one process, and where everything starts."""

    whole: Whole
    first: Counts
    facility: int
    library: rows.Library
    today: dt.date
    password: str
    numbers: list[int]


def load(size: Size, *, processes: int = 2, today: dt.date | None = None) -> Loaded:
    """Add the facilities of ``size`` to a migrated database that holds the clausiers."""
    if connection.vendor != "postgresql":
        raise RuntimeError("COPY is PostgreSQL's")
    whole = Whole.of(size)
    loaded = Loaded(whole, _first(), (_last(Facility) or 0) + 1)
    took = _Clock(loaded.seconds)
    indexes = _without_indexes() if size.assessments >= 10_000 else []
    job = Job(
        whole,
        loaded.first,
        loaded.facility,
        _library(),
        today or timezone.localdate(),
        make_password(PASSWORD),
        [],
    )
    jobs = [job._replace(numbers=numbers) for numbers in _shared(whole, processes)]
    _groups(loaded)
    connections.close_all()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for counted in pool.map(_run, jobs, chunksize=1):
            loaded.rows.update(counted)
    took("copy")
    _together([statement for _drop, statement in indexes], processes)
    _follow()
    took("indexes")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    took("vacuum")
    return loaded


def _shared(whole: Whole, processes: int) -> list[list[int]]:
    """Deal the facilities out, the largest first, each to the process that has the least to do."""
    hands: list[list[int]] = [[] for _ in range(processes)]
    weights = [0] * processes
    for one in sorted(whole.facilities, key=lambda one: -one.assessments):
        least = weights.index(min(weights))
        hands[least].append(one.number)
        weights[least] += one.assessments
    return hands


class _Clock:
    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.last = seconds, time.perf_counter()

    def __call__(self, what: str) -> None:
        now = time.perf_counter()
        self.seconds[what], self.last = now - self.last, now


# -- What everything starts from ------------------------------------------------------------------


def _last(model: type[models.Model]) -> int | None:
    found: int | None = model._default_manager.aggregate(last=models.Max("pk"))["last"]
    return found


def _first() -> Counts:
    """The first free identifiers. Assessments, checklists and what hangs on them count by theirs."""
    taken = {name: (_last(model) or 0) + 1 for name, model in NUMBERED.items()}
    if Checklist.objects.exists():
        raise RuntimeError("items count by the identifier of their checklist: start from none")
    return Counts(**taken, checklists=1, assessments=1)


def _library() -> rows.Library:
    version = ClausierVersion.objects.get(clausier__code="securite-numerique", number="2")
    points = tuple(
        Point(one.pk, one.ref, one.position, one.answer_kind, tuple(one.reviewers))
        for one in ControlPoint.objects.filter(version=version).order_by("position")
    )
    profile = sorted(applicability.closure(map(str, Flag)))
    hashes = tuple(_hash_of(version, profile, points, number) for number in range(PATTERNS))
    return rows.Library(version.pk, points, profile, hashes)


def _hash_of(
    version: ClausierVersion, profile: list[str], points: tuple[Point, ...], number: int
) -> str:
    """The hash of a checklist of these weights, as ``domain.checklists.content`` has it."""
    weights = rows.pattern(number, points)
    items = [
        {
            "ref": point.ref,
            "applicable": True,
            "force": "",
            "reason": "",
            "knock_out": knock_out,
            "weight": f"{weight:.2f}",
            **({} if effect == "scored_zero" else {"effect": effect}),
        }
        for point, weight, knock_out, effect in zip(
            points, weights.weights, weights.knock_outs, weights.effects, strict=True
        )
    ]
    return sha256_of(
        {
            "clausier": version.clausier.code,
            "version": version.number,
            "version_sha256": version.content_sha256,
            "profile": profile,
            "items": items,
        }
    )


# -- COPY -----------------------------------------------------------------------------------------


class _Sink:
    """The lines of each table until there are enough of them to be sent."""

    def __init__(self, cursor: Any) -> None:
        self.cursor, self.rows = cursor, Counter[str]()
        self.waiting: dict[Lines, list[str]] = defaultdict(list)
        self.length: Counter[Lines] = Counter()

    def add(self, lines: Lines, text: str) -> None:
        self.waiting[lines].append(text)
        self.length[lines] += len(text)
        if self.length[lines] > FLUSH:
            self.send(lines)

    def send(self, lines: Lines) -> None:
        text = "".join(self.waiting.pop(lines))
        self.length[lines] = 0
        self.rows[lines.table] += text.count("\n")
        self.cursor.copy_expert(lines.copy, io.StringIO(text))

    def finish(self) -> None:
        for lines in list(self.waiting):
            self.send(lines)


def _run(job: Job) -> Counter[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        sink = _Sink(cursor)
        with transaction.atomic():
            for number in job.numbers:
                counts = job.first.plus(job.whole.starts[number])
                place = Place(job.facility + number, counts, job.today, job.password)
                shape = job.whole.facilities[number]
                written = rows.Purchases(shape, place, job.library, job.whole.size.events)
                for lines, text in written.rows():
                    sink.add(lines, text)
            sink.finish()
    connections.close_all()
    return sink.rows


def _groups(loaded: Loaded) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        sink = _Sink(cursor)
        for lines, text in people.groups(loaded.facility, len(loaded.whole.facilities)):
            sink.add(lines, text)
        sink.finish()
    loaded.rows.update(sink.rows)


def _follow() -> None:
    """Let the sequences go on after the identifiers that were counted here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, pg_get_serial_sequence(c.table_name, c.column_name)"
            " FROM information_schema.columns c"
            " WHERE c.table_schema = current_schema() AND c.column_name = 'id' AND c.is_identity = 'YES'"
        )
        for table, sequence in cursor.fetchall():
            name = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT setval(%s, (SELECT max(id) FROM {name})) FROM {name} LIMIT 1", [sequence]
            )


# -- Indexes --------------------------------------------------------------------------------------


def _without_indexes() -> list[tuple[str, str]]:
    """Drop the indexes of the large tables, primary keys apart; return how each is made again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)",
            [LARGE],
        )
        found = [
            (
                f"ALTER TABLE {table} DROP CONSTRAINT {_quoted(name)}",
                f"ALTER TABLE {table} ADD CONSTRAINT {_quoted(name)} {definition}",
            )
            for table, name, definition in cursor.fetchall()
        ]
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT EXISTS"
            " (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            [LARGE],
        )
        found += [(f"DROP INDEX {name}", definition) for name, definition in cursor.fetchall()]
        for drop, _make in found:
            cursor.execute(drop)
    return found


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _together(statements: list[str], processes: int) -> None:
    """Run statements on as many connections as there are processes."""

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute(statement)

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(run, statements))
        list(pool.map(lambda _n: connection.close(), range(4 * processes)))
