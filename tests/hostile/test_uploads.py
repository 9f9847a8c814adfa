"""A thousand hostile files, through every page that takes one (QUALITY 17 and 18)."""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.db import transaction
from django.test import Client

from tests.access.world import World
from tests.checklists.deposit_worker import worked
from tests.checklists.test_hostile_workbooks import HOSTILE

from . import files
from .files import Mutant
from .harvest import PAGES, Form, forms_on

pytestmark = pytest.mark.long

BOUNDARY = "limite-des-parties"

TAKEN: dict[str, tuple[str, ...]] = {
    "checklists:answer_chapter": ("pdf", "png", "docx"),
    "checklists:answer_replace": ("pdf", "jpg", "pptx"),
    "checklists:clausier_import": ("yaml", "xlsx"),
    "checklists:deposit_list": ("xlsx", "ods", "csv"),
    "checklists:document_signed": ("pdf",),
    "checklists:errata_import": ("json",),
    "checklists:evidence_replace": ("pdf", "png", "xlsx"),
    "checklists:exchange_reply": ("pdf", "docx"),
    "checklists:point_files": ("pdf", "png", "docx"),
    "checklists:reception_list": ("xlsx", "ods", "csv"),
    "checklists:reply_home": ("pdf", "png"),
    "checklists:verify_document": ("pdf",),
    "vendors:candidate_register": ("csv",),
    "vendors:certificate_add": ("pdf", "jpg"),
    "vendors:certificate_edit": ("pdf", "png"),
    "vendors:certificate_replace": ("pdf", "png"),
}
"""Each route that takes files, and of what kinds its mutants are made."""

SHOWN_ON = {
    "checklists:point_files": "checklists:assessment_history",
    "checklists:evidence_replace": "checklists:evidence_sheet",
}
TOLD: dict[str, dict[str, str]] = {
    "vendors:certificate_add": {"kind": "iso_27001", "number": "A-1", "issuer": "Organisme"},
}
"""What else a form asks, so that the file is what decides."""

KEPT = re.compile(
    r"[a-z0-9-]+(/[a-z0-9-]+)*/[a-z0-9-]+\.(pdf|png|jpg|docx|xlsx|pptx|odt|ods|odp|csv|json|yaml)"
)
"""How a kept file is named: by us alone, under a kind that pages may give back."""

BATCH = 26
BATCHES = range(3)


@pytest.fixture
def world(db: None, settings: Any) -> World:
    limits = product.ACCOUNT_RATE_LIMITS
    settings.ACCOUNT_RATE_LIMITS = limits | dict.fromkeys(
        ("answer_files", "answer_writes"), "9999/m/key"
    )
    return World()


@dataclass
class Door:
    """A page that takes files: who sends, where, and the rest of the form."""

    client: Client
    form: Form
    route: str

    def send(self, file: Mutant) -> Any:
        sent = self.form.untouched() | {
            name: [text] for name, text in TOLD.get(self.route, {}).items()
        }
        head = 'Content-Disposition: form-data; name="'
        parts = [
            f'{head}{name}"\r\n\r\n{value}'.encode()
            for name, values in sent.items()
            for value in values
        ]
        quoted = file.name.replace("\\", "\\\\").replace('"', '\\"')
        kind = f"\r\nContent-Type: {file.content_type}" if file.content_type else ""
        name = self.form.files[0].name
        parts.append(f'{head}{name}"; filename="{quoted}"{kind}\r\n\r\n'.encode() + file.content)
        mark = f"--{BOUNDARY}".encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        return self.client.generic(
            "POST", self.form.url, body, content_type=f"multipart/form-data; boundary={BOUNDARY}"
        )


def door(route: str, world: World) -> Door:
    for client, form in forms_on(SHOWN_ON.get(route, route), world):
        if form.method == "post" and form.route == route and form.files:
            return Door(client, form, route)
    raise AssertionError(f"{route} takes no file")


