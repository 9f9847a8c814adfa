"""Files that nobody would send in good faith: made from sound ones, the same ones at each run.

A mutant is a content, a name and a content type, each drawn by a generator of the seed and the
number of the mutant alone.
"""

import base64
import functools
import io
import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checklists.documents import answer_workbook
from tests.checklists.test_answer_workbook import form_of, question

EICAR = base64.b64decode(
    "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
)
"""The test file of the antivirus makers, kept in this form so that no antivirus takes this one."""

PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
PDF_WITH_SCRIPT = PDF.replace(
    b"/Pages 2 0 R>>", b"/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
)
PDF_ENCRYPTED = PDF.replace(
    b"<</Root 1 0 R>>",
    b"<</Root 1 0 R/Encrypt<</Filter/Standard/V 1/R 2/P -4/O("
    + b"o" * 32
    + b")/U("
    + b"u" * 32
    + b")>>/ID[(a)(a)]>>",
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
HTML = b"<!doctype html><script>canary()</script><img src=x onerror=canary()>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="canary()"><script>canary()</script></svg>'
XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
CSV = "Point;Réponse;Commentaire\r\nO-7.1;OUI;=1+1\r\nO-2.1;NON;@a\r\n".encode()
JSON = b'{"clausier": "essai", "version": "1", "errata": [{"ref": "O-1.1"}]}'
YAML_BOMB = b"a: &a [x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n, n, b",".join(b"*%c" % (n - 1) for _ in range(9)))
    for n in range(ord("b"), ord("j"))
)
LIBRARY = Path(__file__).parents[1] / "fixtures" / "bibliotheque-inventee.yaml"


def archive(entries: dict[str, bytes]) -> bytes:
    """A ZIP of these entries, whatever their names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in entries.items():
            box.writestr(name, content)
    return made.getvalue()


def with_entry(content: bytes, name: str, inside: bytes, *, link: bool = False) -> bytes:
    """The same ZIP with one more entry; ``link`` makes it a symbolic link."""
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as box:
        entry = zipfile.ZipInfo(name)
        if link:
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
        box.writestr(entry, inside)
    return made.getvalue()


@functools.cache
def workbook(kind: str) -> bytes:
    """The workbook that a candidate fills, as it leaves the product."""
    return answer_workbook.written(form_of(question(), question("O-2.1")), kind)


@functools.cache
def sound() -> dict[str, bytes]:
    """Sound files of every kind that some page takes, by their extension."""
    office = {"[Content_Types].xml": b"<Types/>"}
    return {
        "pdf": PDF,
        "png": PNG,
        "jpg": JPG,
        "csv": CSV,
        "json": JSON,
        "yaml": LIBRARY.read_bytes(),
        "xlsx": workbook("xlsx"),
        "ods": workbook("ods"),
        "docx": archive(office | {"word/document.xml": b"<document/>"}),
        "pptx": archive(office | {"ppt/presentation.xml": b"<presentation/>"}),
        "zip": archive({"a.txt": b"a"}),
    }


def strange() -> dict[str, bytes]:
    """Files that are nothing, or two things at once."""
    xlsx = workbook("xlsx")
    return {
        "nothing": b"",
        "one byte": b"%",
        "zeros": b"\0" * 4_096,
        "EICAR": EICAR,
        "EICAR in a ZIP": with_entry(xlsx, "eicar.com", EICAR),
        "a PDF with a script": PDF_WITH_SCRIPT,
        "an encrypted PDF": PDF_ENCRYPTED,
        "a PDF that is a ZIP": PDF + archive({"a.html": HTML}),
        "a ZIP that is a PDF": xlsx + PDF,
        "a PDF that is a page": PDF + HTML,
        "a page that says it is a PDF": HTML + PDF,
        "a picture that is a script": b"GIF89a/*" + b"*/=1;canary();",
        "a PNG that is a page": PNG + HTML,
        "a JPEG that is a page": JPG + HTML,
        "a page": HTML,
        "a drawing": SVG,
        "an entity": XXE,
        "a program": b"MZ\x90\x00\x03" + b"\0" * 300,
        "another program": b"\x7fELF\x02\x01\x01" + b"\0" * 300,
        "a shell": b"#!/bin/sh\nid\n",
        "a shortcut": b"[InternetShortcut]\r\nURL=javascript:canary()\r\n",
        "a page in UTF-16": HTML.decode().encode("utf-16"),
        "a page in UTF-7": b"+ADw-script+AD4-canary()+ADw-/script+AD4-",
        "a path that leaves": with_entry(xlsx, "../../../../tmp/pwned", b"x"),
        "a path of Windows": with_entry(xlsx, "..\\..\\pwned.exe", b"x"),
        "an absolute path": with_entry(xlsx, "/etc/cron.d/pwned", b"x"),
        "a link": with_entry(xlsx, "xl/worksheets/sheet9.xml", b"/etc/passwd", link=True),
        "macros": with_entry(xlsx, "xl/vbaProject.bin", b"x"),
        "an archive in an archive": with_entry(xlsx, "xl/a.zip", archive({"b": b"0" * 10**6})),
        "a text of 40 MB": with_entry(xlsx, "xl/b.xml", b"a" * 40_000_000),
        "a kind that lies": archive({"mimetype": b"application/vnd.oasis.opendocument.text" * 9}),
        "aliases that multiply": YAML_BOMB,
        "JSON without an end": b"[" * 100_000,
        "a tag of Python": b"!!python/object/apply:os.system ['id']",
    }


# -- Mutations ---------------------------------------------------------------------------------

Mutation = Callable[[random.Random, bytes], bytes]


def flip(dice: random.Random, content: bytes) -> bytes:
    """Turn up to a dozen bits."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 12)):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def cut(dice: random.Random, content: bytes) -> bytes:
    """Lose the end."""
    return content[: dice.randrange(len(content) + 1)]


