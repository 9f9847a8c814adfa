"""What a document signed elsewhere is worth, and every way to cheat that is seen."""

import io
import shutil
import subprocess
from typing import Any

import pypdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields

from tests.common.pdf_sample import ATTACHMENTS, METADATA, sample_html
from tests.common.signing_outside import (
    DAY,
    FOR_SEALS,
    NOW,
    Authority,
    qualified,
    sign,
    sign_with_openssl,
)
from uniha_clausier.common import signing_people
from uniha_clausier.common.pdf import render_pdf
from uniha_clausier.common.signing import SealSettings, load_signer, seal_pdf
from uniha_clausier.common.signing_isolated import examine_signed_pdf_isolated
from uniha_clausier.common.signing_people import (
    CATEGORY,
    FORMAT,
    IDENTITY,
    INTEGRITY,
    OK,
    PERSON,
    REFUSED,
    VALIDITY,
    WARNING,
    PeopleTrust,
    examine_signed_pdf,
)

needs_pdfsig = pytest.mark.skipif(
    shutil.which("pdfsig") is None, reason="no pdfsig: install poppler-utils"
)


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return load_signer(SealSettings(home=home, organisation="CHU de Démonstration"))


@pytest.fixture(scope="module")
def sealed(signer, tmp_path_factory):
    plain = render_pdf(
        sample_html(3),
        attachments=ATTACHMENTS,
        metadata=METADATA,
        home=tmp_path_factory.mktemp("fonts"),
    )
    return seal_pdf(plain.data, signer=signer, reason="Scellement d’intégrité")


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def person(authority):
    return authority.person()


@pytest.fixture(scope="module")
def signed(sealed, person):
    return sign(sealed, person)


@pytest.fixture(scope="module")
def examine(signer, sealed, authority):
    published = (authority.list(),)
    known = (authority.pem,)

    def run(data, *, base=sealed, lists=published, roots=known, **options):
        return examine_signed_pdf(
            data,
            base=base,
            seal_roots=signer.trusted_roots,
            trust=PeopleTrust(roots=roots, revocation_lists=lists, **options),
            now=NOW,
        )

    return run


def states(examination: Any) -> dict[str, str]:
    [signature] = examination.signatures
    return {point.key: point.state for point in signature.points}


ALL_GOOD = {IDENTITY: PERSON, CATEGORY: OK, FORMAT: OK, VALIDITY: OK, INTEGRITY: OK}


# What is accepted


def test_a_qualified_signature_passes_and_waits_only_for_a_person(signed, examine):
    found = examine(signed)
    assert (found.faults, found.places) == ((), ())
    assert states(found) == ALL_GOOD
    [signature] = found.signatures
    assert (signature.signer, signature.organisation) == ("Camille Martin", "Hôpital d’Essai")
    assert (signature.issuer, signature.field_name) == ("Autorité Qualifiée d’Essai", "sig_buyer")
    assert (signature.category, signature.revocation) == ("qualified", "good")


def test_the_child_process_finds_the_same(signed, sealed, signer, authority, examine):
    trust = PeopleTrust(roots=(authority.pem,), revocation_lists=(authority.list(),))
    found = examine_signed_pdf_isolated(
        signed, base=sealed, seal_roots=signer.trusted_roots, trust=trust, now=NOW
    )
    assert found.signatures[0].points == examine(signed).signatures[0].points
    assert found.is_acceptable


