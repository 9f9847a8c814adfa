"""The shapes of vendors, of their certificates, and of the files that are kept for good."""

import datetime as dt
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, Field

from ..enums import RetentionState
from .schemas import NO_NULL, FacilityRef, Id, Paging, VendorRef, no_null

# -- Vendors -----------------------------------------------------------------------------------


class VendorQuery(Paging):
    """What is asked of the list of vendors."""

    q: Annotated[str, AfterValidator(no_null)] = Field(
        "",
        max_length=100,
        description="Mots du nom, d’une solution, ou un identifiant.",
        json_schema_extra=NO_NULL,
    )


class VendorRow(VendorRef):
    """A company in a list, with its counters."""

    facility: FacilityRef
    product_count: int
    candidacy_count: int


class ProductOut(Schema):
    """What a vendor sells."""

    id: int
    name: str
    version: str
    kind: str


class CertificateOut(Schema):
    """A certificate that no other replaces. ``standing`` is empty, valid, soon or expired.

    ``last_day`` is the one that counts; ``remark`` says why it comes before ``valid_until``.
    With a file, its content is at ``/certificates/{id}/file``.
    """

    id: int
    kind: str
    number: str
    issuer: str
    covers: str
    issued_on: dt.date | None
    valid_until: dt.date | None
    last_day: dt.date | None
    standing: str
    remark: str
    file_name: str
    file_sha256: str
    scan: str


class AnsweredLot(Schema):
    """A lot that a vendor answers."""

    id: int
    tender: int
    reference: str
    lot: int
    product: str
    stage: str


class VendorOut(VendorRef):
    """A company with what it sells, proves and answers."""

    facility: FacilityRef
    contact_name: str
    contact_email: str
    products: list[ProductOut]
    certificates: list[CertificateOut]
    candidacies: list[AnsweredLot]


class JoinedCertificateOut(Schema):
    """A certificate laid beside a point, as it was on that day."""

    ref: str
    certificate: int
    kind: str
    label: str
    number: str
    issuer: str
    scope: str
    issued_on: str
    valid_until: str
    standing: str
    name: str
    sha256: str
    joined_at: dt.datetime
    joined_by: str


# -- What is kept for good ---------------------------------------------------------------------


class SignedFileOut(Schema):
    """A document that came back signed: its content is at ``/signed-files/{id}/file``.

    ``report`` is the report of its checks, with what a person decided.
    """

    id: int
    name: str
    sha256: str
    size: int
    scan: str
    received_at: dt.datetime
    received_by: str
    decision: str
    report: dict[str, Any]


class LongTermCopyOut(Schema):
    """The last copy, made to last, of a sealed or signed file, which it extends byte for byte.

    Its content is at ``/long-term-copies/{id}/file``.
    """

    id: int
    document: int
    signed_file: int | None
    number: int
    made_at: dt.datetime
    good_until: dt.datetime
    extends_sha256: str
    sha256: str
    size: int


class DossierOut(Schema):
    """An edition of the dossier of a tender: its content is at ``/dossiers/{id}/file``."""

    id: int
    number: int
    made_at: dt.datetime
    made_by: str
    sha256: str
    size: int
    file_count: int
    manifest_sha256: str


class AnalysisPart(Schema):
    """A text of the section: ``text`` is the buyer's, else the one that the data propose.

    ``is_outdated`` when the data propose something else since the buyer wrote it.
    """

    key: str
    title: str
    text: str
    proposed: str
    is_outdated: bool
    version: int
    at: dt.datetime | None
    author: str


class AnalysisEdition(Schema):
    """A frozen edition: its content is at ``/analysis-reports/{id}``, its PDF at ``…/file``."""

    id: int
    number: int
    sha256: str
    made_at: dt.datetime
    made_by: str


class AnalysisOut(Schema):
    """The section for the rapport d'analyse as it stands, what it lacks, and its editions."""

    checklist: int
    parts: list[AnalysisPart]
    candidates: list[dict[str, Any]]
    reservations: list[dict[str, Any]]
    missing: list[str]
    editions: list[AnalysisEdition]


# -- Retention ---------------------------------------------------------------------------------


class RetentionQuery(Paging):
    """What is asked of the list of what is kept."""

    q: Annotated[str, AfterValidator(no_null)] = Field(
        "",
        max_length=100,
        description="Mots de la référence ou de l’objet.",
        json_schema_extra=NO_NULL,
    )
    state: RetentionState | None = Field(None, description="État d’une des deux parties.")
    facility: Id | None = Field(None, description="Identifiant d’un établissement.")


class KeptPart(Schema):
    """A part of a file: until when it is kept, by which rule, and where it stands."""

    scope: str
    until: dt.date | None
    basis: str
    state: str


class RetentionRow(Schema):
    """The file of a tender: what comes from the procedure, and from the contract."""

    tender: int
    facility: FacilityRef
    reference: str
    title: str
    parts: list[KeptPart]
