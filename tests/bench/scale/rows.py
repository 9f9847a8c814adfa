"""The purchases of one facility: tenders, checklists, candidacies, assessments and their journal."""

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from checklists.models import (
    Assessment,
    AssessmentDecision,
    Checklist,
    Document,
    Evidence,
    InterestDeclaration,
    PointDecision,
    Reception,
    Retention,
    TakeOver,
)
from uniha_clausier.common.canonical import canonical_json, sha256_of
from uniha_clausier.common.models import FileScan
from vendors.models import Candidacy, Lot, Opening, Tender

from . import texts
from .chain import EVENTS, HEADS, Chain
from .lines import NULL, Lines
from .people import People, Place, Written
from .shape import BIG_VENDORS, FacilityShape, Stage, TenderShape
from .sheets import (
    ANSWERS,
    ASSESSMENT,
    FOUND,
    ITEMS,
    LEVELS,
    PATTERNS,
    REVIEWING,
    SCORED,
    SHEETS,
    Pattern,
    Point,
    Sheet,
    filled,
)

FILES_EACH = 2
"""Files joined to each assessment."""
PROCEDURES = ("open", "adapted", "negotiated", "restricted", "framework", "no_publicity")
PROCEDURE_CHANCES = (45, 30, 8, 4, 9, 4)

TENDERS = Lines(
    Tender, "id", "facility_id", "reference", "title", "procedure", "publication_date", "deadline",
    "has_lots", "created_at", "created_by_id",
)  # fmt: skip
LOTS = Lines(Lot, "id", "tender_id", "number", "title")
OPENINGS = Lines(Opening, "tender_id", "opened_at", "people", "recorded_at", "recorded_by_id")
CHECKLISTS = Lines(
    Checklist, "id", "lot_id", "version_id", "profile", "state", "created_at", "created_by_id",
    "published_at", "published_by_id", "content_sha256",
)  # fmt: skip
CANDIDACIES = Lines(
    Candidacy, "id", "lot_id", "vendor_id", "product_id", "stage", "created_at", "created_by_id"
)
ASSESSMENTS = Lines(
    Assessment, "id", "facility_id", "candidacy_id", "checklist_id", "created_at", "created_by_id",
    "changed_at", "total", "answered", "scored", "weight_sum", "score_sum", "answers_sha256",
    "answers_frozen_at", "answers_frozen_by_id", "signed_at",
)  # fmt: skip
RECEPTIONS = Lines(
    Reception, "id", "assessment_id", "number", "received_at", "received_by_id", "sent_as", "kind",
    "file_name", "file_sha256", "file_size",
)  # fmt: skip
TAKEOVERS = Lines(TakeOver, "reception_id", "at", "by_id", "changed")
EVIDENCE = Lines(
    Evidence, "id", "assessment_id", "name", "kind", "file_name", "file_sha256", "file_size",
    "added_at", "added_by_id",
)  # fmt: skip
JOINED = Lines(Evidence.items.through, "evidence_id", "checklistitem_id")
SCANS = Lines(FileScan, "file_name", "state", "scanned_at", "tries", "due_at", "tenant", "subject")
DOCUMENTS = Lines(
    Document, "assessment_id", "number", "state", "requested_at", "requested_by_id", "content",
    "content_sha256", "attempts", "finished_at", "file_name", "file_sha256", "file_size",
    "page_count",
)  # fmt: skip
INTERESTS = Lines(InterestDeclaration, "tender_id", "person_id", "value", "declared_at")
DECISIONS = Lines(
    AssessmentDecision, "assessment_id", "value", "reason", "version", "decided_at", "decided_by_id"
)
RESERVED = Lines(
    PointDecision, "assessment_id", "item_id", "value", "commitment", "owner", "due_on",
    "answer_version", "score_version", "version", "decided_at", "decided_by_id",
)  # fmt: skip
RETENTIONS = Lines(
    Retention, "id", "tender_id", "signed_on", "executed_on", "procedure_until", "contract_until",
    "changed_at", "changed_by_id",
)  # fmt: skip
HOLDERS = Lines(Retention.holders.through, "retention_id", "candidacy_id")

