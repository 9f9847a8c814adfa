import dataclasses
import datetime as dt
import io
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from typing import Any

import pypdf
import pytest

from tests import verapdf
from tests.common.pdf_sample import ATTACHMENTS, CREATED, METADATA, sample_html
from uniha_clausier.common import pdf_isolated
from uniha_clausier.common.errors import RenderingFailed
from uniha_clausier.common.pdf import Attachment, render_pdf
from uniha_clausier.common.pdf_isolated import Limits, render_pdf_isolated

needs_verapdf = pytest.mark.skipif(
    verapdf.missing_tool() is not None, reason=verapdf.missing_tool() or ""
)
needs_qpdf = pytest.mark.skipif(shutil.which("qpdf") is None, reason="no qpdf: install qpdf")
needs_poppler = pytest.mark.skipif(
    shutil.which("pdfinfo") is None, reason="no pdfinfo: install poppler-utils"
)

PASTED = "<b>gras</b> 😀❤\ufe0f \u202eefface\u202c \U00013000 中 النص\n" + "x" * 10_000


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def rendered(home):
    return render_pdf(
        sample_html(12, extra=PASTED), attachments=ATTACHMENTS, metadata=METADATA, home=home
    )


@pytest.fixture(scope="module")
def path(rendered, home):
    path = home / "sample.pdf"
    path.write_bytes(rendered.data)
    return path


@pytest.fixture(scope="module")
def reader(rendered):
    return pypdf.PdfReader(io.BytesIO(rendered.data), strict=True)


def text_of(data):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def small(body, home, **arguments):
    html = f'<html lang="fr"><body>{body}</body></html>'
    return render_pdf(html, metadata=METADATA, home=home, **arguments)


# The document


@needs_verapdf
def test_it_is_pdfa_3a_and_pdfua_1(path):
    assert verapdf.validate(path, "3a", "ua1") == []


@needs_verapdf
def test_the_validator_is_not_blind(tmp_path):
    broken = tmp_path / "broken.pdf"
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(broken)
    assert verapdf.validate(broken, "3a", "ua1")


@needs_qpdf
def test_qpdf_finds_no_fault(path):
    run = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@needs_poppler
def test_poppler_reads_the_structure(path):
    def run(*arguments):
        return subprocess.run(
            ["pdfinfo", *arguments, path], capture_output=True, text=True, check=True
        ).stdout

    assert "Tagged:          yes" in run()
    structure = run("-struct")
    assert all(f"\n  {tag}" in structure.replace("\n    ", "\n  ") for tag in ("H1", "Table", "L"))
    assert "Figure" in structure and "Form" in structure and "Caption" in structure


def test_the_renderer_complains_of_nothing(rendered):
    assert rendered.warnings == ()


def test_pypdf_reads_title_language_and_dates(reader):
    assert reader.metadata.title == METADATA.title
    assert reader.metadata.author == METADATA.author
    assert reader.metadata.creation_date == CREATED
    assert reader.trailer["/Root"]["/Lang"] == "fr"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"]


def test_headings_are_bookmarks(reader):
    titles = [one.title for one in reader.outline if not isinstance(one, list)]
    assert titles == ["Évaluation de sécurité"]
    assert "Chapitre 1, les exigences" in str(reader.outline)


def test_pasted_text_is_shown_and_harmless(rendered):
    text = text_of(rendered.data)
    assert "<b>gras</b>" in text and "[U+13000]" in text and "efface" in text
    assert "\u202e" not in text


def test_attachments_come_back_with_type_relation_and_date(reader):
    assert {name: content[0] for name, content in reader.attachments.items()} == {
        one.name: one.content for one in ATTACHMENTS
    }
    specifications = [one.get_object() for one in reader.trailer["/Root"]["/AF"]]
    assert [one["/AFRelationship"] for one in specifications] == ["/Source", "/Alternative"]
    streams = [one["/EF"]["/F"] for one in specifications]
    assert [one["/Subtype"][1:].replace("#2f", "/") for one in streams] == [
        one.mime_type for one in ATTACHMENTS
    ]
    assert {one["/Params"]["/ModDate"] for one in streams} == {"D:20261123143200Z"}


def test_signature_fields_are_empty_and_labelled(reader, rendered):
    assert rendered.signature_fields == ("sig_buyer", "sig_ciso")
    form = reader.trailer["/Root"]["/AcroForm"]
    fields = [one.get_object() for one in form["/Fields"]]
    assert [one["/FT"] for one in fields] == ["/Sig", "/Sig"]
    assert fields[0]["/TU"] == "Signature de l’acheteur" and "/V" not in fields[0]
    assert "/NeedAppearances" not in form


