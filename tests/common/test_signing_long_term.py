"""A sealed file that lasts longer than the certificates which seal it (PAdES B-LTA)."""

import datetime as dt
import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests import verapdf
from tests.common.pdf_sample import ATTACHMENTS, METADATA, sample_html
from tests.common.signing_outside import Authority, sign
from tests.common.time_stamps import TimeStampServer, time_stamp_server
from uniha_clausier.common import certificates, signing_verdict
from uniha_clausier.common.errors import SigningFailed
from uniha_clausier.common.pdf import render_pdf
from uniha_clausier.common.signing import SealSettings, Signer, load_signer, seal_pdf
from uniha_clausier.common.signing_long_term import (
    UNREACHABLE,
    LongTermPdf,
    LongTermServer,
    Proofs,
    extend_pdf,
)
from uniha_clausier.common.signing_verdict import Verdict, VerdictStatus, verify_pdf

NOW = dt.datetime.now(dt.UTC)

needs_verapdf = pytest.mark.skipif(
    verapdf.missing_tool() is not None, reason=verapdf.missing_tool() or ""
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStampServer]:
    with time_stamp_server(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture(scope="module")
def signer(home: Path, server: TimeStampServer) -> Signer:
    return load_signer(
        SealSettings(
            home=home, organisation="CHU", tsa_url=server.url, tsa_certificates=server.file
        )
    )


@pytest.fixture(scope="module")
def sealed(home: Path, signer: Signer) -> bytes:
    plain = render_pdf(sample_html(1), attachments=ATTACHMENTS, metadata=METADATA, home=home)
    return seal_pdf(plain.data, signer=signer, reason="Scellement")


@pytest.fixture(scope="module")
def proofs(home: Path, signer: Signer) -> Proofs:
    own = certificates.empty_list(home, now=NOW)
    assert own
    return Proofs((*signer.trusted_roots, *signer.timestamp_roots), (own,))


@pytest.fixture(scope="module")
def extended(sealed: bytes, server: TimeStampServer, proofs: Proofs) -> LongTermPdf:
    return extend_pdf(sealed, server=LongTermServer(server.url), proofs=proofs, now=NOW)


@pytest.fixture(scope="module")
def verify(signer: Signer) -> Callable[[bytes], Verdict]:
    return lambda data: verify_pdf(
        data, trusted_roots=signer.trusted_roots, timestamp_roots=signer.timestamp_roots
    )


# What it is


def test_the_sealed_file_stays_below_and_the_verdict_says_until_when(
    extended: LongTermPdf, sealed: bytes, verify: Any
) -> None:
    assert extended.data.startswith(sealed)
    before, verdict = verify(sealed), verify(extended.data)
    assert (before.level, before.extended_until) == ("B-T", "")
    assert (verdict.intact, verdict.level) == (True, "B-LTA")
    assert dt.datetime.fromisoformat(verdict.extended_until) == extended.good_until
    assert abs(extended.good_until - NOW - dt.timedelta(days=9)) < dt.timedelta(minutes=1)
    assert f"jusqu’au {extended.good_until:%d/%m/%Y}" in verdict.reasons[-1]
    assert [one.kind for one in verdict.signatures] == ["seal", "timestamp"]


@needs_verapdf
def test_it_is_still_pdfa_and_pdfua(extended: LongTermPdf, tmp_path: Path) -> None:
    (tmp_path / "extended.pdf").write_bytes(extended.data)
    assert verapdf.validate(tmp_path / "extended.pdf", "3a", "ua1") == []


def test_another_reader_finds_the_seal_valid_and_the_whole_file_stamped(
    extended: LongTermPdf, tmp_path: Path
) -> None:
    (tmp_path / "extended.pdf").write_bytes(extended.data)
    said = subprocess.run(
        ["pdfsig", tmp_path / "extended.pdf"], capture_output=True, text=True, check=False
    ).stdout
    seal, stamp = said.split("Field Name: sceau")[1].split("Field Name: Timestamp")
    assert "Signature is Valid." in seal
    assert "  - Total document signed" in stamp


def test_the_file_carries_the_certificates_and_the_list(
    extended: LongTermPdf, proofs: Proofs
) -> None:
    store = IncrementalPdfFileWriter(io.BytesIO(extended.data)).root["/DSS"]
    lists = [one.get_object().data for one in store["/CRLs"]]
    carried = [one.get_object().data for one in store["/Certs"]]
    assert lists == [proofs.revocation_lists[0]]
    assert set(proofs.roots) <= set(carried)


def test_a_later_stamp_goes_on_top(
    extended: LongTermPdf, server: TimeStampServer, proofs: Proofs, verify: Any
) -> None:
    twice = extend_pdf(extended.data, server=LongTermServer(server.url), proofs=proofs, now=NOW)
    assert twice.data.startswith(extended.data)
    verdict = verify(twice.data)
    assert (verdict.intact, verdict.level, len(verdict.signatures)) == (True, "B-LTA", 3)


def test_a_file_signed_by_a_person_is_extended_with_the_proofs_of_that_person(
    sealed: bytes, server: TimeStampServer, proofs: Proofs, verify: Any
) -> None:
    authority = Authority()
    signed = sign(sealed, authority.person())
    known = Proofs((*proofs.roots, authority.pem), (*proofs.revocation_lists, authority.list()))
    longer = extend_pdf(signed, server=LongTermServer(server.url), proofs=known, now=NOW)
    assert longer.data.startswith(signed)
    verdict = verify(longer.data)
    assert [one.kind for one in verdict.signatures] == ["seal", "signature", "timestamp"]
    assert all(one.intact for one in verdict.signatures)
    assert verdict.level == "B-LTA"


def test_who_vouches_for_dates_may_not_seal(sealed: bytes, signer: Signer) -> None:
    verdict = verify_pdf(sealed, trusted_roots=(), timestamp_roots=signer.trusted_roots)
    assert verdict.status is VerdictStatus.UNTRUSTED


def test_an_unknown_time_stamp_server_extends_nothing(
    extended: LongTermPdf, signer: Signer
) -> None:
    verdict = verify_pdf(extended.data, trusted_roots=signer.trusted_roots)
    assert (verdict.intact, verdict.extended_until) == (True, "")
    assert signing_verdict.UNKNOWN_TIMESTAMP in verdict.reasons


# What is refused


def turn_the_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[generic.pdf_name("/Rotate")] = generic.NumberObject(90)
    writer.update_container(page)


def replace_an_attachment(writer: IncrementalPdfFileWriter) -> None:
    stream = writer.root["/AF"][0].get_object()["/EF"]["/F"].get_object()
    stream._data, stream._encoded_data = b'{"points": "forged"}', None
    writer.update_container(stream)


def replace_the_proofs(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/DSS"]["/CRLs"]
    writer.update_container(writer.root["/DSS"])


def edited(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize("change", [turn_the_page, replace_an_attachment, replace_the_proofs])
def test_an_edit_after_it_is_refused(change: Any, extended: LongTermPdf, verify: Any) -> None:
    verdict = verify(edited(extended.data, change))
    assert verdict.status is VerdictStatus.ALTERED
    assert signing_verdict.NOT_COVERED in verdict.reasons
    assert verdict.extended_until == ""


def test_an_edit_hidden_under_a_later_stamp_is_refused(
    extended: LongTermPdf, server: TimeStampServer, proofs: Proofs, verify: Any
) -> None:
    forged = edited(extended.data, turn_the_page)
    hidden = extend_pdf(forged, server=LongTermServer(server.url), proofs=proofs, now=NOW)
    verdict = verify(hidden.data)
    assert verdict.status is VerdictStatus.ALTERED
    assert signing_verdict.FORBIDDEN_CHANGE in verdict.reasons


@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
def test_a_byte_changed_anywhere_is_refused(
    share: float, extended: LongTermPdf, verify: Any
) -> None:
    changed = bytearray(extended.data)
    changed[int(len(changed) * share)] ^= 1
    assert verify(bytes(changed)).status is VerdictStatus.ALTERED


# What cannot be extended is said


def test_without_the_list_of_an_authority_nothing_is_promised(
    sealed: bytes, server: TimeStampServer, proofs: Proofs
) -> None:
    with pytest.raises(SigningFailed, match=r"« Scellement — CHU ».*SIGNATURE_REVOCATION_LISTS"):
        extend_pdf(sealed, server=LongTermServer(server.url), proofs=Proofs(proofs.roots), now=NOW)


def test_without_the_authority_of_the_server_nothing_is_promised(
    sealed: bytes, server: TimeStampServer, proofs: Proofs, signer: Signer
) -> None:
    known = Proofs(signer.trusted_roots, proofs.revocation_lists)
    with pytest.raises(SigningFailed, match="TSA_CERTIFICATES"):
        extend_pdf(sealed, server=LongTermServer(server.url), proofs=known, now=NOW)


def test_a_server_that_does_not_answer_is_said(sealed: bytes, proofs: Proofs) -> None:
    silent = LongTermServer("http://127.0.0.1:9/")
    with pytest.raises(SigningFailed) as caught:
        extend_pdf(sealed, server=silent, proofs=proofs, now=NOW)
    assert str(caught.value) == UNREACHABLE
    with pytest.raises(SigningFailed):
        silent.good_until()
