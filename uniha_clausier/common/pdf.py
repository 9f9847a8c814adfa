"""HTML to one PDF file that is both PDF/A-3a and PDF/UA-1, and fetches nothing.

For the authors of templates, what keeps 118 points under 2 seconds and valid:

- plain blocks (``section``, ``p``, ``dl``) with ``break-inside: avoid`` on short ones;
  no grid and no flex in what repeats (4 times slower), no table a point;
- tables: ``table-layout: fixed`` with explicit column widths, a ``caption`` and
  ``th scope``; never one big table a chapter;
- a table of contents without leader dots, page numbers by ``target-counter()``;
- no letter-spacing or text-align: justify on long text; hyphenation costs 10 %;
- ``<html lang="fr">``; h1–h6 in order, they become the bookmarks; an SVG carries a
  ``<title>`` (aria-label is ignored), an ``<img>`` an ``alt`` and a ``data:`` source;
- every free text goes through ``pdf_text.paragraphs()`` or ``clean_text()``;
- an empty signature field is ``<input type="checkbox" name="sig_buyer" title="…">`` with
  a width and a height; a field name may not begin another one;
- ``font-family: "Noto Sans"``; other fonts of the machine are not visible.
"""

import datetime as dt
import hashlib
import io
import logging
import os
import re
import resource
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf

from uniha_clausier.common.errors import RenderingFailed
from uniha_clausier.common.pdf_fonts import MissingFonts, write_fontconfig
from uniha_clausier.common.pdf_text import clean_line

#: More than ten times the longest document seen; beyond it nothing good can come.
MAX_HTML_CHARACTERS = 12_000_000
MAX_DATA_URL = 2_000_000
SIGNATURE_PREFIX = "sig_"

_IMAGE_URL = re.compile(r"data:image/(?:png|jpeg|svg\+xml)[;,]", re.ASCII | re.IGNORECASE)
_FONTCONFIG_LOCK = threading.Lock()

_UA_IDENTIFIER = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about="" pdfuaid:part="1"/>\
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"""


@dataclass(frozen=True)
class Attachment:
    """A file embedded in the document. ``relationship`` is an AFRelationship of PDF/A-3."""

    name: str
    content: bytes
    mime_type: str
    description: str
    relationship: str = "Data"


@dataclass(frozen=True)
class Metadata:
    """What the file says about itself. ``created`` is an aware moment: it makes the bytes reproducible."""

    title: str
    created: dt.datetime
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    generator: str = "Clausier"
    language: str = "fr"


@dataclass(frozen=True)
class RenderedPdf:
    """The file and what it cost. ``warnings`` are the renderer's: a good template has none."""

    data: bytes
    pages: int
    signature_fields: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    network_isolated: bool = False
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.data).hexdigest())


def render_pdf(
    html: str, *, attachments: Sequence[Attachment] = (), metadata: Metadata, home: Path
) -> RenderedPdf:
    """Render in this process, without limits: for tests and for the isolated child.

    ``home`` is the data folder, where the private fontconfig file lives. The same
    arguments give the same bytes.
    """
    if len(html) > MAX_HTML_CHARACTERS:
        raise RenderingFailed("Le document est trop volumineux pour être mis en page.")
    before = resource.getrusage(resource.RUSAGE_SELF)
    with _private_fonts(home), _renderer_warnings() as complaints:
        finisher = _Finisher(attachments)
        raw, pages = _write(html, attachments, metadata, finisher)
    data = _resave(raw)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return RenderedPdf(
        data=data,
        pages=pages,
        signature_fields=tuple(finisher.signature_fields),
        warnings=tuple(complaints),
        cpu_seconds=_cpu(after) - _cpu(before),
        peak_memory_bytes=after.ru_maxrss * 1024,
    )


def preload() -> None:
    """Import the renderer, so that a process forked from this one need not."""
    import weasyprint  # noqa: F401


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _private_fonts(home: Path) -> Iterator[None]:
    """WeasyPrint reads FONTCONFIG_FILE each time it builds a font configuration."""
    try:
        path = str(write_fontconfig(home))
    except MissingFonts as error:
        raise RenderingFailed(str(error)) from error
    with _FONTCONFIG_LOCK:
        previous = os.environ.get("FONTCONFIG_FILE")
        os.environ["FONTCONFIG_FILE"] = path
        try:
            yield
        finally:
            if previous is None:
                del os.environ["FONTCONFIG_FILE"]
            else:
                os.environ["FONTCONFIG_FILE"] = previous


@contextmanager
def _renderer_warnings() -> Iterator[list[str]]:
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if len(messages) < 50:
                messages.append(record.getMessage()[:300])

    logger, collector = logging.getLogger("weasyprint"), Collector(logging.WARNING)
    logger.addHandler(collector)
    try:
        yield messages
    finally:
        logger.removeHandler(collector)


