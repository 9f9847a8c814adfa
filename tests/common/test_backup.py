"""Save everything, lose everything, put everything back: on the database of this run."""

import errno
import json
import os
import pwd
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from uniha_clausier.common import backup, storage
from uniha_clausier.common.management.commands.backup import tell_absent

from . import s3
from .installed import Installation, address, prefix
from .test_object_storage import bucket, shared  # noqa: F401 - fixtures


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
    (second.home / "files/depuis.pdf").write_bytes(b"depuis")
    told = second.run("restore", str(copy), "--remplacer").stdout
    assert told.startswith("RESTAURÉ") and told.endswith("\nEN TROP\tfiles/depuis.pdf\n")
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


def test_another_user_than_the_owner_of_the_data_restores_nothing(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root would leave files that the services cannot read."""
    settings.CLAUSIER_HOME = tmp_path
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    owner = pwd.getpwuid(os.getuid()).pw_name
    told = rf"{tmp_path} appartient à {owner}, .*runuser -u {owner} -- bash.* Rien n’est restauré"
    with pytest.raises(backup.BackupFailed, match=told):
        backup.restore(tmp_path / "tout.tar", replace=True)


class TestWhileFilesGo:
    """The files alone: the copy of the database is played, and names some of them."""

    @pytest.fixture(params=["", "bucket"], ids=["folder", "S3"])
    def kept(self, request: pytest.FixtureRequest) -> list[str]:
        if request.param:
            request.getfixturevalue(request.param)
        names = [f"evidence/1/{name}.pdf" for name in ("a", "b", "c")]
        for name in (*names, "essai/1.txt"):
            storage.store(name, name.encode())
        return names

    @pytest.fixture(autouse=True)
    def named(self, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
        """What the database names: at the instant of the copy, then once the files are read."""
        then: set[str] = set()
        now: set[str] = set()

        def dump(target: Path) -> backup.Dumped:
            target.write_bytes(b"base")
            return backup.Dumped({}, then)

        monkeypatch.setitem(backup._DUMPS, connection.vendor, dump)
        monkeypatch.setattr(backup, "_named", lambda _connection: now)
        return [then, now]

    def test_a_file_that_goes_meanwhile_is_told_and_the_rest_is_saved(
        self, kept: list[str], named: list[set[str]], tmp_path: Path
    ) -> None:
        a, b, c = kept
        named[0].update({*kept, "evidence/1/lost.pdf"})
        named[1].update({a, c, "evidence/1/lost.pdf"})

        opened = default_storage.open

        def open_one(name: str, mode: str) -> Any:
            storage.discard(b)  # its candidate takes it back between the list and the reading
            return opened(name, mode)

        with mock.patch.object(default_storage, "open", open_one):
            manifest = backup.save(tmp_path / "tout.tar")
        assert set(manifest["files"]) == {"base", f"files/{a}", f"files/{c}"}
        assert (manifest["gone"], manifest["lost"]) == ([b], ["evidence/1/lost.pdf"])
        with tarfile.open(tmp_path / "tout.tar") as archive:
            assert archive.extractfile(f"files/{c}").read() == c.encode()  # type: ignore[union-attr]
            assert backup._checked(archive) == manifest

    def test_a_file_that_goes_while_it_is_read_is_saved_whole(
        self, kept: list[str], tmp_path: Path
    ) -> None:
        opened = default_storage.open

        def then_gone(name: str, mode: str) -> Any:
            source = opened(name, mode)
            storage.discard(name)
            return source

        with mock.patch.object(default_storage, "open", then_gone):
            manifest = backup.save(tmp_path / "tout.tar")
        assert set(manifest["files"]) == {"base", *(f"files/{name}" for name in kept)}
        assert (manifest["gone"], manifest["lost"]) == ([], [])

    def test_what_was_kept_since_is_told_by_its_restoration_and_stays(
        self, kept: list[str], named: list[set[str]], tmp_path: Path, monkeypatch: Any
    ) -> None:
        monkeypatch.setitem(backup._LOADS, connection.vendor, lambda _copy: None)
        for check in ("_check", "_check_owner"):
            monkeypatch.setattr(backup, check, lambda *_of: None)
        (tmp_path / "seal").mkdir()
        (tmp_path / "seal/authority.pem").write_text("clé", encoding="utf-8")
        backup.save(tmp_path / "tout.tar")
        (tmp_path / "seal/seal-1.pem").write_text("clé", encoding="utf-8")
        since, of_the_base = "evidence/1/since.pdf", "evidence/1/named.pdf"
        for name in (since, of_the_base):
            storage.store(name, name.encode())
        named[1].update({*kept, of_the_base})
        manifest = backup.restore(tmp_path / "tout.tar", replace=True)
        assert manifest["later"] == [f"files/{since}", "seal/seal-1.pem"]
        assert storage.read(since) == since.encode() and (tmp_path / "seal/seal-1.pem").exists()

    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (OSError(errno.ENOSPC, "No space left on device"), "est plein"),
            (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        ],
    )
    def test_a_disk_that_fails_is_said_and_leaves_nothing(
        self, kept: list[str], tmp_path: Path, error: OSError, told: str
    ) -> None:
        folder = tmp_path / "sauvegardes"
        folder.mkdir()
        with (
            mock.patch.object(backup, "_add", side_effect=error),
            pytest.raises(backup.BackupFailed, match=told),
        ):
            backup.save(folder / "tout.tar")
        assert list(folder.iterdir()) == []

    def test_nothing_large_goes_where_temporary_files_do(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
        assert set(backup.save(tmp_path / "tout.tar")["files"]) == {"base"}
        assert not list(tmp_path.glob(".tout.tar*"))


def test_what_is_absent_is_told_with_its_reason() -> None:
    out = mock.Mock()
    tell_absent(out, {"gone": ["a", "b"], "lost": []})
    tell_absent(out, {"gone": [], "lost": ["c"]})
    first, second = (call.args[0] for call in out.write.call_args_list)
    assert first.startswith("À SAVOIR\t") and first.endswith("(2)\u00a0: a, b")
    assert second.startswith("À REGARDER\t") and second.endswith("(1)\u00a0: c")
