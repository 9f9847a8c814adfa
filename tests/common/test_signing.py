import datetime as dt
import io
import json
import multiprocessing
import random
import re
import shutil
import socket
import stat
import subprocess

import pypdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from tests import verapdf
from tests.common.pdf_sample import ATTACHMENTS, METADATA, sample_html
from tests.common.time_stamps import time_stamp_server
from uniha_clausier.common import certificates, signing, signing_verdict
from uniha_clausier.common.errors import SigningFailed
from uniha_clausier.common.pdf import render_pdf
from uniha_clausier.common.signing import (
    SealSettings,
    load_signer,
    seal_pdf,
)
from uniha_clausier.common.signing_verdict import VerdictStatus, verify_pdf

needs_verapdf = pytest.mark.skipif(
    verapdf.missing_tool() is not None, reason=verapdf.missing_tool() or ""
)
needs_pdfsig = pytest.mark.skipif(
    shutil.which("pdfsig") is None, reason="no pdfsig: install poppler-utils"
)
needs_qpdf = pytest.mark.skipif(shutil.which("qpdf") is None, reason="no qpdf: install qpdf")

REASON = "Scellement d’intégrité du dossier"
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def seal_settings(home):
    return SealSettings(home=home, organisation="CHU de Démonstration")


@pytest.fixture(scope="module")
def signer(seal_settings):
    return load_signer(seal_settings)


@pytest.fixture(scope="module")
def plain(home):
    return render_pdf(sample_html(3), attachments=ATTACHMENTS, metadata=METADATA, home=home).data


@pytest.fixture(scope="module")
def sealed(plain, signer):
    return seal_pdf(plain, signer=signer, reason=REASON, location="Lyon")


@pytest.fixture(scope="module")
def verify(signer):
    return lambda data: verify_pdf(data, trusted_roots=signer.trusted_roots)


@pytest.fixture(scope="module")
def path(sealed, home):
    path = home / "sealed.pdf"
    path.write_bytes(sealed)
    return path


# The seal


def test_a_seal_is_intact_and_says_who_and_when(sealed, signer, verify):
    verdict = verify(sealed)
    assert (verdict.status, verdict.intact) == (VerdictStatus.INTACT, True)
    assert verdict.reasons == (signing_verdict.INTACT,)
    [report] = verdict.signatures
    assert report.signer == signer.name == "Scellement — CHU de Démonstration"
    assert report.fingerprint == signer.fingerprint
    assert (report.kind, report.field_name) == ("seal", "sceau")
    assert (report.trusted, report.covers_entire_file, report.modifications) == (True, True, "none")
    assert (
        NOW.replace(microsecond=0)
        <= dt.datetime.fromisoformat(report.signed_at)
        <= dt.datetime.now(dt.UTC)
    )


def test_the_verdict_is_plain_data(sealed, verify):
    value = json.loads(json.dumps(verify(sealed).as_json()))
    assert (value["status"], value["intact"], value["size"]) == ("intact", True, len(sealed))


def test_the_seal_leaves_the_document_below_it_untouched(plain, sealed):
    assert sealed.startswith(plain)
    reader = pypdf.PdfReader(io.BytesIO(sealed))
    assert set(reader.attachments) == {one.name for one in ATTACHMENTS}
    assert reader.metadata and reader.metadata.title == METADATA.title


@needs_verapdf
def test_a_sealed_document_is_still_pdfa_and_pdfua(path):
    assert verapdf.validate(path, "3a", "ua1") == []


@needs_pdfsig
def test_pdfsig_calls_it_valid(path):
    run = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=True)
    assert "Signature is Valid." in run.stdout
    assert "Total document signed" in run.stdout