@needs_pdfsig
def test_another_reader_says_the_same_of_the_format_and_the_content(signed, tmp_path):
    (tmp_path / "signed.pdf").write_bytes(signed)
    run = subprocess.run(
        ["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False
    )
    assert run.stdout.count("Signature is Valid.") == 2
    assert "Camille Martin" in run.stdout
    assert "ETSI.CAdES.detached" in run.stdout


@needs_pdfsig
def test_a_signature_of_openssl_alone_passes_too(sealed, person, examine, tmp_path):
    data = sign_with_openssl(sealed, person, tmp_path)
    found = examine(data)
    assert (found.faults, states(found)) == ((), ALL_GOOD)
    (tmp_path / "signed.pdf").write_bytes(data)
    run = subprocess.run(
        ["pdfsig", tmp_path / "signed.pdf"], capture_output=True, text=True, check=False
    )
    assert run.stdout.count("Signature is Valid.") == 2


def test_a_second_person_signs_after_the_first(signed, authority, examine):
    both = sign(signed, authority.person("Sacha Petit"), field="sig_ciso")
    found = examine(both, base=signed)
    assert found.is_acceptable
    assert [one.signer for one in found.signatures] == ["Camille Martin", "Sacha Petit"]


def test_without_a_list_the_revocation_is_said_to_be_unknown(signed, examine):
    found = examine(signed, lists=())
    assert found.is_acceptable
    assert states(found) == ALL_GOOD | {VALIDITY: WARNING}
    assert found.signatures[0].revocation == "unknown"


@pytest.mark.parametrize(
    ("statements", "category"), [(None, "ordinary"), (qualified(FOR_SEALS), "qualified_seal")]
)
def test_a_certificate_that_is_not_for_signatures_is_said_or_refused(
    statements, category, sealed, authority, examine
):
    data = sign(sealed, authority.person(statements=statements))
    found = examine(data)
    assert states(found) == ALL_GOOD | {CATEGORY: WARNING}
    assert (found.is_acceptable, found.signatures[0].category) == (True, category)
    assert not examine(data, qualified_only=True).is_acceptable


def test_a_qualified_certificate_that_says_no_use_is_one_for_signatures(sealed, authority, examine):
    """ETSI EN 319 412-5, 4.2.3."""
    found = examine(sign(sealed, authority.person(statements=qualified(None))))
    assert (states(found), found.signatures[0].category) == (ALL_GOOD, "qualified")


def test_who_has_no_common_name_is_named_by_what_the_certificate_says(sealed, authority, examine):
    found = examine(sign(sealed, authority.person(None)))
    assert found.is_acceptable
    assert found.signatures[0].signer == "Organization: Hôpital d’Essai"


# What is refused


def test_the_document_that_nobody_signed_is_refused(sealed, examine):
    assert examine(sealed).faults == (signing_people.UNSIGNED,)


def test_a_self_made_certificate_proves_nothing(sealed, authority, examine):
    found = examine(sign(sealed, authority.person(self_made=True)))
    assert not found.is_acceptable
    assert states(found)[IDENTITY] == REFUSED
    assert "s’est délivré lui-même" in found.faults[0]


def test_an_authority_that_nobody_knows_proves_nothing(sealed, authority, examine):
    found = examine(sign(sealed, Authority("Autorité inventée").person()))
    assert states(found)[IDENTITY] == REFUSED
    assert "« Autorité inventée » n’est pas reconnue" in found.faults[0]


def test_an_authority_that_borrows_a_known_name_proves_nothing(sealed, authority, examine):
    found = examine(sign(sealed, Authority().person()))
    assert states(found)[IDENTITY] == REFUSED


def test_without_authorities_nothing_is_accepted(signed, examine):
    assert not examine(signed, roots=()).is_acceptable


def test_a_revoked_certificate_is_refused(signed, person, authority, examine):
    found = examine(signed, lists=(authority.list((person, NOW - 2 * DAY)),))
    assert states(found) == ALL_GOOD | {VALIDITY: REFUSED}
    assert found.signatures[0].revocation == "revoked"


def test_a_list_that_somebody_else_made_revokes_nobody(signed, person, authority, examine):
    forged = Authority().list((person, NOW - 2 * DAY))
    assert examine(signed, lists=(forged,)).signatures[0].revocation == "unknown"


@pytest.mark.parametrize(
    "dates",
    [
        {"since": NOW - 90 * DAY, "until": NOW - 2 * DAY},
        {"since": NOW + 2 * DAY, "until": NOW + 90 * DAY},
    ],
)
def test_a_certificate_outside_of_its_dates_is_refused(dates, sealed, authority, examine):
    found = examine(sign(sealed, authority.person(**dates)))
    assert states(found)[VALIDITY] == REFUSED
    assert "il n’était pas valide" in found.faults[0]


def test_another_format_than_pades_is_refused(sealed, person, examine):
    data = sign(sealed, person, subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    assert states(examine(data)) == ALL_GOOD | {FORMAT: REFUSED}


def test_a_changed_byte_is_refused_and_its_place_said(signed, sealed, examine):
    altered = bytearray(signed)
    altered[1234] ^= 1
    found = examine(bytes(altered))
    assert found.faults == (signing_people.NOT_OURS,)
    assert found.places[0] == f"premier octet différent : n° 1235 sur {len(sealed)}"


def test_the_page_of_a_changed_byte_is_said(signed, sealed, examine):
    [first, *_] = pypdf.PdfReader(io.BytesIO(sealed)).pages
    content = first.raw_get("/Contents")
    altered = bytearray(signed)
    altered[sealed.index(b"\n%d 0 obj" % content.idnum) + 100] ^= 1
    assert examine(bytes(altered)).places[1:] == ("page 1",)


@pytest.mark.parametrize(("what", "further"), [(b"/M (D", 12), (b"stream", 100)])
def test_a_byte_changed_in_what_the_signature_brought_is_refused(
    what, further, signed, sealed, examine
):
    """Its date, a stamp: no byte of what we made differs, the signature alone can tell."""
    altered = bytearray(signed)
    altered[signed.index(what, len(sealed)) + further] ^= 1
    found = examine(bytes(altered))
    assert states(found)[INTEGRITY] == REFUSED
    assert any("Le contenu signé a changé" in fault for fault in found.faults)


def test_a_byte_changed_in_the_signature_itself_is_refused(signed, sealed, examine):
    altered = bytearray(signed)
    place = signed.rindex(b"/ByteRange")
    altered[place + 4] ^= 1
    assert not examine(bytes(altered)).is_acceptable


def test_the_signed_document_of_another_assessment_is_refused(signer, sealed, signed, examine):
    found = examine(signed, base=sealed.replace(b"%PDF-1.7", b"%PDF-1.6"))
    assert found.faults == (signing_people.NOT_OURS,)


def test_a_roll_back_to_an_earlier_revision_is_refused(signed, sealed, authority, examine):
    both = sign(signed, authority.person("Sacha Petit"), field="sig_ciso")
    assert examine(signed, base=both).faults == (signing_people.ROLLED_BACK,)
    assert examine(sealed, base=both).faults == (signing_people.ROLLED_BACK,)


# Incremental edits: other readers call these files valid


def edited(data: bytes, change: Any) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def another_page(writer):
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    while "/Kids" in page.get_object():
        page = page.get_object()["/Kids"].raw_get(0)
    contents = generic.StreamObject(stream_data=b"BT ET")
    page.get_object()["/Contents"] = writer.add_object(contents)
    writer.mark_update(page)


def a_page_in_pieces(writer):
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    pieces = [generic.StreamObject(stream_data=piece) for piece in (b"BT", b"ET")]
    page.get_object()["/Contents"] = generic.ArrayObject(map(writer.add_object, pieces))
    writer.mark_update(page)


def a_page_without_content(writer):
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    del page.get_object()["/Contents"]
    writer.mark_update(page)


def another_attachment(writer):
    files = writer.root["/AF"]
    entry = files[0]["/EF"]
    stream = entry.raw_get("/F")
    writer.mark_update(stream)
    stream.get_object()._data = b'{"points": []}'
    stream.get_object()._encoded_data = None


def another_stamp(writer):
    field = next(
        one
        for one in writer.root["/AcroForm"]["/Fields"]
        if one.get_object().get("/T") == "sig_buyer"
    )
    field.get_object()["/AP"] = generic.DictionaryObject(
        {
            generic.pdf_name("/N"): writer.add_object(
                generic.StreamObject(
                    dict_data={
                        generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
                        generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
                        generic.pdf_name("/BBox"): generic.ArrayObject(
                            map(generic.NumberObject, (0, 0, 10, 10))
                        ),
                    },
                    stream_data=b"0 0 10 10 re f",
                )
            )
        }
    )
    writer.mark_update(field)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (another_page, "page 1"),
        (a_page_in_pieces, "page 1"),
        (a_page_without_content, "page 1"),
        (another_attachment, "pièce jointe evaluation.json"),
        (another_stamp, "tampon du champ sig_buyer"),
    ],
)
@pytest.mark.parametrize("signed_again", [False, True])
def test_an_edit_after_the_signature_is_refused_and_its_place_said(
    change, place, signed_again, signed, authority, examine
):
    data = edited(signed, change)
    if signed_again:
        data = sign(data, authority.person("Sacha Petit"), field="sig_ciso")
    found = examine(data)
    assert not found.is_acceptable
    assert place in found.places


def test_an_edit_before_the_signature_is_refused_and_its_place_said(sealed, person, examine):
    found = examine(sign(edited(sealed, another_page), person))
    assert not found.is_acceptable
    assert "page 1" in found.places


def test_a_file_that_cannot_be_read_is_refused(sealed, examine):
    assert not examine(sealed + b"nonsense").is_acceptable
    assert not examine(sealed + sealed).is_acceptable