CONTENT: dict[str, Any] = {"format": "clausier/evaluation", "note": "banc d’essai"}


class Library(NamedTuple):
    """What every facility draws from: the clausier, the sheets, the weights."""

    version: int
    points: tuple[Point, ...]
    profile: list[str]
    hashes: tuple[str, ...]
    """The hash of a checklist, for each pattern of weights."""

    @property
    def scored(self) -> list[int]:
        """The places of the points that are scored, among all those of a checklist."""
        return [n for n, point in enumerate(self.points) if point.is_scored]


@lru_cache(maxsize=SHEETS)
def sheet(number: int, points: tuple[Point, ...]) -> Sheet:
    return Sheet(number, points)


@lru_cache(maxsize=PATTERNS)
def pattern(number: int, points: tuple[Point, ...]) -> Pattern:
    return Pattern(number, points)


class Facts(NamedTuple):
    """One tender on its way: who buys, when each thing happened."""

    pk: int
    shape: TenderShape
    published: dt.date
    deadline: dt.date
    buyer: int
    reference: str
    procedure: str

    @property
    def is_opened(self) -> bool:
        return self.procedure not in ("framework", "no_publicity") and self.has_offers

    @property
    def has_offers(self) -> bool:
        return self.shape.stage >= Stage.ASSESSING

    @property
    def is_finished(self) -> bool:
        return self.shape.stage == Stage.FINISHED