@needs_pdfsig
def test_pdfsig_sees_a_flipped_byte(sealed, tmp_path):
    altered = bytearray(sealed)
    altered[len(altered) // 3] ^= 1
    target = tmp_path / "altered.pdf"
    target.write_bytes(altered)
    run = subprocess.run(["pdfsig", target], capture_output=True, text=True, check=False)
    assert "Signature is Valid." not in run.stdout


@needs_qpdf
def test_qpdf_finds_no_fault(path):
    run = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


# Alterations


def signature_block(data):
    """Where the block is that no digest covers."""
    [found] = re.finditer(rb"/ByteRange \[0 (\d+) (\d+) \d+", data)
    return int(found[1]), int(found[2])


def flipped(data, position, bit):
    altered = bytearray(data)
    altered[position] ^= 1 << bit
    return bytes(altered)


@pytest.mark.parametrize("half", [100, pytest.param(250, marks=pytest.mark.long)])
def test_any_flipped_bit_is_detected(half, sealed, verify):
    """200 places, then 500, half of them inside the signature block, where no digest looks."""
    assert verify(sealed).intact
    chance = random.Random(20261123)
    start, end = signature_block(sealed)
    places = [chance.randrange(len(sealed)) for _ in range(half)]
    places += [chance.randrange(start, end) for _ in range(half)]
    missed = [
        place
        for place in places
        if verify(flipped(sealed, place, chance.randrange(8))).status is not VerdictStatus.ALTERED
    ]
    assert missed == []


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_altered(share, sealed, verify):
    assert verify(sealed[: int(len(sealed) * share)]).status is VerdictStatus.ALTERED


@pytest.mark.parametrize("tail", [b"\n", b"%", b"\0" * 100], ids=["line", "comment", "zeros"])
def test_an_added_tail_is_altered(tail, sealed, verify):
    assert verify(sealed + tail).status is VerdictStatus.ALTERED


def updated(data, change):
    """The file with an incremental update, which leaves the signature mathematically right."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def rotate_first_page(writer):
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page[generic.pdf_name("/Rotate")] = generic.NumberObject(90)
    writer.update_container(page)


def replace_first_attachment(writer):
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    stream = names[1].get_object()["/EF"]["/F"].get_object()
    stream._data = b'{"points": "forged"}'
    stream._encoded_data = None
    writer.update_container(stream)


def change_the_title(writer):
    writer.root[generic.pdf_name("/Lang")] = generic.pdf_string("en")
    writer.update_root()


@pytest.mark.parametrize("change", [rotate_first_page, replace_first_attachment, change_the_title])
def test_an_incremental_change_is_altered(change, sealed, verify):
    data = updated(sealed, change)
    assert data.startswith(sealed)
    verdict = verify(data)
    assert verdict.status is VerdictStatus.ALTERED
    assert signing_verdict.NOT_COVERED in verdict.reasons


def test_a_change_hidden_under_a_later_signature_is_altered(sealed, verify, home):
    forged = sign_field(updated(sealed, rotate_first_page), "sig_buyer", home)
    verdict = verify(forged)
    assert verdict.status is VerdictStatus.ALTERED
    assert verdict.reasons == (signing_verdict.FORBIDDEN_CHANGE,)
    assert verdict.signatures[0].modifications == "other"


def sign_field(data, name, home):
    person = load_signer(SealSettings(home=home, organisation="Une personne"))
    metadata = signers.PdfSignatureMetadata(
        field_name=name, subfilter=fields.SigSeedSubFilter.PADES
    )
    output = io.BytesIO()
    with person.opened() as backend:
        signers.PdfSigner(metadata, backend).sign_pdf(
            IncrementalPdfFileWriter(io.BytesIO(data)), output=output, existing_fields_only=True
        )
    return output.getvalue()


def test_people_may_sign_their_fields_afterwards(sealed, verify, home):
    signed = sign_field(sign_field(sealed, "sig_buyer", home), "sig_ciso", home)
    verdict = verify(signed)
    assert (verdict.status, verdict.reasons) == (
        VerdictStatus.INTACT,
        (signing_verdict.INTACT_SIGNED,),
    )
    assert [one.kind for one in verdict.signatures] == ["seal", "signature", "signature"]
    assert verdict.signatures[0].modifications == "form_filling"
    assert [one.covers_entire_file for one in verdict.signatures] == [False, False, True]


# Files that are not ours


@pytest.mark.parametrize("data", [b"", b"bonjour", b"PK\x03\x04", b"<html>%PDF-1.7"])
def test_a_file_that_is_not_a_pdf(data, verify):
    verdict = verify(data)
    assert (verdict.status, verdict.reasons) == (VerdictStatus.NOT_PDF, (signing_verdict.NOT_PDF,))


def test_a_pdf_without_a_seal(plain, verify):
    verdict = verify(plain)
    assert (verdict.status, verdict.reasons) == (
        VerdictStatus.UNSIGNED,
        (signing_verdict.UNSIGNED,),
    )


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\nstartxref\n0\n%%EOF"])
def test_a_ruined_pdf_is_a_verdict_not_an_exception(data, verify):
    assert verify(data).status is VerdictStatus.ALTERED


def test_random_bytes_never_raise(verify):
    chance = random.Random(1)
    for _ in range(50):
        verify(b"%PDF-1.7\n" + chance.randbytes(2_000))


def test_a_seal_by_a_stranger_is_not_ours(plain, verify, tmp_path):
    stranger = load_signer(SealSettings(home=tmp_path, organisation="CHU de Démonstration"))
    verdict = verify(seal_pdf(plain, signer=stranger, reason=REASON))
    assert (verdict.status, verdict.intact) == (VerdictStatus.UNTRUSTED, False)
    assert verdict.signatures[0].intact and not verdict.signatures[0].trusted
    assert "CHU de Démonstration" in verdict.reasons[0]


def test_without_roots_nobody_is_trusted(sealed):
    assert verify_pdf(sealed, trusted_roots=[]).status is VerdictStatus.UNTRUSTED


def test_checking_opens_no_connection(sealed, verify, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert verify(sealed).intact


# Keys


def test_the_keys_are_ours_alone(signer, home):
    folder = home / "seal"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {0o600}
    assert "PRIVATE" not in repr(signer)


def test_the_certificate_has_the_usages_that_readers_ask(home):
    certificate = certificates.local_seal(home, "CHU de Démonstration").certificate
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and usage.content_commitment and not usage.key_cert_sign
    purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purpose) == [ExtendedKeyUsageOID.EMAIL_PROTECTION]


def test_each_organisation_has_its_own_certificate(home, signer):
    other = load_signer(SealSettings(home=home, organisation="Hôpital voisin" + "x" * 100))
    assert other.fingerprint != signer.fingerprint
    assert other.trusted_roots == signer.trusted_roots
    assert load_signer(SealSettings(home=home, organisation="Hôpital voisin" + "x" * 100)) == other


def test_a_certificate_near_its_end_is_renewed_and_old_seals_stay_good(tmp_path, plain):
    then = NOW - certificates.SEAL_LIFE + dt.timedelta(days=10)
    settings = SealSettings(home=tmp_path, organisation="CHU")
    old = load_signer(settings, now=then)
    new = load_signer(settings)
    assert (old.fingerprint, new.trusted_roots) != (new.fingerprint, ())
    assert new.expires_at > NOW + dt.timedelta(days=1_000)
    sealed = seal_pdf(plain, signer=old, reason=REASON)
    assert verify_pdf(sealed, trusted_roots=new.trusted_roots).intact


def _made(home):
    return certificates.local_seal(home, "CHU").pem


def test_processes_that_start_together_share_one_authority(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        made = pool.map(_made, [tmp_path] * 4, chunksize=1)
    assert len(set(made)) == 1
    assert len(list((tmp_path / "seal").iterdir())) == 2


def pkcs12_file(path, passphrase, *, days=365, chain=True):
    authority_key = rsa.generate_private_key(65537, 2048)
    key = rsa.generate_private_key(65537, 2048)
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        for name in ("Autorité de test", "Cachet CHU")
    ]

    def certificate(subject, public, usage, *, ca):
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(names[0])
            .public_key(public).serial_number(x509.random_serial_number())
            .not_valid_before(NOW - dt.timedelta(days=400))
            .not_valid_after(NOW + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(certificates._key_usage(**{usage: True}), critical=True)
        )  # fmt: skip
        return builder.sign(authority_key, hashes.SHA256())

    authority = certificate(names[0], authority_key.public_key(), "key_cert_sign", ca=True)
    leaf = certificate(names[1], key.public_key(), "digital_signature", ca=False)
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"cachet", key, leaf, [authority] if chain else None,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
    )  # fmt: skip
    return path


@pytest.mark.parametrize("chain", [True, False])
def test_a_pkcs12_seal(chain, tmp_path, plain, home):
    file = pkcs12_file(tmp_path / "cachet.p12", "s3cret", chain=chain)
    ours = SealSettings(home=home, organisation="CHU", pkcs12=file, passphrase="s3cret")
    signer = load_signer(ours)
    assert (signer.name, signer.local) == ("Cachet CHU", False)
    assert "s3cret" not in repr(ours)
    verdict = verify_pdf(
        seal_pdf(plain, signer=signer, reason=REASON), trusted_roots=signer.trusted_roots
    )
    assert (verdict.status, verdict.signatures[0].signer) == (VerdictStatus.INTACT, "Cachet CHU")


def test_the_local_authority_stays_trusted_after_a_pkcs12(tmp_path, sealed, home):
    file = pkcs12_file(tmp_path / "cachet.p12", "s3cret")
    roots = signing.trusted_roots(
        SealSettings(home=home, organisation="CHU", pkcs12=file, passphrase="s3cret")
    )
    assert verify_pdf(sealed, trusted_roots=roots).intact


@pytest.mark.parametrize(
    ("name", "passphrase", "days", "message"),
    [
        ("absent.p12", "s3cret", 365, "illisible"),
        ("cachet.p12", "wrong", 365, "phrase de passe"),
        ("cachet.p12", "s3cret", -1, "n’est pas valide aujourd’hui"),
    ],
)
def test_a_bad_pkcs12_says_what_to_correct(name, passphrase, days, message, tmp_path):
    pkcs12_file(tmp_path / "cachet.p12", "s3cret", days=days)
    settings = SealSettings(
        home=tmp_path, organisation="CHU", pkcs12=tmp_path / name, passphrase=passphrase
    )
    with pytest.raises(SigningFailed, match=message):
        load_signer(settings)


def test_a_file_that_cannot_be_sealed_is_refused(signer):
    with pytest.raises(SigningFailed, match="n’a pas pu être scellé"):
        seal_pdf(b"not a pdf", signer=signer, reason=REASON)


# Time stamps


@pytest.fixture(scope="module")
def time_stamps(tmp_path_factory):
    with time_stamp_server(tmp_path_factory.mktemp("tsa")) as server:
        yield server


#: The object identifier of a signature time-stamp token, in the hexadecimal of the block.
TOKEN_MARK = b"060B2A864886F70D010910020E"


@pytest.fixture(scope="module")
def stamped(plain, home, time_stamps):
    settings = SealSettings(
        home=home, organisation="CHU", tsa_url=time_stamps.url, tsa_certificates=time_stamps.file
    )
    signer = load_signer(settings)
    roots = {"trusted_roots": signer.trusted_roots, "timestamp_roots": signer.timestamp_roots}
    return seal_pdf(plain, signer=signer, reason=REASON), roots


def test_a_time_stamped_seal(stamped):
    data, roots = stamped
    verdict = verify_pdf(data, **roots)
    assert verdict.reasons == (signing_verdict.INTACT,)
    assert verdict.signatures[0].timestamped_at is not None


def test_an_unknown_time_stamp_server_is_said(stamped, signer):
    verdict = verify_pdf(stamped[0], trusted_roots=signer.trusted_roots)
    assert verdict.status is VerdictStatus.INTACT
    assert signing_verdict.UNKNOWN_TIMESTAMP in verdict.reasons


def test_a_flipped_bit_in_a_time_stamped_block_is_detected(stamped):
    """Before the token every bit counts; in the token, what its own signature protects."""
    data, roots = stamped
    assert verify_pdf(data, **roots).intact
    start, end = signature_block(data)
    token = data.index(TOKEN_MARK, start, end)
    token_end = start + len(data[start : end - 1].rstrip(b"0"))
    chance = random.Random(3)
    places = [chance.randrange(start, token) for _ in range(40)]
    places += [chance.randrange(token_end - 400, token_end - 4) for _ in range(20)]
    for place in places:
        verdict = verify_pdf(flipped(data, place, chance.randrange(8)), **roots)
        assert verdict.status is VerdictStatus.ALTERED, place


def test_a_time_stamp_server_that_is_down_is_said(plain, home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = SealSettings(home=home, organisation="CHU", tsa_url=f"http://127.0.0.1:{port}/")
    with pytest.raises(SigningFailed, match="horodatage ne répond pas"):
        seal_pdf(plain, signer=load_signer(settings), reason=REASON)
    assert seal_pdf(plain, signer=load_signer(settings), reason=REASON, timestamp=False)