def behead(dice: random.Random, content: bytes) -> bytes:
    """Lose the beginning."""
    return content[dice.randrange(1, 64) :]


def insert(dice: random.Random, content: bytes) -> bytes:
    """Hold noise somewhere."""
    at = dice.randrange(len(content) + 1)
    return content[:at] + dice.randbytes(dice.randint(1, 400)) + content[at:]


def repeat(dice: random.Random, content: bytes) -> bytes:
    """Say a part twice."""
    start = dice.randrange(len(content) + 1)
    return content[:start] + content[max(0, start - 200) :]


def splice(dice: random.Random, content: bytes) -> bytes:
    """Begin as one kind and go on as another."""
    other = dice.choice(list(sound().values()))
    return other[: dice.randint(4, 64)] + content


def poison(dice: random.Random, content: bytes) -> bytes:
    """Turn a length or an offset of the archive, or of the trailer, into a huge one."""
    changed = bytearray(content)
    at = dice.randrange(max(1, len(changed) - 64), len(changed) + 1) if changed else 0
    changed[at : at + 4] = b"\xff\xff\xff\x7f"
    return bytes(changed)


MUTATIONS: tuple[Mutation, ...] = (flip, cut, behead, insert, repeat, splice, poison)

NAMES = (
    "réponse.{kind}",
    "../../../etc/passwd",
    "..\\..\\windows\\system32\\a.{kind}",
    "/etc/cron.d/a.{kind}",
    "a.{kind}.exe",
    "a.exe.{kind}",
    "a.php;.{kind}",
    "a\0.{kind}",
    "a\r\nX-Injected: 1.{kind}",
    "\u202efdp.exe.{kind}",
    "a" * 300 + ".{kind}",
    ".htaccess",
    "CON.{kind}",
    " .{kind}",
    "<img src=x onerror=canary()>.{kind}",
    '\'"; filename="b.html".{kind}',
    "🙂\x01\x7f.{kind}",
    "{{7*7}}{% if %}.{kind}",
    "sans extension",
)
CONTENT_TYPES = (
    "application/pdf",
    "text/html",
    "image/svg+xml",
    "application/octet-stream",
    "text/csv; charset=utf-7",
    "application/x-php",
    "a/b\r\nX-Injected: 1",
    "",
)


@dataclass(frozen=True)
class Mutant:
    """One file as it is sent."""

    label: str
    content: bytes
    name: str
    content_type: str


@functools.cache
def _contents() -> list[tuple[str, str, bytes]]:
    made = [(f"sound {kind}", kind, content) for kind, content in sound().items()]
    return made + [(label, "", content) for label, content in strange().items()]


def mutant(number: int, kinds: tuple[str, ...] = ()) -> Mutant:
    """Return one file: the strange ones first, as they are; then mutants of what ``kinds`` says."""
    dice = random.Random(f"clausier-{number}-{kinds}")
    plain = _contents()
    if number < len(plain):
        label, kind, content = plain[number]
    else:
        wanted = [one for one in plain if one[1] in (kinds or sound())]
        label, kind, content = dice.choice(wanted)
        for mutate in dice.choices(MUTATIONS, k=dice.randint(1, 3)):
            content = mutate(dice, content)
            label += f", {mutate.__name__}"
    name = dice.choice(NAMES).replace("{kind}", kind or dice.choice(list(sound())))
    return Mutant(f"{number}: {label}", content, name, dice.choice(CONTENT_TYPES))