class Purchases:
    """Writes every tender of one facility, in order, and its journal."""

    def __init__(self, shape: FacilityShape, place: Place, library: Library, events: int) -> None:
        self.shape, self.place, self.library, self.events = shape, place, library, events
        self.people = People(shape, place)
        self.chance = random.Random(f"{shape.seed}/{shape.number}/purchases")
        self.chain = Chain(place.facility)
        counts = place.counts
        self.lot, self.checklist = counts.lots, counts.checklists
        self.candidacy, self.assessment = counts.candidacies, counts.assessments
        self.scored = itemgetter(*library.scored)

    def rows(self) -> Written:
        yield from self.people.rows()
        yield from self.people.vendors()
        for number, tender in enumerate(self.shape.tenders):
            yield from self._tender(self.place.counts.tenders + number, number, tender)
            yield EVENTS, self.chain.taken()
        yield HEADS, self.chain.head

    @cached_property
    def _vendor_weights(self) -> list[float]:
        """Big vendors answer often, the others one after the other less and less."""
        number = len(self.shape.products_of)
        return [8.0] * BIG_VENDORS + [4 / (n + 1) ** 0.5 for n in range(number - BIG_VENDORS)]

    @cached_property
    def _first_products(self) -> list[int]:
        found, pk = [], self.place.counts.products
        for sold in self.shape.products_of:
            found.append(pk)
            pk += sold
        return found

    # -- The purchase -------------------------------------------------------------------------

    def _tender(self, pk: int, number: int, shape: TenderShape) -> Written:
        facts = self._facts(pk, number, shape)
        title = f"{self.chance.choice(texts.OBJECTS)} : {self.chance.choice(texts.OBJECTS_WHY)}"
        yield (
            TENDERS,
            TENDERS.line
            % (
                pk, self.place.facility, facts.reference, title, facts.procedure,
                facts.published, _moment(facts.deadline, 12), "t" if len(shape.lots) > 1 else "f",
                _moment(facts.published - dt.timedelta(days=20)), facts.buyer,
            ),
        )  # fmt: skip
        self._event(
            "tender.created", f"tender/{pk}", {"title": title}, facts.published, facts.buyer
        )
        yield from self._opening(facts)
        winners: list[int] = []
        for n, candidates in enumerate(shape.lots, start=1):
            yield LOTS, LOTS.line % (self.lot, pk, n, title if n == 1 else f"{title}, lot {n}")
            yield from self._lot(facts, candidates, winners)
            self.lot += 1
            self.checklist += 1
        if facts.is_finished and shape.age > 420 and self.chance.random() < 0.9:
            yield from self._retention(facts, winners)

    def _facts(self, pk: int, number: int, shape: TenderShape) -> Facts:
        published = self.place.today - dt.timedelta(days=shape.age)
        deadline = published + dt.timedelta(days=32 if shape.stage > Stage.PUBLISHED else 75)
        is_measured = self.is_witness_tender(shape)
        [procedure] = self.chance.choices(PROCEDURES, PROCEDURE_CHANCES)
        buyer = self.chance.choice(self.people.buyers)
        if is_measured:
            procedure, buyer = "open", self.people.buyers[0]
        reference = f"{published.year}-{'T' if is_measured else 'M'}{number:05}"
        return Facts(pk, shape, published, deadline, buyer, reference, procedure)

    def is_witness_tender(self, shape: TenderShape) -> bool:
        return self.shape.is_witness and shape == self.shape.witness_tender

    def _opening(self, facts: Facts) -> Written:
        if not facts.has_offers:
            return
        opened = facts.deadline + dt.timedelta(days=1)
        if facts.is_opened:
            yield (
                OPENINGS,
                OPENINGS.line
                % (
                    facts.pk,
                    _moment(opened),
                    "Paul Durand, acheteur",
                    _moment(opened, 11),
                    facts.buyer,
                ),
            )
            data = {"opened_at": _utc(opened).isoformat(), "people": 1}
            self._event("tender.opened", f"tender/{facts.pk}", data, opened, facts.buyer)
        for role in REVIEWING:
            person = self.people.specialists[role]
            yield INTERESTS, INTERESTS.line % (facts.pk, person, "clear", _moment(opened, 14))

    def _retention(self, facts: Facts, winners: list[int]) -> Written:
        """Dated as the law says: five years from the signature, ten from the end."""
        signed = facts.deadline + dt.timedelta(days=160)
        executed = signed + dt.timedelta(days=365) if facts.shape.age > 1400 else None
        until = signed.replace(year=signed.year + 5, day=min(signed.day, 28))
        end = (
            executed.replace(year=executed.year + 10, day=min(executed.day, 28))
            if executed
            else None
        )
        yield (
            RETENTIONS,
            RETENTIONS.line
            % (
                facts.pk, facts.pk, signed, executed or NULL, until, end or NULL, _moment(signed),
                facts.buyer,
            ),
        )  # fmt: skip
        yield HOLDERS, HOLDERS.of((facts.pk, winner) for winner in winners)

    # -- The lot ------------------------------------------------------------------------------

    def _lot(self, facts: Facts, candidates: int, winners: list[int]) -> Written:
        number = self.chance.randrange(PATTERNS)
        weights = pattern(number, self.library.points)
        is_published = facts.shape.stage > Stage.TO_PREPARE
        day = _moment(facts.published)
        yield (
            CHECKLISTS,
            CHECKLISTS.line
            % (
                self.checklist, self.lot, self.library.version, _json(self.library.profile),
                "published" if is_published else "draft", day, facts.buyer,
                day if is_published else NULL, facts.buyer if is_published else NULL,
                self.library.hashes[number] if is_published else "",
            ),
        )  # fmt: skip
        every = len(self.library.points)
        items = tuple(range(self.checklist * every, (self.checklist + 1) * every))
        yield ITEMS, weights.lines.replace(ASSESSMENT, str(self.checklist)) % items
        if is_published:
            data = {"sha256": self.library.hashes[number], "lot": 1}
            subject = f"checklist/{self.checklist}"
            self._event("checklist.published", subject, data, facts.published, facts.buyer)
        registered = candidates or (3 if facts.shape.stage == Stage.PUBLISHED else 0)
        winner = self.chance.randrange(registered) if facts.is_finished else None
        for n, vendor in enumerate(self._answering(registered)):
            yield from self._candidacy(facts, vendor, _stage(winner, n))
            if candidates:
                if n == winner:
                    winners.append(self.candidacy)
                yield from self._assessment(facts, weights, number, items, n == winner)
            self.candidacy += 1

    def _answering(self, number: int) -> list[int]:
        """Draw vendors without putting them back, the big ones more often."""
        keys = [self.chance.random() ** (1 / weight) for weight in self._vendor_weights]
        return sorted(range(len(keys)), key=keys.__getitem__, reverse=True)[:number]

    def _candidacy(self, facts: Facts, vendor: int, stage: str) -> Written:
        yield (
            CANDIDACIES,
            CANDIDACIES.line
            % (
                self.candidacy, self.lot, self.place.counts.vendors + vendor,
                self._first_products[vendor], stage, _moment(facts.deadline), facts.buyer,
            ),
        )  # fmt: skip

    # -- The assessment -----------------------------------------------------------------------

    def _assessment(
        self, facts: Facts, weights: Pattern, number: int, items: tuple[int, ...], is_winner: bool
    ) -> Written:
        one = sheet(self.chance.randrange(SHEETS), self.library.points)
        level, is_answered = self._progress(facts)
        asked, pk = self.scored(items), self.assessment
        received = facts.deadline + dt.timedelta(days=2)
        scored = min(received + dt.timedelta(days=20), self.place.today)
        frozen, signed = NULL, NULL
        if is_answered:
            frozen = _moment(received, 15)
            yield from self._files(facts, one, items, received)
        if facts.is_finished and facts.shape.age > 500 and self.chance.random() < 0.5:
            signed = _moment(scored, 18)
        sums = one.sums(weights, level)
        fingerprint = self._fingerprint(number, one) if is_answered else ""
        yield (
            ASSESSMENTS,
            ASSESSMENTS.line
            % (
                pk, self.place.facility, self.candidacy, self.checklist, _moment(received),
                facts.buyer, _moment(scored, 17), len(asked), len(asked) if is_answered else 0,
                sums.scored, sums.possible, sums.earned, fingerprint, frozen,
                facts.buyer if is_answered else NULL, signed,
            ),
        )  # fmt: skip
        told: dict[str, Any] = {"assessment": pk, "person": facts.buyer, "items": asked}
        answers = one.answers if is_answered else one.no_answers
        yield ANSWERS, filled(answers, day=str(received), **told)
        yield SCORED, filled(one.scores(level), day=str(scored), **told)
        if level:
            yield from self._findings(one, pk, asked, scored)
        self._journal(facts, one, level, fingerprint, (received, scored))
        if facts.is_finished:
            yield from self._finished(facts, items, scored, is_winner)
        self.assessment += 1

    def _progress(self, facts: Facts) -> tuple[int, bool]:
        """How much is scored, in percent, and whether the candidate answered."""
        if facts.is_finished:
            return 100, True
        if self.is_witness_tender(facts.shape):
            return 80, True
        [level] = self.chance.choices(LEVELS, (25, 15, 20, 20, 20))
        return level, level > 0 or self.chance.random() < 0.7

    def _findings(
        self, one: Sheet, pk: int, asked: tuple[int, ...], day: dt.date
    ) -> Iterator[tuple[Lines, str]]:
        for role in REVIEWING:
            lines, places = one.findings[role]
            if lines and self.chance.random() < 0.55:
                told = tuple(asked[place] for place in places)
                person = self.people.specialists[role]
                yield (
                    FOUND,
                    filled(lines, assessment=pk, person=person, day=str(day), items=told),
                )

    def _hash_of(self, what: str) -> str:
        return hashlib.sha256(f"{what}/{self.assessment}".encode()).hexdigest()

    @cached_property
    def _evidence_places(self) -> list[int]:
        """The points that the files back: the first ones that ask for a document."""
        documents = [n for n, p in enumerate(self.library.points) if p.kind.startswith("document")]
        return documents[:FILES_EACH]

    def _fingerprint(self, number: int, one: Sheet) -> str:
        evidence = [
            {"ref": self.library.points[place].ref, "sha256": self._hash_of(f"evidence{n}")}
            for n, place in enumerate(self._evidence_places)
        ]
        files = [{"number": 1, "sha256": self._hash_of("reception")}]
        return one.fingerprint(self.library.hashes[number], evidence, files)

    def _files(
        self, facts: Facts, one: Sheet, items: tuple[int, ...], received: dt.date
    ) -> Written:
        """The workbook that came, what was taken over from it, and the files joined."""
        pk, moment = self.assessment, _moment(received)
        sha256 = self._hash_of("reception")
        name = f"receptions/{sha256}.xlsx"
        yield (
            RECEPTIONS,
            RECEPTIONS.line
            % (pk, pk, 1, moment, facts.buyer, "Réponses.xlsx", "xlsx", name, sha256, 48_211),
        )
        yield TAKEOVERS, TAKEOVERS.line % (pk, moment, facts.buyer, 2 * len(one.points))
        yield SCANS, self._scan(name, moment)
        for n, place in enumerate(self._evidence_places):
            sha256 = self._hash_of(f"evidence{n}")
            name, file = f"evidence/{sha256}.pdf", pk * FILES_EACH + n
            size = 20_000 + int(sha256[:4], 16) * 40
            yield (
                EVIDENCE,
                EVIDENCE.line
                % (
                    file,
                    pk,
                    f"Justificatif {n + 1}.pdf",
                    "pdf",
                    name,
                    sha256,
                    size,
                    moment,
                    facts.buyer,
                ),
            )
            yield JOINED, JOINED.line % (file, items[place])
            yield SCANS, self._scan(name, moment)

    def _scan(self, name: str, moment: str) -> str:
        subject = f"assessment/{self.assessment}"
        return SCANS.line % (name, "clean", moment, 1, moment, self.place.facility, subject)

    def _finished(
        self, facts: Facts, items: tuple[int, ...], day: dt.date, is_winner: bool
    ) -> Written:
        pk, moment, sha256 = self.assessment, _moment(day, 18), self._hash_of("document")
        yield (
            DOCUMENTS,
            DOCUMENTS.line
            % (
                pk, 1, "ready", moment, facts.buyer, _json(CONTENT), sha256_of(CONTENT), 1, moment,
                f"documents/{sha256}.pdf", sha256, 1_480_000, 63,
            ),
        )  # fmt: skip
        value, reason = ("accepted", "") if is_winner else ("refused", "Offre moins bien notée.")
        yield DECISIONS, DECISIONS.line % (pk, value, reason, 1, moment, facts.buyer)
        if is_winner:
            due = day + dt.timedelta(days=180)
            yield (
                RESERVED,
                RESERVED.of(
                    (
                        pk, items[place], "reserved", "Remettre la preuve annoncée.",
                        "Chef de projet du titulaire", due, 2, 1, 1, moment, facts.buyer,
                    )
                    for place in self._evidence_places
                ),
            )  # fmt: skip

    # -- The journal --------------------------------------------------------------------------

    def _journal(
        self, facts: Facts, one: Sheet, level: int, sha256: str, days: tuple[dt.date, dt.date]
    ) -> None:
        """The acts of an assessment; of its points, the last ``events`` that were written."""
        subject, (received, scored) = f"assessment/{self.assessment}", days
        data = {"vendor": f"vendor/{self.candidacy}", "checklist": self.library.hashes[0]}
        self._event("assessment.started", subject, data, received, facts.buyer)
        if sha256:
            for place in range(self.events):
                self._point(subject, one, place, "claim", received, facts.buyer)
            self._event("answers.frozen", subject, {"sha256": sha256}, received, facts.buyer, 15)
        for place in range(min(self.events, one.sums_end(level))):
            self._point(subject, one, place, "score", scored, facts.buyer)
        if facts.is_finished:
            self._event("document.requested", subject, {"number": 1}, scored, facts.buyer, 18)

    def _point(
        self, subject: str, one: Sheet, place: int, field: str, day: dt.date, by: int
    ) -> None:
        after = getattr(one.given[place], field)
        data = {"field": field, "before": "", "after": after, "version": 1}
        ref = one.points[place].ref
        self._event(f"{field}.changed", f"{subject}/{ref}", data, day, by)

    def _event(
        self, action: str, subject: str, data: dict[str, Any], day: dt.date, by: int, hour: int = 9
    ) -> None:
        self.chain.record(action, subject, data, _utc(day, hour), by)


def _stage(winner: int | None, place: int) -> str:
    if winner is None:
        return "tenderer"
    return "contractor" if place == winner else "rejected"


def _moment(day: dt.date, hour: int = 9) -> str:
    return f"{day} {hour:02}:00:00+00"


def _utc(day: dt.date, hour: int = 9) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)


def _json(value: Any) -> str:
    return canonical_json(value).replace("\\", "\\\\")
