"""Brings a sealed PDF to PAdES B-LTA: what proves it is kept inside, under a document time-stamp.

A certificate ends, a revocation list is no longer published: so the certificates and the lists that
were good are written into the file, then a time-stamp server vouches for the whole. That stamp ends
too, with the certificate of the server: a later one is put on top before that date. Everything is
added at the end of the file: the document below stays as it is, byte for byte.
"""

import asyncio
import datetime as dt
import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfTimeStamper, TimestampDSSContentSettings
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.validation import DocumentSecurityStore, EmbeddedPdfSignature
from pyhanko.sign.validation.dss import collect_validation_info
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import (
    InsufficientRevinfoError,
    PathBuildingError,
    PathError,
    ValidationError,
)

from .certificates import as_asn1, loaded
from .errors import SigningFailed, TimestampAway
from .signing_verdict import _timestamp_blocks

SECONDS_TO_ANSWER = 15

UNREACHABLE = "Le serveur d’horodatage ne répond pas : rien n’est prolongé. Recommencez plus tard."


@dataclass(frozen=True)
class Proofs:
    """The authorities that are trusted, and the revocation lists at hand: all in DER or PEM."""

    roots: tuple[bytes, ...]
    revocation_lists: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class LongTermPdf:
    """The longer file, and the end of the certificate of its last time-stamp."""

    data: bytes
    good_until: dt.datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class LongTermServer:
    """A time-stamp server, asked once what its certificate is."""

    def __init__(self, url: str):
        self.timestamper = HTTPTimeStamper(url, timeout=SECONDS_TO_ANSWER)

    def good_until(self) -> dt.datetime:
        """The end of its certificate: a stamp of today is worth nothing more. Raises SigningFailed."""
        try:
            token = asyncio.run(self.timestamper.async_dummy_response("sha256"))
        except TimestampRequestError as error:
            raise TimestampAway(UNREACHABLE) from error
        end: dt.datetime = _certificate_of(token["content"]).not_valid_after
        return end


def extend_pdf(
    data: bytes, *, server: LongTermServer, proofs: Proofs, now: dt.datetime
) -> LongTermPdf:
    """The file with its proofs and a document time-stamp. Raises SigningFailed, with what is missing."""
    try:
        longer = asyncio.run(_extended(data, server, proofs, now))
    except TimestampRequestError as error:
        raise TimestampAway(UNREACHABLE) from error
    except (SigningError, PdfReadError) as error:
        raise SigningFailed(f"Le fichier n’a pas pu être prolongé ({error}).") from error
    return LongTermPdf(longer, _end_of_stamp(longer))


async def _extended(data: bytes, server: LongTermServer, proofs: Proofs, now: dt.datetime) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    for signature in reader.embedded_signatures:
        with _said(signature.signer_cert.subject.native.get("common_name", "")):
            await _add_proofs(writer, signature, proofs, now)
    stamper = PdfTimeStamper(
        server.timestamper,
        invis_settings=fields.InvisSigSettings(box_out_of_bounds=True),
    )
    with _said(server.timestamper.url):
        longer = await stamper.async_timestamp_pdf(
            writer,
            "sha256",
            _context(proofs, now),
            # Before the stamp, so that nothing of the file stands outside of it.
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )
    return bytes(longer.getvalue())


@contextmanager
def _said(whose: str) -> Iterator[None]:
    """Say in French which certificate lacks what."""
    try:
        yield
    except InsufficientRevinfoError as error:
        raise SigningFailed(
            f"Certificat de « {whose} » : aucune liste de révocation à jour de son autorité, ou "
            "d’un intermédiaire, n’est dans SIGNATURE_REVOCATION_LISTS."
        ) from error
    except (PathBuildingError, PathError, ValidationError) as error:
        raise SigningFailed(
            f"Certificat de « {whose} » : il n’est plus valide, ou ne remonte à aucune autorité "
            "de SIGNATURE_ROOTS ou de TSA_CERTIFICATES."
        ) from error


async def _add_proofs(
    writer: IncrementalPdfFileWriter,
    signature: EmbeddedPdfSignature,
    proofs: Proofs,
    now: dt.datetime,
) -> None:
    """At the moment of its time-stamp when it has one: its certificate may have ended since."""
    context = _context(proofs, _moment(signature) or now)
    paths = await collect_validation_info(
        signature, context, skip_timestamp=signature.sig_object_type == "/DocTimeStamp"
    )
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        paths=paths,
        validation_context=context,
    )


def _context(proofs: Proofs, moment: dt.datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=[as_asn1(loaded(root)) for root in proofs.roots],
        crls=[crl.CertificateList.load(one) for one in proofs.revocation_lists],
        moment=moment,
        allow_fetching=False,
        revocation_mode="require",
        retroactive_revinfo=True,  # a list published after the signature speaks of it too
    )


def _moment(signature: EmbeddedPdfSignature) -> dt.datetime | None:
    if signature.sig_object_type == "/DocTimeStamp":
        return _time_of(signature.signed_data)
    return next(map(_time_of, _timestamp_blocks(signature)), None)


def _time_of(block: Any) -> dt.datetime:
    moment: dt.datetime = block["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _certificate_of(block: Any) -> asn1_x509.Certificate:
    """The certificate that signed a token, among those that come along."""
    [signer] = block["signer_infos"]
    named = signer["sid"].chosen
    found = [choice.chosen for choice in block["certificates"]]
    return next(
        one
        for one in found
        if one.serial_number == named["serial_number"].native and one.issuer == named["issuer"]
    )


def _end_of_stamp(data: bytes) -> dt.datetime:
    stamps: Sequence[EmbeddedPdfSignature] = PdfFileReader(
        io.BytesIO(data)
    ).embedded_timestamp_signatures
    end: dt.datetime = stamps[-1].signer_cert.not_valid_after
    return end