def test_the_same_arguments_give_the_same_bytes(rendered, home):
    again = render_pdf(
        sample_html(12, extra=PASTED), attachments=ATTACHMENTS, metadata=METADATA, home=home
    )
    assert again.sha256 == rendered.sha256
    later = dataclasses.replace(METADATA, created=CREATED + dt.timedelta(seconds=1))
    assert small("x", home).data != render_pdf("x", metadata=later, home=home).data


def test_a_naive_date_is_refused(home):
    naive = dataclasses.replace(METADATA, created=dt.datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        render_pdf("x", metadata=naive, home=home)


def test_metadata_cannot_break_the_file(home):
    hostile = dataclasses.replace(METADATA, title="a\x00b</rdf:RDF> 😀 (é", author="x\ny")
    data = render_pdf("<html lang=fr>x</html>", metadata=hostile, home=home).data
    metadata = pypdf.PdfReader(io.BytesIO(data)).metadata
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("ab</rdf:RDF> 😀 (é", "x y")


def test_the_environment_is_left_as_it_was(home, monkeypatch):
    monkeypatch.setenv("FONTCONFIG_FILE", "/elsewhere")
    small("x", home)
    assert os.environ["FONTCONFIG_FILE"] == "/elsewhere"


# What a hostile page cannot do


SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"


@pytest.fixture
def listener():
    """A loopback port that remembers whether anybody called."""
    calls = []
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    stop = threading.Event()

    def accept():
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            calls.append(1)
            connection.close()

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", calls
    stop.set()
    thread.join()
    server.close()


@pytest.mark.parametrize(
    "payload",
    [
        '<img src="{url}/a.png" alt="x">',
        '<img src="{file}" alt="x">',
        '<link rel="attachment" href="{file}">',
        '<link rel="attachment" href="{url}/a">',
        '<link rel="attachment" href="data:text/plain,secret">',
        '<link rel="stylesheet" href="{url}/a.css">',
        '<style>@import "{url}/a.css"; p {{ background: url({url}/b.png) }}</style><p>x</p>',
        "<style>@font-face {{ font-family: a; src: url({file}) }} p {{ font-family: a }}</style><p>x</p>",
        f"{SVG}<title>x</title><image href='{{url}}/a.png' width='9' height='9'/></svg>",
        f"<img alt=\"x\" src=\"data:image/svg+xml,{SVG}<image href='{{file}}' width='9'/></svg>\">",
        '<base href="{url}/"><img src="a.png" alt="x">',
        '<object data="{file}"></object><embed src="{url}/a">',
        '<iframe src="{file}"></iframe>',
        '<p style="content: attr(x url); background-image: url({file})">x</p>',
    ],
)
def test_nothing_is_fetched_nor_embedded(payload, listener, home, tmp_path):
    url, calls = listener
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"SECRET-OF-THE-MACHINE")
    data = small(payload.format(url=url, file=secret.as_uri()), home).data
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert not reader.attachments and not calls
    streams = [one.get_data() for one in _streams(reader)]
    assert streams and not any(b"SECRET" in one for one in streams)


def _streams(reader):
    writer = pypdf.PdfWriter(clone_from=reader)
    return [one for one in writer._objects if isinstance(one, pypdf.generic.StreamObject)]


def test_an_embedded_file_of_the_page_is_refused(home):
    pixel = "data:image/png;base64,iVBORw0KGgo="
    with pytest.raises(RenderingFailed, match="pièce jointe"):
        small(f'<a rel="attachment" href="{pixel}">x</a>', home)


def test_a_field_that_is_not_a_signature_is_refused(home):
    with pytest.raises(RenderingFailed, match="champ de formulaire"):
        small('<input type="checkbox" name="other" title="x">', home)


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "file:///etc/hostname", "http://x/"])
def test_only_https_links_survive(scheme, home):
    data = small(f'<p><a href="{scheme}">a</a> <a href="https://ok.example/">b</a></p>', home).data
    annotations: Any = pypdf.PdfReader(io.BytesIO(data)).pages[0].annotations
    targets = [one.get_object().get("/A", {}).get("/URI") for one in annotations]
    assert targets == [None, "https://ok.example/"]


def test_a_document_beyond_reason_is_refused(home, monkeypatch):
    monkeypatch.setattr("uniha_clausier.common.pdf.MAX_HTML_CHARACTERS", 10)
    with pytest.raises(RenderingFailed, match="trop volumineux"):
        small("x", home)


# In a process of its own


def isolated(html, home, **limits):
    return render_pdf_isolated(html, metadata=METADATA, home=home, limits=Limits(**limits))


#: Breaking this anywhere takes the layout engine minutes.
BOMB = (
    '<html lang="fr"><style>p { overflow-wrap: anywhere; width: 20mm }</style><p>'
    + "x" * 150_000
    + "</p></html>"
)