def kept() -> set[Path]:
    """The files of the storage of this test."""
    folder = Path(product.STORAGES["default"]["OPTIONS"]["location"])
    return {path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


def everything_around(tmp_path: Path) -> set[Path]:
    storage = Path(product.STORAGES["default"]["OPTIONS"]["location"])
    return {path for path in tmp_path.rglob("*") if storage not in (path, *path.parents)}


def is_refusal(response: Any) -> bool:
    return response.status_code in {400, 403, 409, 422}


def sentence_of(response: Any) -> str:
    """The sentence of a refusal: that of a field, of the page or of a message."""
    page = response.content.decode()
    found = re.search(
        r'class="(?:error-summary|invalid-feedback|notice|alert)[^>]*>(.*?)</', page, re.DOTALL
    )
    return found[1] if found else ""


def try_all(route: str, world: World, mutants: list[Mutant]) -> int:
    """Send each file by itself; return how many were kept. Whatever one wrote is taken back."""
    at = door(route, world)
    folder = Path(product.STORAGES["default"]["OPTIONS"]["location"])
    taken = 0
    for file in mutants:
        before = kept()
        with transaction.atomic():
            response = at.send(file)
            assert set(worked()) <= {"SUCCESSFUL"}, (route, file.label)  # what is read afterwards
            transaction.set_rollback(True)
        new = kept() - before
        assert response.status_code < 500, (route, file.label, file.name)
        if is_refusal(response):
            assert not new, (route, file.label, "left after a refusal", new)
            assert sentence_of(response), (route, file.label, response.status_code)
        for path in new:
            name = str(path.relative_to(folder))
            assert KEPT.fullmatch(name), (route, file.label, file.name, name)
            assert not path.is_symlink() and path.stat().st_mode & 0o111 == 0
            path.unlink()
        taken += bool(new)
    return taken


def test_every_page_that_takes_a_file_is_tried(world: World) -> None:
    found = set()
    for name in PAGES:
        found |= {form.route for _client, form in forms_on(name, world) if form.files}
    assert found == set(TAKEN)


@pytest.mark.parametrize("route", TAKEN)
def test_some_hostile_files_are_refused_or_kept_apart(
    route: str, world: World, tmp_path: Path
) -> None:
    around = everything_around(tmp_path)
    number = sorted(TAKEN).index(route) * 5
    plain = len(files.sound()) + len(files.strange())
    chosen = [files.mutant((number + step) % plain, TAKEN[route]) for step in range(4)]
    chosen += [files.mutant(plain + number + step, TAKEN[route]) for step in range(2)]
    try_all(route, world, chosen)
    assert everything_around(tmp_path) == around


@pytest.mark.long
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("route", TAKEN)
def test_hostile_files_are_refused_or_kept_apart(
    route: str, batch: int, world: World, tmp_path: Path
) -> None:
    """16 pages × 3 batches × 26 files: 1,248 files."""
    around = everything_around(tmp_path)
    numbers = range(batch * BATCH, (batch + 1) * BATCH)
    try_all(route, world, [files.mutant(number, TAKEN[route]) for number in numbers])
    assert everything_around(tmp_path) == around


# -- Bombs, through the page, in the memory of the web process -----------------------------------

IDLE, BUSY = 2.0, 8.0
MEGABYTE = 1024 * 1024
BOMBS = ("a text of 60 MB", "a million rows", "one cell on the last row", "entities that multiply")


def peak() -> int:
    """The most memory that this process held, in bytes, since ``forget_peak``."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def forget_peak() -> int:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak()


@pytest.mark.long
@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("route", ["checklists:reception_list", "checklists:evidence_replace"])
def test_a_bomb_is_refused_in_time_and_in_little_memory(
    bomb: str, route: str, world: World
) -> None:
    kind, make, _reason = HOSTILE[bomb]
    at = door(route, world)
    at.send(files.mutant(0))  # what is imported once is not the cost of the bomb
    file = Mutant(bomb, make(), f"bombe.{kind}", files.CONTENT_TYPES[0])
    start, began, used = forget_peak(), time.monotonic(), time.process_time()
    response = at.send(file)
    assert response.status_code < 500
    assert time.monotonic() - began < BUSY
    assert time.process_time() - used < IDLE
    assert peak() - start < 50 * MEGABYTE + 4 * len(file.content)


def test_the_test_file_of_the_antivirus_is_what_it_says() -> None:
    assert files.EICAR.startswith(b"X5O!P%@AP") and len(files.EICAR) == 68


def test_a_mutant_is_the_same_at_each_run() -> None:
    assert files.mutant(70, ("pdf",)) == files.mutant(70, ("pdf",))
    assert len({files.mutant(number).content for number in range(60, 160)}) > 90
