"""No text becomes a formula in a file that leaves the product (QUALITY 19)."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import NoReverseMatch, reverse
from openpyxl import load_workbook

from checklists.domain import answering
from checklists.models import Assessment
from tests import factories
from tests.access.matrix import RULES
from tests.access.test_matrix import ROUTES, RULED, clients_of
from tests.access.world import OBJECTS, World
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from vendors.models import Lot, Product, Tender, Vendor

from .test_requests import parts_of

pytestmark = pytest.mark.long

SIGNS = ("=", "+", "-", "@", "\t=", "\r=", "＝", "＋", "－", "＠", " =", "\n=", "'=", "\u00a0=")
CALLS = ("1+1", 'HYPERLINK("http://voleur.example";"a")', "cmd|' /C calc'!A0")
LIVE = tuple(f"{sign}{CALLS[number % 3]}" for number, sign in enumerate(SIGNS))
STARTS = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
KINDS = ("xlsx", "ods", "csv", "docx", "pdf", "json", "ciso-assistant", "oscal")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?( ?%)?|[-–]")


@pytest.fixture
def world(db: None) -> World:
    """One of everything, where each name and each text begins like a formula."""
    made = World()
    for build in OBJECTS.values():
        build(made)
    rename(made)
    return made


def rename(world: World) -> None:
    texts = iter(LIVE * 50)
    for model, field in (
        (Facility, "name"),
        (User, "full_name"),
        (Tender, "title"),
        (Tender, "reference"),
        (Lot, "title"),
        (Vendor, "name"),
        (Product, "name"),
    ):
        for row in model._default_manager.order_by("pk"):
            type(row)._default_manager.filter(pk=row.pk).update(
                **{field: f"{next(texts)} {row.pk}"}
            )
    write(world.assessment, world.buyer)


def write(assessment: Assessment, by: User) -> dict[str, str]:
    """Type a live text in each claim and each comment; return what was typed, by point."""
    refs = list(
        assessment.scores.order_by("item__position").values_list("item__point__ref", flat=True)
    )
    typed = {}
    for number, ref in enumerate(refs):
        text = LIVE[number % len(LIVE)]
        typed[ref] = text.strip()
        for field in ("claim_text", "comment"):
            edit = answering.Edit(ref, field, text, 99)
            outcome = answering.save_fields(assessment_id=assessment.pk, edits=[edit], by=by)
            assert outcome.is_clean
    return typed


def downloads(world: World) -> Iterator[tuple[str, bytes]]:
    """Every file that a route of purchases gives, in each of its kinds."""
    for name in RULED:
        rule = RULES[name]
        if ":" not in name or rule.get is None or rule.is_secret or rule.is_api:
            continue
        client = clients_of(rule, world)[Role.BUYER]
        parts = parts_of(name, world)
        odd = [key for key in ("kind", "into") if key in ROUTES[name].pattern.regex.groupindex]
        for kind in KINDS if odd else ("",):
            try:
                url = reverse(name, kwargs=parts | dict.fromkeys(odd, kind))
            except NoReverseMatch:
                continue
            response: Any = client.get(url)
            content = b"".join(response) if response.streaming else response.content
            if response.status_code == 200 and "attachment" in response.get(
                "Content-Disposition", ""
            ):
                yield f"{name} {kind}", content


def live(where: str, content: bytes) -> list[str]:
    """What a spreadsheet or a word processor would run in a file, and in those that it holds."""
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            parts = {name: box.read(name) for name in box.namelist()}
        if "xl/workbook.xml" in parts:
            return live_in_xlsx(where, content, parts)
        if "content.xml" in parts:
            return [where] if b"table:formula" in parts["content.xml"] else []
        if "word/document.xml" in parts:
            words = b"".join(
                part for name, part in parts.items() if name.endswith((".xml", ".rels"))
            )
            return [where for sign in (b"w:instrText", b'TargetMode="External"') if sign in words]
        return [one for name, part in parts.items() for one in live(f"{where}/{name}", part)]
    if content.startswith(b"\xef\xbb\xbf"):
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
        cells = (cell for row in rows for cell in row)
        return [
            f"{where}: {cell}"
            for cell in cells
            if STARTS.match(cell) and not NUMBER.fullmatch(cell)
        ]
    return []


def live_in_xlsx(where: str, content: bytes, parts: dict[str, bytes]) -> list[str]:
    book = load_workbook(io.BytesIO(content))
    cells = (cell for sheet in book for row in sheet for cell in row)
    found = [f"{where}: {cell.coordinate}" for cell in cells if cell.data_type == "f"]
    found += [
        where for name, part in parts.items() if "sheet" in name and re.search(b"<f[ >]", part)
    ]
    return found + [where for name in parts if "externalLink" in name or "vba" in name.lower()]


def test_no_file_that_leaves_holds_a_live_formula(world: World) -> None:
    seen, found = set(), []
    for where, content in downloads(world):
        seen.add(content[:4])
        found += live(where, content)
    assert found == []
    assert {b"PK\x03\x04", b"%PDF"} < seen and any(one.startswith(b"\xef\xbb\xbf") for one in seen)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv"])
def test_what_looks_like_a_formula_comes_back_as_it_was_typed(
    kind: str, buyer: User, facility: Facility, signed_in: Any
) -> None:
    """Our own workbook, read by our own import: nothing changes."""
    assessment = factories.assessment(buyer, facility)
    typed = write(assessment, buyer)
    address = reverse("checklists:assessment_workbook", args=[assessment.pk, kind])
    content = b"".join(signed_in.get(address))
    file = io.BytesIO(content)
    file.name = f"reponse.{kind}"
    received = signed_in.post(
        reverse("checklists:reception_list", args=[assessment.pk]), {"file": file}
    )
    page = signed_in.get(received["Location"]).content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert re.search(r"\b0 modifié\b", words), words[:3000]
    assert re.search(r"\b0 refusé\b", words)
    assert typed


def test_a_live_cell_would_be_seen() -> None:
    from openpyxl import Workbook

    book, target = Workbook(), io.BytesIO()
    book.create_sheet("x", 0)["A1"] = "=1+1"
    book.save(target)
    assert live("x", target.getvalue()) == ["x: A1", "x"]
    assert live("x", "\ufeffa;=1+1\r\n".encode()) == ["x: =1+1"]
