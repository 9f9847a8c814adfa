"""The shapes of vendors, of their certificates, and of the files that are kept for good."""

import datetime as dt
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, Field

from .schemas import NO_NULL, FacilityRef, Paging, VendorRef, no_null

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