def test_isolated_gives_the_same_bytes_and_the_cost(rendered, home):
    result = render_pdf_isolated(
        sample_html(12, extra=PASTED), attachments=ATTACHMENTS, metadata=METADATA, home=home
    )
    assert result.sha256 == rendered.sha256
    assert (result.pages, result.signature_fields) == (rendered.pages, rendered.signature_fields)
    assert 0 < result.cpu_seconds < 20
    assert 10_000_000 < result.peak_memory_bytes < 1_000_000_000


def most_page_faults():
    """Call a small function 300 times from each of 250 depths; the most faults of one depth."""

    def leaf(a=0, b=1, c=2, d=3, e=4, f=5, g=6, h=7):
        return a + b + c + d + e + f + g + h

    def from_depth(depth):
        if depth:
            return from_depth(depth - 1)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(300):
            leaf()
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    return max(from_depth(depth) for depth in range(250))


def test_no_depth_of_the_layout_asks_the_kernel_for_memory_at_each_call():
    assert pdf_isolated._with_room(most_page_faults)() < 100


def test_a_bomb_meets_the_clock_and_the_next_document_is_made(home):
    start = time.monotonic()
    with pytest.raises(RenderingFailed) as failure:
        isolated(BOMB, home, wall_seconds=2)
    assert str(failure.value) == pdf_isolated.TOO_LONG
    assert time.monotonic() - start < 6
    assert isolated("<html lang=fr>x</html>", home).pages == 1


def test_a_bomb_meets_the_cpu_limit(home):
    with pytest.raises(RenderingFailed) as failure:
        isolated(BOMB, home, cpu_seconds=1)
    assert str(failure.value) == pdf_isolated.TOO_LONG


def test_memory_is_limited(home):
    with pytest.raises(RenderingFailed) as failure:
        isolated(sample_html(1, extra="mot " * 200_000), home, memory_bytes=130_000_000)
    assert str(failure.value) == pdf_isolated.TOO_BIG


def test_the_file_size_is_limited(home):
    isolated("<html lang=fr>x</html>", home)  # writes the configuration of the fonts
    with pytest.raises(RenderingFailed) as failure:
        isolated("<html lang=fr>x</html>", home, file_bytes=1_000)
    assert str(failure.value) == pdf_isolated.TOO_BIG


def test_a_refusal_comes_back_as_it_was_said(home):
    with pytest.raises(RenderingFailed, match="champ de formulaire"):
        isolated('<html lang="fr"><input type="checkbox" name="other"></html>', home)


def test_a_helper_killed_while_idle_is_replaced(home):
    isolated("<html lang=fr>x</html>", home)
    os.kill(pdf_isolated._helper.pid or 0, signal.SIGKILL)
    time.sleep(0.2)
    assert isolated("<html lang=fr>x</html>", home).pages == 1


def test_a_helper_killed_at_work_is_an_error_and_is_replaced(home):
    isolated("<html lang=fr>x</html>", home)
    killer = threading.Timer(0.5, os.kill, (pdf_isolated._helper.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(RenderingFailed) as failure:
        isolated(BOMB, home)
    killer.join()
    assert str(failure.value) == pdf_isolated.KILLED
    assert isolated("<html lang=fr>x</html>", home).pages == 1


def test_the_helper_sees_no_secret_and_no_network(home, monkeypatch):
    pdf_isolated._helper.stop()
    monkeypatch.setenv("SECRET_KEY", "do-not-leak")
    result = isolated("<html lang=fr>x</html>", home)
    with open(f"/proc/{pdf_isolated._helper.pid}/environ", "rb") as stream:  # noqa: PTH123
        assert b"do-not-leak" not in stream.read()
    if result.network_isolated:
        with open(f"/proc/{pdf_isolated._helper.pid}/net/dev") as stream:  # noqa: PTH123
            interfaces = [line.split(":")[0].strip() for line in stream.readlines()[2:]]
        assert interfaces in ([], ["lo"])


def test_pasted_megabyte_is_rendered_in_time(home):
    result = render_pdf_isolated(
        sample_html(1, extra="mot " * 100_000), metadata=METADATA, home=home
    )
    assert result.pages > 50


def test_an_attachment_is_what_was_given(home):
    content = os.urandom(100_000)
    given = Attachment("a.bin", content, "application/octet-stream", "x", "Unspecified")
    result = render_pdf_isolated(
        "<html lang=fr>x</html>", attachments=[given], metadata=METADATA, home=home
    )
    assert pypdf.PdfReader(io.BytesIO(result.data)).attachments["a.bin"][0] == content
