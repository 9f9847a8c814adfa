"""The shapes of what candidates sent, of what they were asked, and of what they answered."""

import datetime as dt
from typing import Any

from ninja import Schema
from pydantic import Field

from ..enums import ExchangeKind
from .schemas import Id, Paging

# -- Exchanges ---------------------------------------------------------------------------------


class ExchangeQuery(Paging):
    """What is asked of the list of exchanges."""

    tender: Id | None = Field(None, description="Identifiant d’une consultation.")
    checklist: Id | None = Field(None, description="Identifiant d’une check-list.")
    assessment: Id | None = Field(None, description="Identifiant d’une évaluation.")
    kind: ExchangeKind | None = Field(None, description="Précisions ou régularisation.")


class ExchangeRow(Schema):
    """A letter to one candidate (clarification) or to all concerned (regularisation)."""

    id: int
    tender: int
    checklist: int
    kind: str
    number: int
    state: str
    deadline: dt.datetime
    created_at: dt.datetime
    created_by: str
    sent_at: dt.datetime | None
    sent_by: str
    answered_at: dt.datetime | None
    closed_at: dt.datetime | None
    closed_by: str
    assessments: list[int]


class ExchangePointOut(Schema):
    """A point asked about, with the question: the same words for all."""

    ref: str
    title: str
    question: str


class RegularisedOut(Schema):
    """The claim of the offer before and after an accepted regularisation."""

    value_before: str
    text_before: str
    value_after: str
    text_after: str


class ReplyOut(Schema):
    """What a candidate answers on one point.

    ``value`` is the claim that it would make from now on, in a regularisation sent by its link.
    """

    ref: str
    value: str
    text: str
    updated_at: dt.datetime | None
    updated_by: str
    regularised: RegularisedOut | None


class ReceivedFile(Schema):
    """A file kept as it came; ``name`` is the one that it was sent under."""

    id: int
    number: int
    name: str
    kind: str
    sha256: str
    size: int
    scan: str
    received_at: dt.datetime
    received_by: str


class ExchangeFileOut(ReceivedFile):
    """A file sent in answer: its content is at ``/exchange-files/{id}/file``."""


class RegularisationOut(Schema):
    """What the buyer decided of a regularisation, and the hashes of the answers around it."""

    is_accepted: bool
    reason: str
    decided_at: dt.datetime
    decided_by: str
    sha256_before: str
    sha256_after: str


class PartyOut(Schema):
    """One candidate of an exchange. ``letter`` is what was sent, empty for a draft.

    ``has_file`` says whether the sealed letter is ready, at ``/letters/{id}/file``.
    """

    id: int
    assessment: int
    vendor: str
    letter: dict[str, Any]
    letter_sha256: str
    has_file: bool
    replied_at: dt.datetime | None
    replied_by: str
    replies: list[ReplyOut]
    files: list[ExchangeFileOut]
    regularisation: RegularisationOut | None


class ExchangeOut(ExchangeRow):
    """An exchange with its questions, and each candidate with what came back."""

    points: list[ExchangePointOut]
    parties: list[PartyOut]


# -- Answer files ------------------------------------------------------------------------------


class TakeOverOut(Schema):
    """What was taken over from a file; ``decisions`` are the doubts that were settled."""

    at: dt.datetime
    by: str
    changed: int
    decisions: list[dict[str, Any]]


class LateOut(Schema):
    """That a file came after the deadline, and what was decided (empty: nothing yet)."""

    deposited_at: dt.datetime
    deadline: dt.datetime
    decision: str
    reason: str
    decided_at: dt.datetime | None
    decided_by: str


class ReceptionOut(ReceivedFile):
    """An answer file of a candidate: its content is at ``/receptions/{id}/file``."""

    takeovers: list[TakeOverOut]
    late: LateOut | None


class DepositOut(Schema):
    """A file dropped on a checklist: refused with a reason, waiting, or become a reception.

    The content of one that is not refused is at ``/deposits/{id}/file``.
    """

    id: int
    name: str
    kind: str
    sha256: str
    size: int
    scan: str
    received_at: dt.datetime
    received_by: str
    deposited_at: dt.datetime | None
    refusal: str
    clue: str
    reception: int | None
    assessment: int | None
