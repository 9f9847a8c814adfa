"""A full disk and a read-only storage: said, nothing half written, what is there stays readable."""

import http.client
import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from .disk import Disk, mounted
from .site import Installation, Prepared

pytestmark = pytest.mark.long

PDF = b"%PDF-1.7\n" + b"certificat " * 20_000
CERTIFICATE = {
    "kind": "hds",
    "issuer": "Organisme du Ponant",
    "hds_version": "2",
    "hds_activities": "1",
}
BOUNDARY = "une-limite"
FULL = "Le serveur n’a plus de place pour enregistrer."
READ_ONLY = "Le serveur ne peut rien enregistrer en ce moment."


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disque", megabytes=24) as found:
        yield found


def ask(
    site: Installation,
    prepared: Prepared,
    method: str,
    path: str,
    body: bytes = b"",
    kind: str = "",
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = prepared.headers | ({"Content-Type": kind} if kind else {})
    if path.startswith("/evaluations/") and method == "POST":
        headers["Accept"] = "application/json"
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def score(site: Installation, prepared: Prepared, value: str, version: int) -> tuple[int, str]:
    pk, refs = next(iter(prepared.assessments.items()))
    body = urllib.parse.urlencode({"field": "score", "value": value, "version": version}).encode()
    path = f"/evaluations/{pk}/points/{refs[0]}/"
    return ask(site, prepared, "POST", path, body, "application/x-www-form-urlencoded")


def send_certificate(site: Installation, prepared: Prepared, number: str) -> tuple[int, str]:
    fields = CERTIFICATE | {
        "number": number,
        "csrfmiddlewaretoken": prepared.headers["X-CSRFToken"],
    }
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="HDS.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n"
    )
    body = b"".join(
        [*parts, head.encode(), PDF + number.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()]
    )
    path = f"/fournisseurs/{prepared.vendor}/certificats/ajouter/"
    return ask(site, prepared, "POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")


def files_of(home: Path) -> list[Path]:
    """The files that are kept, those that are half written included."""
    return sorted(path for path in (home / "files").rglob("*") if path.is_file())


def grid(prepared: Prepared) -> str:
    return f"/evaluations/{next(iter(prepared.assessments))}/"


def test_a_full_disk_is_said_and_forgotten_once_there_is_room(disk: Disk) -> None:
    site = Installation(disk.folder)
    try:
        prepared = site.prepare(1)
        site.start()
        site.wait_for_web_processes()
        assert score(site, prepared, "compliant", 0)[0] == 200
        assert send_certificate(site, prepared, "HDS-1")[0] == 302
        kept = files_of(disk.folder)
        disk.fill()

        status, told = score(site, prepared, "partial", 1)
        assert (status, FULL in json.loads(told)["error"]) == (503, True)
        status, page = send_certificate(site, prepared, "HDS-2")
        assert (status, FULL in page) == (503, True)
        assert files_of(disk.folder) == kept
        assert ask(site, prepared, "GET", grid(prepared))[0] == 200

        disk.free()
        assert score(site, prepared, "partial", 1)[0] == 200
        assert send_certificate(site, prepared, "HDS-2")[0] == 302
        told_after = site.ledger()
        assert (told_after["integrity"], told_after["journal"]) == ("ok", [])
        assert list(told_after["events"].values()) == [2]
    finally:
        site.stop()


def test_a_read_only_storage_is_said_and_files_are_still_given(tmp_path: Path) -> None:
    site = Installation(tmp_path)
    with mounted(tmp_path / "files", megabytes=8) as disk:
        try:
            prepared = site.prepare(1)
            site.start()
            site.wait_for_web_processes()
            assert send_certificate(site, prepared, "HDS-1")[0] == 302
            disk.make_read_only()

            status, page = send_certificate(site, prepared, "HDS-2")
            assert (status, READ_ONLY in page) == (503, True)
            assert "Revenez à la page précédente" in page
            status, content = ask(site, prepared, "GET", "/certificats/1/fichier/")
            assert (status, content.encode()) == (200, PDF + b"HDS-1")
            assert score(site, prepared, "compliant", 0)[0] == 200

            disk.make_writable()
            assert send_certificate(site, prepared, "HDS-2")[0] == 302
            assert len(files_of(tmp_path)) == 2
        finally:
            site.stop()