def _write(
    html: str, attachments: Sequence[Attachment], metadata: Metadata, finisher: "_Finisher"
) -> tuple[bytes, int]:
    from weasyprint import HTML  # half a second: only where something is rendered

    document = HTML(string=html, url_fetcher=_image_fetcher()).render(pdf_forms=True)
    _describe(document.metadata, metadata)
    with warnings.catch_warnings():
        # WeasyPrint opens its colour profile and leaves the closing to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        raw = document.write_pdf(
            finisher=finisher,
            pdf_variant="pdf/a-3a",
            pdf_tags=True,
            pdf_forms=True,
            uncompressed_pdf=True,  # at the slowest level here; _resave() compresses
            attachments=[_embedded(attachment, metadata) for attachment in attachments],
        )
    return raw, len(document.pages)


def _image_fetcher() -> Any:
    """Only images written in the document itself: no network, no file, no data: attachment."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class ImageFetcher(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if len(url) > MAX_DATA_URL or not _IMAGE_URL.match(url):
                raise ValueError("only small data:image URLs are read")
            return super().fetch(url, headers)

    return ImageFetcher(allowed_protocols=("data",), allow_redirects=False)


def _describe(target: Any, metadata: Metadata) -> None:
    """Ours replaces whatever the HTML says, so that a pasted <meta> changes nothing."""
    target.title = clean_line(metadata.title)
    target.authors = [clean_line(metadata.author)] if metadata.author else []
    target.description = clean_line(metadata.subject) or None
    target.keywords = [clean_line(word) for word in metadata.keywords]
    target.generator = clean_line(metadata.generator)
    target.created = target.modified = _utc(metadata.created).strftime("%Y-%m-%dT%H:%M:%SZ")
    target.lang = metadata.language
    target.attachments = []


def _embedded(attachment: Attachment, metadata: Metadata) -> Any:
    from weasyprint import Attachment as Embedded

    return Embedded(
        file_obj=io.BytesIO(attachment.content),
        name=attachment.name,
        description=attachment.description,
        created=_utc(metadata.created),
        modified=_utc(metadata.created),
        relationship=attachment.relationship,
    )


def _utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        raise ValueError("the moment of a document is aware of its time zone")
    return moment.astimezone(dt.UTC)


class _Finisher:
    """What WeasyPrint does not do: the last changes before the file is written."""

    def __init__(self, attachments: Sequence[Attachment]):
        self.attachments = attachments
        self.signature_fields: list[str] = []

    def __call__(self, document: Any, pdf: Any) -> None:
        self._name_conformance(pdf)
        self._check_embedded_files(pdf)
        self._mend_objects(pdf)
        self._mend_form(pdf)

    def _name_conformance(self, pdf: Any) -> None:
        stream = _referenced(pdf, pdf.catalog["Metadata"])
        head, end, tail = stream.stream[0].rpartition(b"</rdf:RDF>")
        stream.stream[0] = head + _UA_IDENTIFIER + end + tail

    def _check_embedded_files(self, pdf: Any) -> None:
        """Exactly the files we gave, with their types; WeasyPrint guesses types from the machine."""
        files = [entry for entry in pdf.objects if _is(entry, "Type", "/Filespec")]
        if len(files) != len(self.attachments):
            raise RenderingFailed("Le document contient une pièce jointe inattendue.")
        for entry, attachment in zip(files, self.attachments, strict=True):
            stream = _referenced(pdf, entry["EF"]["F"])
            stream.extra["Subtype"] = "/" + attachment.mime_type.replace("/", "#2f")
        if "AF" in pdf.catalog:
            pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])

    def _mend_objects(self, pdf: Any) -> None:
        for entry in list(pdf.objects):
            if _is(entry, "S", "/Form"):
                # pyHanko calls each later signature suspicious when /K is an array of one
                [entry["K"]] = entry["K"]
            elif _is(entry, "Subtype", "/Link") and "A" in entry:
                if not entry["A"]["URI"].string.startswith(("https://", "mailto:")):
                    del entry["A"]
            elif _is(entry, "Subtype", "/Widget"):
                self._empty_signature(pdf, entry)

    def _empty_signature(self, pdf: Any, widget: Any) -> None:
        import pydyf

        name = widget["T"].string
        if not name.startswith(SIGNATURE_PREFIX):
            raise RenderingFailed("Le document contient un champ de formulaire inattendu.")
        for key in ("AS", "MK", "V", "Border", "Ff"):
            widget.pop(key, None)
        left, top, right, bottom = widget["Rect"]
        appearance = pydyf.Stream(
            [], {
                "Type": "/XObject", "Subtype": "/Form", "Resources": pydyf.Dictionary(),
                "BBox": pydyf.Array([0, 0, abs(right - left), abs(top - bottom)]),
            },
        )  # fmt: skip
        pdf.add_object(appearance)
        widget["FT"] = "/Sig"
        widget["AP"] = pydyf.Dictionary({"N": appearance.reference})
        self.signature_fields.append(name)

    def _mend_form(self, pdf: Any) -> None:
        """PDF/A forbids NeedAppearances; empty signature fields need no default resources."""
        if form := pdf.catalog.get("AcroForm"):
            form.pop("NeedAppearances", None)
            form.pop("DR", None)


def _referenced(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _is(entry: Any, key: str, value: str) -> bool:
    return isinstance(entry, dict) and entry.get(key) == value


def _resave(raw: bytes) -> bytes:
    """Small object streams: WeasyPrint's single one makes pyHanko 13 times slower."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        pdf.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return target.getvalue()
