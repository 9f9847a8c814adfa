"""Every paper that the product makes of what people typed, and what a reader finds in one."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
import pypdf
from defusedxml import ElementTree
from django.utils import timezone

from checklists import tasks
from checklists.documents import analysis_files, dce, dossier, eliminations, letters, receipt
from checklists.models import AnswerLink, Checklist, Elimination, ExchangeParty
from tests import factories
from tests.access.world import World
from uniha_clausier.common import storage
from vendors.models import Tender

VISA = eliminations.Visa("Archives, visa 12", dt.date(2026, 1, 5), "Rien ne s’y oppose.")
ACTIONS = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition"}
"""What a reader of PDF would run or open, by the name of the action."""


def assessment(world: World) -> bytes:
    done = tasks.export_now(assessment=world.assessment)
    assert done.file_name, done.error
    return storage.read(done.file_name)


def fresh_party(world: World) -> ExchangeParty:
    """A letter as the database has it now."""
    return ExchangeParty.objects.get(pk=world.party.pk)


def analysis(world: World, make: Callable[[Any], bytes]) -> bytes:
    checklist = Checklist.objects.get(pk=world.assessment.checklist_id)
    return make(factories.analysis_report(world.buyer, checklist))


def annexes(world: World) -> bytes:
    checklist = Checklist.objects.get(pk=world.assessment.checklist_id)
    return dce.archive(checklist, dce.gather(checklist))


def bordereau(world: World) -> bytes:
    elimination = Elimination.objects.get(pk=world.elimination.pk)
    files = eliminations.listed(elimination.tender, elimination.scope)
    return eliminations._certificate(elimination, VISA, files, world.buyer)


def whole_dossier(world: World) -> bytes:
    tender = Tender.objects.get(pk=world.assessment.candidacy.lot.tender_id)
    return dossier.made(tender, at=timezone.now(), by="Un nom")[0]


PAPERS: dict[str, Callable[[World], bytes]] = {
    "letter": lambda world: letters.sealed(fresh_party(world)),
    "letter in Word": lambda world: letters.docx(fresh_party(world)),
    "assessment": assessment,
    "analysis": lambda world: analysis(world, analysis_files.sealed),
    "analysis in Word": lambda world: analysis(world, analysis_files.docx),
    "annexes": annexes,
    "receipt": lambda world: receipt.sealed(AnswerLink.objects.get(pk=world.sent_link.pk)),
    "bordereau": bordereau,
    "dossier": whole_dossier,
}


def opened(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file, or the files of an archive that is no document by itself."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            if "[Content_Types].xml" not in box.namelist() and "mimetype" not in box.namelist():
                for part in box.namelist():
                    yield from opened(f"{name}/{part}", box.read(part))
                return
    yield name, content


FOOT, HEAD = 62, 790
"""Where the text of a page begins and ends, in points above its lower edge (assessment.css)."""


def words_of_pdf(content: bytes) -> str:
    """What a reader of the pages sees, but for their heads and feet.

    The breaks that let a long run end a line are taken away.
    """
    kept: list[str] = []

    def keep(text: str, matrix: list[float], place: list[float], *_: Any) -> None:
        if FOOT < place[5] * matrix[3] + matrix[5] < HEAD:
            kept.append(text)

    for page in pypdf.PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=keep)
    return "".join(kept).replace("\u200b", "")


def acts_of_pdf(content: bytes) -> list[str]:
    """Return what acts in a PDF: scripts, actions and links."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        inner = [entry for one in pdf.objects for entry in walk(one)]
        return [f"{key} {str(value)[:80]}" for key, value in inner if is_act(key, value)]


def is_act(key: str, value: Any) -> bool:
    """Whether an entry of a dictionary makes a reader do something."""
    if key == "/S" and isinstance(value, pikepdf.Name):
        return str(value) in ACTIONS
    return key in {"/JS", "/URI", "/AA", "/OpenAction"}


def walk(one: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the entries of an object and of those that stand in it, but for what it refers to."""
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        for key, value in one.items():
            yield key, value
            if not value_is_elsewhere(value) and depth < 8:
                yield from walk(value, depth + 1)
    elif isinstance(one, pikepdf.Array):
        for value in one:
            if not value_is_elsewhere(value) and depth < 8:
                yield from walk(value, depth + 1)


def value_is_elsewhere(value: Any) -> bool:
    return isinstance(value, pikepdf.Object) and value.is_indirect


def files_of_pdf(content: bytes) -> list[bytes]:
    """The files that a PDF carries, wherever it says so."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [
            one.read_bytes()
            for one in pdf.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Type") == "/EmbeddedFile"
        ]


COUNTS = {"PAGE", "NUMPAGES"}
"""The fields of a letter: the number of the page, and how many there are."""

ACTIVE = {"instrText", "altChunk", "object", "OLEObject", "event-listener", "hyperlink", "f", "a"}


def acts_of_office(content: bytes) -> list[str]:
    """Return what acts in a file of an office suite: fields, links, formulas, macros."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        for name in box.namelist():
            found += (
                [name]
                if re.search(r"vba|macro|embeddings|externalLink", name, re.IGNORECASE)
                else []
            )
            if name.endswith((".xml", ".rels")) and not name.endswith("theme1.xml"):
                root = ElementTree.fromstring(box.read(name))
                found += [f"{name}: {act}" for one in root.iter() for act in acts_of(one)]
    return found


def acts_of(element: Any) -> Iterator[str]:
    """Yield what one element of such a file makes its reader do."""
    tag = element.tag.rpartition("}")[2]
    said = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}
    is_link = "href" in said or said.get("TargetMode") == "External" or "formula" in said
    if tag in ACTIVE or is_link:
        yield f"<{tag}> {said}"
    if tag == "fldSimple" and said["instr"].strip() not in COUNTS:
        yield f"field {said}"
