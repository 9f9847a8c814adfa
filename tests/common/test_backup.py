"""Save everything, lose everything, put everything back: on the database of this run."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from . import s3
from .installed import Installation, address, prefix


@pytest.fixture
def installations(
    tmp_path: Path, django_db_setup: None, django_db_blocker: Any
) -> Iterator[list[Installation]]:
    """One with the data of the demonstration, one empty."""
    if connection.vendor == "sqlite":
        urls = [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("une", "autre")]
    else:
        names = [f"{prefix()}_{name}" for name in ("une", "autre")]
        urls = [address(name) for name in names]
        with django_db_blocker.unblock():
            _recreate(*names)
    found = [Installation(tmp_path / str(at), url) for at, url in enumerate(urls)]
    for command in (["migrate", "-v0"], ["load_clausiers"], ["load_demo"]):
        found[0].run(*command)
    yield found
    if connection.vendor != "sqlite":
        with django_db_blocker.unblock():
            _drop(*names)


def _recreate(*names: str) -> None:
    _drop(*names)
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE DATABASE {name}")


def _drop(*names: str) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.long
def test_what_is_saved_comes_back_whole(installations: list[Installation], tmp_path: Path) -> None:
    first, second = installations
    first.run("export_assessment", _first_assessment(first), "--out", str(tmp_path / "un.pdf"))
    copy, saved = tmp_path / "tout.tar", first.figures()
    assert "fichiers" in first.run("backup", str(copy)).stdout
    assert copy.stat().st_mode & 0o077 == 0  # it holds private keys
    told = second.run("restore", str(copy)).stdout
    assert told.startswith("RESTAURÉ") and "journal vérifié" in told
    assert second.figures() == saved
    files = [path.relative_to(first.home) for path in (first.home / "files").rglob("*.pdf")]
    assert files
    for path in files:
        assert (second.home / path).read_bytes() == (first.home / path).read_bytes()
    # The keys are back: the document sealed before is recognised.
    verdict = json.loads(second.run("verify_document", str(tmp_path / "un.pdf")).stdout)
    assert verdict["intact"] is True

    refused = second.run("restore", str(copy), code=1).stderr
    assert "contient déjà des données" in refused
    assert second.run("restore", str(copy), "--remplacer").stdout.startswith("RESTAURÉ")
    assert "existe déjà" in first.run("backup", str(copy), code=1).stderr

    damaged = tmp_path / "abîmée.tar"
    damaged.write_bytes(_with_a_changed_byte(copy))
    assert "est abîmé" in second.run("restore", str(damaged), "--remplacer", code=1).stderr
    assert second.figures() == saved


@pytest.mark.long
def test_a_folder_that_cannot_be_written_is_said_before_anything_changes(
    installations: list[Installation], tmp_path: Path
) -> None:
    first, second = installations
    first.run("export_assessment", _first_assessment(first), "--out", str(tmp_path / "un.pdf"))
    copy, home, saved = tmp_path / "tout.tar", second.home, first.figures()
    first.run("backup", str(copy))
    home.mkdir(exist_ok=True)
    kept = next((first.home / "files").rglob("*.pdf")).relative_to(first.home).parent
    for folder in (home / "seal", home / "files", home / kept):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.write_text("")  # a file in its place: nobody can write there, not even root
        refused = second.run("restore", str(copy), code=1).stderr
        assert f"Le dossier {folder}" in refused and "Rien n’est restauré" in refused
        folder.unlink()
    # The database is still empty: the same command passes, without --remplacer.
    assert second.run("restore", str(copy)).stdout.startswith("RESTAURÉ")
    assert second.figures() == saved


@pytest.mark.long
def test_files_kept_elsewhere_come_back_in_another_bucket(
    installations: list[Installation], tmp_path: Path
) -> None:
    """The whole chain on S3: sealed PDF, verified, dossier, verified, saved, restored."""
    keys = {"S3_ACCESS_KEY": s3.KEY, "S3_SECRET_KEY": s3.SECRET}
    with s3.running() as service:
        for at, name in enumerate(("premier", "second")):
            installations[at].more = keys | {"STORAGE_URL": service.bucket(name)}
        first, second = installations
        pdf, bundle, copy = (tmp_path / name for name in ("un.pdf", "dossier.zip", "tout.tar"))
        first.run("export_assessment", _first_assessment(first), "--out", str(pdf))
        assert json.loads(first.run("verify_document", str(pdf)).stdout)["intact"] is True
        tender = first.run("list_tenders").stdout.split()[0]
        first.run("export_dossier", tender, "--out", str(bundle))
        assert json.loads(first.run("verify_dossier", str(bundle)).stdout)["intact"] is True
        kept = service.names("premier")
        assert any(service.content("premier", name) == pdf.read_bytes() for name in kept)
        assert any(service.content("premier", name) == bundle.read_bytes() for name in kept)

        saved = first.figures()
        first.run("backup", str(copy))
        assert second.run("restore", str(copy)).stdout.startswith("RESTAURÉ")
        assert second.figures() == saved
        assert service.names("second") == kept
        for name in kept:
            assert service.content("second", name) == service.content("premier", name)
        before = [one for one in (second.home / "files").rglob("*") if one.is_file()]
        assert before == []


def _first_assessment(of: Installation) -> str:
    return of.run("list_assessments").stdout.split()[0]


def _with_a_changed_byte(copy: Path) -> bytes:
    content = bytearray(copy.read_bytes())
    with tarfile.open(copy) as archive:
        entry = next(one for one in archive.getmembers() if one.name.endswith(".pdf"))
        content[entry.offset_data + entry.size // 2] ^= 1
    return bytes(content)


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    empty = Installation(tmp_path, f"sqlite:///{tmp_path / 'vide'}.sqlite3")
    file = tmp_path / "rien.tar"
    file.write_bytes(b"rien")
    assert "ne se lit pas" in empty.run("restore", str(file), code=1).stderr
