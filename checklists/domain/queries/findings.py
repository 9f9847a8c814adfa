"""Reads of the findings: the list of one reviewer, with what the candidate claims."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, Q, QuerySet

from uniha_clausier.accounts.enums import Role
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.rows import SOME_NUMBER, SOME_TEXT, PreparedRows
from vendors.models import Candidacy, Lot, Opening, Tender

from ...enums import AnswerKind
from ...models import Assessment, Checklist, ChecklistItem, ClausierVersion, Finding
from ...models.finding import REVIEWERS
from ..assessments import subject_of
from ..outdated import is_finding_outdated
from . import routing
from .grid import Catalogue


class Line(NamedTuple):
    """One point to review: what is claimed, and what the role found."""

    ref: str
    is_knock_out: bool
    claim: str
    claim_text: str
    answer_version: int
    finding: str
    comment: str
    sharing: str
    version: int
    read_version: int
    at: dt.datetime | None
    author: str
    taken_from: int | None
    """The version of the assessment in which it was given, when this one took it over."""

    @property
    def is_outdated(self) -> bool:
        """Whether the claim changed after the finding."""
        return is_finding_outdated(self.finding, self.read_version, self.answer_version)

    @property
    def is_left(self) -> bool:
        """Whether the reviewer still has something to do here."""
        return not self.finding or self.is_outdated


def to_find(pk: int) -> Assessment:
    """Return an assessment with what a saved finding asks: the opening, the clausier; no text.

    One prepared query. Raises Assessment.DoesNotExist.
    """
    rows = _TO_FIND(pk)
    if not rows:
        raise Assessment.DoesNotExist
    facility, signed, number, checklist, version, clausier, tender_pk, procedure, opened = rows[0]
    tender = Tender(pk=tender_pk, facility_id=facility, procedure=procedure)
    if opened:
        Opening(tender=tender, opened_at=opened)  # the tender knows it from here
    return Assessment(
        pk=pk,
        facility_id=facility,
        signed_at=signed,
        number=number,
        candidacy=Candidacy(lot=Lot(tender=tender)),
        checklist=Checklist(
            pk=checklist, version=ClausierVersion(pk=version, clausier_id=clausier)
        ),
    )


_TO_FIND = PreparedRows(
    lambda pk: Assessment.objects.filter(pk=pk).values_list(
        "facility_id",
        "signed_at",
        "number",
        "checklist_id",
        "checklist__version_id",
        "checklist__version__clausier_id",
        "candidacy__lot__tender_id",
        "candidacy__lot__tender__procedure",
        "candidacy__lot__tender__opening__opened_at",
    ),
    SOME_NUMBER,
)


def lines(assessment: Assessment, role: str, texts: Catalogue) -> list[Line]:
    """Return the points routed to ``role``, in official order: two queries."""
    routed = routing.reviewers(assessment, texts)
    items = (
        ChecklistItem.objects.filter(checklist=assessment.checklist_id, is_applicable=True)
        .exclude(point__answer_kind=AnswerKind.NONE)
        .annotate(
            answer=FilteredRelation("answers", condition=Q(answers__assessment=assessment)),
            own=FilteredRelation(
                "findings", condition=Q(findings__assessment=assessment, findings__role=role)
            ),
        )
        .order_by("position", "pk")
    )
    rows = items.values_list(
        "point__ref",
        "is_knock_out",
        "answer__value",
        "answer__text",
        "answer__version",
        "own__value",
        "own__comment",
        "own__sharing",
        "own__version",
        "own__answer_version",
        "own__updated_at",
        "own__updated_by__full_name",
        "own__taken_from",
    )
    return [_line(row) for row in rows if role in routed[row[0]]]


def _line(row: tuple[Any, ...]) -> Line:
    """A finding that is not given yet has no row: its fields come empty."""
    ref, is_knock_out, claim, text, answered, *own = row
    value, comment, sharing, version, read, at, who, taken_from = own
    return Line(
        ref,
        is_knock_out,
        claim or "",
        text or "",
        answered or 0,
        value or "",
        comment or "",
        sharing or "",
        version or 0,
        read or 0,
        at,
        who or "",
        taken_from,
    )


class Tally(NamedTuple):
    """How many points a role reviews in an assessment, and how many still wait for it."""

    left: int
    total: int


def tally(assessment: Assessment, role: str, texts: Catalogue) -> Tally:
    """Count what ``lines`` would show, from the values and versions alone: two queries."""
    routed = routing.reviewers(assessment, texts)
    rows = [row for row in _STATES(assessment.pk, role) if role in routed[row[0]]]
    left = sum(
        not value or is_finding_outdated(value, read or 0, answered or 0)
        for _ref, answered, value, read in rows
    )
    return Tally(left, len(rows))


def _states(assessment: Any, role: Any) -> QuerySet[Any, Any]:
    """The version of each answer, and what the role found of it."""
    items = ChecklistItem.objects.filter(checklist__assessments=assessment, is_applicable=True)
    return (
        items.exclude(point__answer_kind=AnswerKind.NONE)
        .annotate(
            answer=FilteredRelation("answers", condition=Q(answers__assessment=assessment)),
            own=FilteredRelation(
                "findings", condition=Q(findings__assessment=assessment, findings__role=role)
            ),
        )
        .values_list("point__ref", "answer__version", "own__value", "own__answer_version")
    )


_STATES = PreparedRows(_states, SOME_NUMBER, SOME_TEXT)


class Given(NamedTuple):
    """What one role found on a point, as the other pages show it."""

    role: str
    value: str
    comment: str
    sharing: str
    read_version: int
    at: dt.datetime
    author: str
    taken_from: int | None
    """The version of the assessment in which it was given, when this one took it over."""
    is_routed: bool = True
    """Whether the role still reviews the point: a finding stays, and settles nothing once it does not."""

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)

    def is_outdated(self, answer_version: int) -> bool:
        """Whether the claim, now at ``answer_version``, changed after the finding."""
        return is_finding_outdated(self.value, self.read_version, answer_version)


def by_point(
    assessment: Assessment,
    texts: Catalogue | None = None,
    routed: dict[str, list[str]] | None = None,
) -> dict[str, list[Given]]:
    """Return what was found on each point, by its number, roles in their order.

    One query, and those of the routing once something is found, unless ``routed`` is known.
    """
    rows: Any = Finding.objects.filter(assessment=assessment).values_list(
        "item__point__ref",
        "role",
        "value",
        "comment",
        "sharing",
        "answer_version",
        "updated_at",
        "updated_by__full_name",
        "taken_from",
    )
    found: dict[str, list[Given]] = {}
    for ref, *given in rows:
        found.setdefault(ref, []).append(Given(*given))
    if not found:
        return {}
    if routed is None:
        texts = texts or routing.texts_of(assessment.checklist.version)
        routed = routing.reviewers(assessment, texts)
    found = {
        ref: [one._replace(is_routed=one.role in routed[ref]) for one in given]
        for ref, given in found.items()
    }
    places = {str(role): place for place, role in enumerate(REVIEWERS)}
    return {ref: sorted(given, key=lambda one: places[one.role]) for ref, given in found.items()}


class Claimed(NamedTuple):
    """What the candidate claimed when a finding was given: None is a field that is the same."""

    claim: str | None
    text: str | None


def claimed_before(assessment: Assessment, found: Iterable[Line]) -> dict[str, Claimed]:
    """Return what the outdated findings of a list were given on, from the journal: one query."""
    read = {subject_of(assessment.pk, one.ref): one for one in found if one.is_outdated}
    if not read:
        return {}
    events = AuditEvent.objects.filter(
        tenant=assessment.facility_id,
        subject__in=read,
        action__in=["claim.changed", "claim_text.changed"],
    )
    before: dict[str, dict[str, str]] = {}
    for event in events.order_by("-seq"):
        line = read[event.subject]
        if event.data["version"] > line.read_version:
            before.setdefault(line.ref, {})[event.data["field"]] = event.data["before"]
    return {
        ref: Claimed(fields.get("claim"), fields.get("claim_text"))
        for ref, fields in before.items()
    }


def left(found: Iterable[Line]) -> int:
    """Count what the reviewer still has to do."""
    return sum(line.is_left for line in found)
