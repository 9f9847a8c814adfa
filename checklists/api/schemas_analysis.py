"""The shapes of what is decided and asked after the opening: notes, decisions, opinions."""

import datetime as dt

from ninja import Schema
from pydantic import Field

from ..enums import ReservationState
from .schemas import Page, Paging

# -- The note ----------------------------------------------------------------------------------


class NoteLine(Schema):
    """A point in the calculation: ``worth`` × ``weight`` = ``product``, exact decimals as text.

    ``worth`` is empty when the point leaves the sum; then ``counted`` is 0.
    """

    ref: str
    title: str
    chapter: int
    is_knock_out: bool
    legal_effect: str
    claim: str
    score: str
    worth: str
    weight: str
    product: str
    counted: str
    stake: str


class NoteOut(Schema):
    """The note of a candidate: ``earned`` / ``possible`` = ``rate``, × ``max_note`` = ``note``."""

    assessment: int
    earned: str
    possible: str
    rate: str
    note: str
    max_note: str
    missing: int
    lines: list[NoteLine]


# -- Decisions ---------------------------------------------------------------------------------


class GivenFinding(Schema):
    """What a role found on a point; ``is_routed`` says whether it still reviews it."""

    role: str
    value: str
    comment: str
    sharing: str
    at: dt.datetime
    author: str
    is_routed: bool
    is_outdated: bool


class DecidedPoint(Schema):
    """A point with what is decided of it. ``why`` says what calls for a decision of its own."""

    ref: str
    title: str
    is_knock_out: bool
    claim: str
    claim_text: str
    score: str
    comment: str
    findings: list[GivenFinding]
    why: list[str]
    decision: str
    commitment: str
    owner: str
    due_on: dt.date | None
    version: int
    is_outdated: bool
    at: dt.datetime | None
    author: str


class DecisionOut(Schema):
    """The decision on the whole (empty before), what is missing for it, and each point."""

    assessment: int
    value: str
    reason: str
    version: int
    at: dt.datetime | None
    author: str
    is_outdated: bool
    unscored: list[str]
    undecided: list[str]
    points: list[DecidedPoint]


class ReservationQuery(Paging):
    """What is asked of the reservations of a tender."""

    state: ReservationState | None = Field(None, description="À venir ou en retard.")


class ReservationOut(Schema):
    """To what a candidate is committed, who answers for it, and for when."""

    assessment: int
    vendor: str
    lot: int
    ref: str
    title: str
    commitment: str
    owner: str
    due_on: dt.date
    state: str
    decided_at: dt.datetime
    decided_by: str


# -- Opinions ----------------------------------------------------------------------------------


class OpinionOut(Schema):
    """An opinion, kept as it was filed: the one of the highest number stands."""

    number: int
    value: str
    text: str
    filed_at: dt.datetime
    filed_by: str
    is_late: bool


class OpinionRequestOut(Schema):
    """A question to a role or to a person, on some points or on the whole (none).

    ``state`` is the value of the last opinion, ``withdrawn``, or empty while it waits.
    """

    id: int
    number: int
    assessment: int
    role: str
    person: str
    chapter: str
    points: list[str]
    question: str
    due_on: dt.date
    asked_at: dt.datetime
    asked_by: str
    withdrawn_at: dt.datetime | None
    withdrawn_by: str
    state: str
    opinions: list[OpinionOut]


# -- Visas -------------------------------------------------------------------------------------


class VisaOut(Schema):
    """A visa that was given or refused, under the name of a person."""

    role: str
    value: str
    person: str
    at: dt.datetime
    remark: str


class VisaRoundOut(Schema):
    """The visas asked at once on a content; ``has_lapsed`` when the evaluation changed since."""

    number: int
    state: str
    has_lapsed: bool
    roles: list[str]
    awaited_role: str
    content_sha256: str
    requested_at: dt.datetime
    requested_by: str
    visas: list[VisaOut]


class VisasOut(Schema):
    """The order of the facility (none: no visa is asked), and the rounds, the last one first."""

    order: list[str]
    content_sha256: str
    rounds: list[VisaRoundOut]


# -- What waits for a person -------------------------------------------------------------------


class WaitingOpinion(Schema):
    """An opinion that the person may file: the question is with those of the assessment."""

    id: int
    assessment: int
    due_on: dt.date


class WaitingFindings(Schema):
    """What one role still has to find in an assessment; ``next_ref`` is where the person goes on."""

    assessment: int
    tender: int
    vendor: str
    role: str
    total: int
    left: int
    outdated: int
    next_ref: str


class WaitingOut(Page[WaitingFindings]):
    """What waits for the person. ``visas`` are assessments; ``count`` counts assessments too."""

    opinions: list[WaitingOpinion]
    visas: list[int]
