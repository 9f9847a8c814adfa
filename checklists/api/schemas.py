"""The shapes that the API reads and writes, as the OpenAPI document describes them."""

import datetime as dt
from typing import Annotated, Any, Generic, TypeVar

from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from vendors.enums import Procedure

from ..enums import FindingValue, Sharing, TenderState
from ..models.assessment import TEXT_MAX_LENGTH

LARGEST = 2**63 - 1

T = TypeVar("T")


def no_null(text: str) -> str:
    """No database keeps this character: it is refused before it meets one."""
    if "\0" in text:
        raise PydanticCustomError("null_character", "a null character")
    return text


NO_NULL: JsonDict = {"pattern": r"^[^\u0000]*$"}
"""The same, as the description of the API says it."""

Id = Annotated[int, Field(ge=1, le=LARGEST)]
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
Ref = Annotated[
    str, Field(min_length=1, max_length=20, json_schema_extra=NO_NULL), AfterValidator(no_null)
]


class Fault(Schema):
    """One value that is refused."""

    place: str
    reason: str


class Problem(Schema):
    """A refusal (RFC 9457). ``detail`` is fit for the user."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None


class Paging(Schema):
    """Which part of a list."""

    page: int = Field(1, ge=1, le=1_000_000, description="Page, la première est 1.")
    per_page: int = Field(25, ge=1, le=100, description="Éléments par page, 100 au plus.")


class Page(Schema, Generic[T]):
    """A part of a list: ``count`` is the length of the whole."""

    count: int
    page: int
    pages: int
    items: list[T]


# -- The person --------------------------------------------------------------------------------


class FacilityRef(Schema):
    """An establishment."""

    id: int
    name: str


class Belonging(FacilityRef):
    """An establishment with the roles held there."""

    roles: list[str]


class Me(Schema):
    """Who calls, and until when."""

    id: int
    name: str
    email: str
    facilities: list[Belonging]
    token_expires_at: dt.datetime


# -- Tenders -----------------------------------------------------------------------------------


class TenderQuery(Paging):
    """What is asked of the list of tenders; nothing asks for all of them."""

    q: Annotated[str, AfterValidator(no_null)] = Field(
        "",
        max_length=100,
        description="Mots de la référence, de l’objet ou d’un candidat.",
        json_schema_extra=NO_NULL,
    )
    procedure: Procedure | None = None
    state: TenderState | None = None
    facility: Id | None = Field(None, description="Identifiant d’un établissement.")


class TenderRow(Schema):
    """A tender in a list, with its counters."""

    id: int
    facility: FacilityRef
    reference: str
    title: str
    procedure: str
    publication_date: dt.date | None
    deadline: dt.datetime | None
    has_lots: bool
    state: str
    candidate_count: int
    total: int
    scored: int


class ChecklistRef(Schema):
    """A checklist of a lot. ``correction`` is the draft that corrects it, if there is one."""

    id: int
    clausier: str
    title: str
    version: str
    edition: int
    state: str
    asked: int
    sha256: str
    correction: int | None


class AssessmentRef(Schema):
    """Where the assessment of a candidate on a checklist stands: its current version.

    ``replaces`` is the signed version that it corrects, still read at its own address.
    """

    id: int
    checklist: int
    total: int
    answered: int
    scored: int
    changed_at: dt.datetime
    answers_frozen_at: dt.datetime | None
    signed_at: dt.datetime | None
    version: int
    replaces: int | None
    replaced_at: dt.datetime | None


class VendorRef(Schema):
    """A company."""

    id: int
    name: str
    country: str
    siren: str
    siret: str
    foreign_id: str


class CandidacyOut(Schema):
    """A vendor that answers a lot."""

    id: int
    vendor: VendorRef
    product: str
    product_version: str
    stage: str
    assessments: list[AssessmentRef]


class LotOut(Schema):
    """A lot with its checklists and its candidates."""

    id: int
    number: int
    title: str
    checklists: list[ChecklistRef]
    candidacies: list[CandidacyOut]


class TenderOut(TenderRow):
    """A tender with its lots."""

    opened_at: dt.datetime | None
    lots: list[LotOut]


class EventOut(Schema):
    """One event of the journal, with all that its hash covers."""

    tenant: int
    seq: int
    prev_hash: str
    occurred_at: str
    actor: int | None
    action: str
    subject: str
    data: dict[str, Any]
    hash: str


# -- Assessments -------------------------------------------------------------------------------


class AssessmentQuery(Paging):
    """What is asked of the list of assessments."""

    tender: Id | None = Field(None, description="Identifiant d’une consultation.")
    checklist: Id | None = Field(None, description="Identifiant d’une check-list.")


class AssessmentRow(AssessmentRef):
    """An assessment in a list."""

    tender: int
    lot: int
    candidacy: int
    vendor: str


class EvidenceOut(Schema):
    """A file that backs answers: its content is at ``/evidence/{id}/file``.

    One that another replaced (``replaced_by``) is kept, and backs no point any more.
    """

    id: int
    name: str
    kind: str
    sha256: str
    size: int
    added_at: dt.datetime
    points: list[str]
    scan: str
    valid_until: dt.date | None
    validity: str
    secrecy: str
    is_restricted: bool
    added_by: str
    replaced_by: int | None


class DocumentOut(Schema):
    """An edition of the sealed PDF: its content is at ``/documents/{id}/file``."""

    id: int
    number: int
    state: str
    requested_at: dt.datetime
    finished_at: dt.datetime | None
    data_sha256: str
    file_sha256: str
    file_size: int
    pages: int
    seal: dict[str, Any] | None
    error: str


class CellOut(Schema):
    """What a candidate claims on a point, and the score; ``stake`` waits for a qualification."""

    claim: str
    has_text: bool
    score: str
    stake: str


class ComparedPoint(Schema):
    """A point with the cell of each candidate, in the order of ``candidates``."""

    ref: str
    title: str
    chapter: int
    weight: str
    legal_effect: str
    is_knock_out: bool
    cells: list[CellOut]


class ComparedCandidate(Schema):
    """The sums of one candidate: exact decimals, as text; empty when nothing counts."""

    assessment: int
    name: str
    product: str
    decision: str
    earned: str
    possible: str
    rate: str
    note: str
    missing: int


class ComparisonOut(Schema):
    """The candidates of a checklist beside each other."""

    checklist: int
    max_note: str
    candidates: list[ComparedCandidate]
    points: list[ComparedPoint]
    not_started: list[str]
    out_of_time: list[str]


# -- Findings ----------------------------------------------------------------------------------


class FindingLine(Schema):
    """A point that a role reviews, with the two versions to send back when writing."""

    ref: str
    is_knock_out: bool
    claim: str
    claim_text: str
    answer_version: int
    finding: str
    comment: str
    sharing: str
    version: int
    is_outdated: bool
    at: dt.datetime | None
    author: str
    taken_from: int | None


class FindingsOut(Schema):
    """What a role has to review. ``reason`` says why the caller may not write, or is empty."""

    role: str
    may_write: bool
    reason: str
    left: int
    points: list[FindingLine]


class FindingIn(Schema):
    """What to write: only the fields that are sent; the versions are those that were read."""

    model_config = ConfigDict(extra="forbid")

    version: Version
    answer_version: Version
    finding: FindingValue | None = None
    comment: Annotated[str, Field(json_schema_extra=NO_NULL), AfterValidator(no_null)] | None = (
        Field(None, max_length=TEXT_MAX_LENGTH)
    )
    sharing: Sharing | None = None


class ConflictOut(Schema):
    """A field that somebody else wrote meanwhile: nothing is overwritten."""

    field: str
    theirs: str
    version: int
    author: str
    at: dt.datetime


class FindingSaved(Schema):
    """What a write left. ``saved`` are the fields that changed."""

    version: int
    saved: list[str]


class FindingRefused(Problem):
    """Fields that were not written, and why; ``saved`` are those that were."""

    saved: list[str] | None = None
    conflicts: list[ConflictOut] | None = None


REASONS = {
    "missing": _("Cette valeur manque."),
    "extra_forbidden": _("Ce champ n’existe pas."),
    "enum": _("Cette valeur n’est pas dans la liste."),
    "greater_than_equal": _("Ce nombre est trop petit."),
    "less_than_equal": _("Ce nombre est trop grand."),
    "string_too_long": _("Ce texte est trop long."),
    "string_too_short": _("Ce texte est vide."),
    "null_character": _("Ce texte contient un caractère nul."),
}
"""Why a value is refused, by the kind of the fault."""

WRONG_KIND = _("Cette valeur n’est pas du bon type.")
