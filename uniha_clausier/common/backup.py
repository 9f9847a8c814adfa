"""One file that holds everything: the database, the files and the sealing keys; and back.

Made while people work: the database is read at one instant, then the files. A file is always kept
before the row that names it is committed, and removed after the row is: what the copy of the database
names is there, but what was taken back or eliminated since. The manifest names those (``gone``), and
what was missing without a reason (``lost``). The file holds private keys and personal data: it is
readable by its owner alone.
"""

import contextlib
import datetime as dt
import errno
import hashlib
import io
import json
import os
import pwd
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple, cast

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models, transaction
from django.utils import timezone

from . import (
    health,
    journal,
    kept_files,
    libpq,
    object_storage,
    row_checks,
    row_scope,
    storage,
)
from .models import JournalHead

FORMAT = "clausier/sauvegarde"
FORMAT_VERSION = 1
MANIFEST, DATABASE, FILES, SEAL = "manifeste.json", "base", "files", "seal"

Plain = dict[str, Any]


class Dumped(NamedTuple):
    """What the database held at the instant of its copy: rows by table, names of files."""

    counts: dict[str, int]
    files: set[str]


class BackupFailed(RuntimeError):
    """Nothing was saved, or nothing was restored; the message is a French sentence."""


# -- Saving ----------------------------------------------------------------------------------------


def save(target: Path) -> Plain:
    """Write everything into ``target``, a new .tar; return its manifest. Raises BackupFailed."""
    if target.exists():
        raise BackupFailed(f"{target} existe déjà\u00a0: donnez un nom qui n’existe pas.")
    if not target.parent.is_dir():
        raise BackupFailed(f"Le dossier {target.parent} n’existe pas.")
    try:
        # Beside the target, not where temporary files go: that may be a folder in memory.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            scratch = Path(folder) / target.name
            scratch.touch(mode=0o600)
            with scratch.open("wb") as stream:
                manifest = _write(stream, Path(folder) / DATABASE)
                stream.flush()
                os.fsync(stream.fileno())
            scratch.replace(target)
    except (OSError, sqlite3.Error) as error:
        is_full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = f"le disque de {target.parent} est plein" if is_full else error
        raise BackupFailed(f"Rien n’est sauvegardé\u00a0: {reason}.") from error
    return manifest


def _write(stream: IO[bytes], copy: Path) -> Plain:
    sums: dict[str, str] = {}
    with tarfile.open(fileobj=stream, mode="w") as archive:
        dumped = _DUMPS[connection.vendor](copy)
        with copy.open("rb") as source:
            sums[DATABASE] = _add(archive, DATABASE, source)
        copy.unlink()
        for name in sorted(_stored("")):
            try:
                stored = default_storage.open(name, "rb")
            except FileNotFoundError:  # removed since it was listed
                continue
            with stored:
                sums[f"{FILES}/{name}"] = _add(archive, f"{FILES}/{name}", stored)
        for key in sorted((Path(settings.CLAUSIER_HOME) / SEAL).glob("*.pem")):
            with key.open("rb") as source:
                sums[f"{SEAL}/{key.name}"] = _add(archive, f"{SEAL}/{key.name}", source)
        absent = _absent(dumped.files, sums)
        lost = absent & _named(connection) if absent else absent
        manifest = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "engine": connection.vendor,
            "made_at": timezone.now().astimezone(dt.UTC).isoformat(timespec="seconds"),
            "counts": dumped.counts,
            "files": sums,
            "gone": sorted(absent - lost),
            "lost": sorted(lost),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        _add(archive, MANIFEST, io.BytesIO(text))
    return manifest


def _absent(named: set[str], sums: dict[str, str]) -> set[str]:
    """Return the names of files that a database has and an archive has not."""
    return {name for name in named if f"{FILES}/{name}" not in sums}


def _named(of: Any) -> set[str]:
    with contextlib.closing(of.cursor()) as cursor:
        return kept_files.names(cursor)


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, source: Any) -> None:
        self.source, self.sum = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        content: bytes = self.source.read(size)
        self.sum.update(content)
        return content


def _add(archive: tarfile.TarFile, path: str, source: Any) -> str:
    entry = tarfile.TarInfo(path)
    source.seek(0, os.SEEK_END)
    entry.size = source.tell()  # of the open file: its name may be gone
    source.seek(0)
    entry.mode, entry.mtime = 0o600, int(timezone.now().timestamp())
    hashed = _Hashed(source)
    archive.addfile(entry, hashed)
    return hashed.sum.hexdigest()


def _stored(folder: str) -> Iterator[str]:
    """The names of the stored files, wherever the storage is."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        if not name.startswith("."):  # half written: nothing names it
            yield f"{folder}/{name}".lstrip("/")
    for name in folders:
        if folder or name != storage.TRIALS:
            yield from _stored(f"{folder}/{name}".lstrip("/"))


# -- Restoring -------------------------------------------------------------------------------------


def restore(source: Path, *, replace: bool = False) -> Plain:
    """Put everything of ``source`` back, then check it; return its manifest.

    Its ``gone`` and ``lost`` are then what the restored database names and the archive has not, and
    its ``later`` what was there before and belongs to neither: it is told, never removed.

    Everything is read and compared with its hash before anything changes. Raises BackupFailed, for
    an installation in use too, unless ``replace``.
    """
    _check_user()
    _check_owner()
    if not replace and _is_in_use():
        raise BackupFailed(
            "Cette installation contient déjà des données\u00a0: restaurez dans une base neuve, ou "
            "confirmez par --remplacer."
        )
    try:
        with tarfile.open(source) as archive:
            manifest = _checked(archive)
            _check_places(manifest)
            _put_back(archive, manifest)
    except (OSError, tarfile.TarError) as error:
        raise BackupFailed(f"La sauvegarde ne se lit pas\u00a0: {error}.") from None
    _check(manifest)
    named = _named(connection)
    absent = _absent(named, manifest["files"])
    gone = absent & set(manifest.get("gone", ()))
    later = _in_place() - {f"{FILES}/{name}" for name in named} - set(manifest["files"])
    return manifest | {
        "gone": sorted(gone), "lost": sorted(absent - gone), "later": sorted(later),
    }  # fmt: skip


def _in_place() -> set[str]:
    """Return the stored files and the local keys that are there, by their paths in an archive."""
    keys = (Path(settings.CLAUSIER_HOME) / SEAL).glob("*.pem")
    return {f"{FILES}/{name}" for name in _stored("")} | {f"{SEAL}/{key.name}" for key in keys}


def _check_user() -> None:
    """Who does not own the data would put back files that the program cannot read: root above all."""
    home = Path(settings.CLAUSIER_HOME)
    if not home.exists() or home.stat().st_uid == os.geteuid():
        return
    owner = _name_of(home.stat().st_uid)
    raise BackupFailed(
        f"Le dossier {home} appartient à {owner}, et le programme ne lirait pas ce que "
        f"{_name_of(os.geteuid())} y restaurerait\u00a0: relancez la commande dans "
        f"«\u00a0runuser -u {owner} -- bash\u00a0», avec les mêmes réglages. Rien n’est restauré."
    )


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # an account of another machine
        return str(user)


def _is_in_use() -> bool:
    tables = connection.introspection.table_names()
    return _table(JournalHead) in tables and JournalHead.objects.exists()


def _table(model: type[models.Model]) -> str:
    name: str = model._meta.db_table  # noqa: SLF001 - documented by Django, whatever its dash
    return name


def _checked(archive: tarfile.TarFile) -> Plain:
    """Return the manifest of an archive of which every file is what it says."""
    manifest = _manifest(archive)
    names = {entry.name for entry in archive.getmembers() if entry.isfile()}
    for path, wanted in manifest["files"].items():
        if path not in names or ".." in PurePosixPath(path).parts or path.startswith("/"):
            raise BackupFailed(f"{path} manque dans la sauvegarde\u00a0: rien n’est restauré.")
        if _sum_of(archive, path) != wanted:
            raise BackupFailed(f"{path} est abîmé dans la sauvegarde\u00a0: rien n’est restauré.")
    if manifest["engine"] != connection.vendor:
        raise BackupFailed(
            f"Cette sauvegarde vient de {manifest['engine']}\u00a0: elle se restaure dans une base de "
            "même nature."
        )
    return manifest


def _check_places(manifest: Plain) -> None:
    """Write in each folder that will receive a file, and keep nothing there."""
    home = Path(settings.CLAUSIER_HOME)
    folders = {home, home / SEAL}
    stored = [
        path.removeprefix(f"{FILES}/") for path in manifest["files"] if path.startswith(f"{FILES}/")
    ]
    try:
        folders |= {Path(default_storage.path(name)).parent for name in ("essai", *stored)}
    except NotImplementedError:  # a remote service
        if wrong := object_storage.check(default_storage):
            raise BackupFailed(f"{wrong} Rien n’est restauré.") from None
    for folder in sorted(folders):
        try:
            with tempfile.TemporaryFile(dir=health.existing(folder)):
                pass
        except OSError as error:
            raise BackupFailed(
                f"Le dossier {folder} ne peut pas être écrit ({error.strerror})\u00a0: donnez-le à "
                "l’utilisateur du programme. Rien n’est restauré."
            ) from None


def _manifest(archive: tarfile.TarFile) -> Plain:
    try:
        found: Plain = json.loads(_opened(archive, MANIFEST).read())
        is_ours = found["format"] == FORMAT and DATABASE in found["files"]
    except (KeyError, ValueError, TypeError):
        is_ours = False
    if not is_ours:
        raise BackupFailed("Ce fichier n’est pas une sauvegarde de Clausier.")
    return found


def _opened(archive: tarfile.TarFile, path: str) -> IO[bytes]:
    found = archive.extractfile(path)
    if found is None:
        raise KeyError(path)
    return found


def _sum_of(archive: tarfile.TarFile, path: str) -> str:
    with _opened(archive, path) as source:
        found = hashlib.sha256()
        while block := source.read(1 << 20):
            found.update(block)
        return found.hexdigest()


def _put_back(archive: tarfile.TarFile, manifest: Plain) -> None:
    home = health.existing(Path(settings.CLAUSIER_HOME))
    with tempfile.TemporaryDirectory(dir=home, prefix=".restauration.") as folder:
        copy = Path(folder) / DATABASE
        with _opened(archive, DATABASE) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target)
        _LOADS[connection.vendor](copy)
    for path in manifest["files"]:
        place, _, name = path.partition("/")
        if place == FILES:
            storage.store(name, _opened(archive, path).read())
        elif place == SEAL:
            key = Path(settings.CLAUSIER_HOME) / SEAL / name
            key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            storage.write_whole(key, _opened(archive, path).read())


def _check(manifest: Plain) -> None:
    """Every table has its rows, every chain of the journal verifies."""
    wrong = [table for table, count in _counts().items() if manifest["counts"].get(table) != count]
    if wrong:
        raise BackupFailed(f"Des lignes manquent après la restauration\u00a0: {', '.join(wrong)}.")
    bad = next(journal.verify(), None)
    if bad is not None:
        raise BackupFailed(f"Le journal restauré ne se vérifie pas\u00a0: {bad.reason}.")


def _counts(of: Any = connection) -> dict[str, int]:
    """How many rows each table of the models has, in our database or in a copy of it."""
    tables = sorted(set(map(_table, apps.get_models(include_auto_created=True))))
    with contextlib.closing(of.cursor()) as cursor:
        found = {}
        for table in tables:
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {name}")  # nosec B608
            found[table] = int(cursor.fetchone()[0])
    return found


# -- SQLite ----------------------------------------------------------------------------------------


def _dump_sqlite(target: Path) -> Dumped:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(target)) as copy:
        _raw(connection).backup(copy)  # in one step: what others write meanwhile is not in it
        return Dumped(_counts(copy), _named(copy))


def _load_sqlite(source: Path) -> None:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(source)) as copy:
        copy.backup(_raw(connection))


def _raw(of: Any) -> sqlite3.Connection:
    raw: sqlite3.Connection = of.connection
    return raw


# -- PostgreSQL ------------------------------------------------------------------------------------


def _dump_postgresql(target: Path) -> Dumped:
    # Asked before the transaction: the connection is then told its scope outside, and the level of
    # isolation can be the first word of the transaction.
    _check_all_is_read()
    everything = ["--enable-row-security"] if settings.ROW_SECURITY else []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        dumped = Dumped(_counts(), _named(connection))
        _run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
            f"--snapshot={snapshot}", f"--file={target}", *everything,
        )  # fmt: skip
    return dumped


def _check_all_is_read() -> None:
    """A role that does not see every row makes no backup, rather than half of one."""
    if names := row_checks.unreadable(connection):
        raise BackupFailed(
            f"Ce rôle ne peut pas lire {row_checks.some(names)}\u00a0: lancez {row_checks.AGAIN}"
        )
    if not settings.ROW_SECURITY and (names := row_checks.hidden(connection)):
        raise BackupFailed(
            f"PostgreSQL cache à ce rôle des lignes de {row_checks.some(names)}\u00a0: mettez "
            "ROW_SECURITY=1, ou sauvegardez avec le DATABASE_URL du propriétaire des tables."
        )


CLEAR = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT format('TABLE IF EXISTS public.%I CASCADE', relname) AS thing FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT EXISTS
            (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
        UNION ALL SELECT format('ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE')
            AND NOT EXISTS
            (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP
        EXECUTE 'DROP ' || one.thing;
    END LOOP;
END $$;
"""
"""Takes everything away but the extensions: ``pg_restore --clean`` knows only what is in the copy,
and stops at a policy, or at a table of a later version, which leans on one of its tables."""


def _load_postgresql(source: Path) -> None:
    """In one transaction: all of what was there goes, and all of the copy comes, or nothing.

    From one tool to the other, since the text of a large base would not fit beside its copy. The
    last word is ours, and is said only when the copy was read to its end.
    """
    connection.close()
    reading: list[str | Path] = [
        _newest("pg_restore"), "--clean", "--if-exists", "--no-owner", "--no-privileges",
        "--file=-", source,
    ]  # fmt: skip
    writing = [_newest("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(
            writing, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told,
            env=_environment(),
        ) as psql,
    ):  # fmt: skip
        read = None
        with contextlib.suppress(BrokenPipeError), cast("IO[bytes]", psql.stdin) as into:
            into.write(f"BEGIN;{CLEAR}".encode())
            read = subprocess.run(reading, stdout=into, stderr=subprocess.PIPE, check=False)
            if read.returncode == 0:
                into.write(b"COMMIT;\n")
        _succeeded("psql", psql.wait(), told)
        if read is not None:
            _succeeded("pg_restore", read.returncode, io.BytesIO(read.stderr))


def _succeeded(program: str, code: int, told: IO[bytes]) -> None:
    if code:
        told.seek(0)
        said = told.read().decode(errors="replace").strip()
        raise BackupFailed(f"{program} a échoué\u00a0: {said[-400:]}")


def _check_owner() -> None:
    """Who does not own the tables, or cannot make any, is told so rather than stopped half-way."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        [(may_create,)] = cursor.fetchall()
    if not may_create or row_checks.of_others(connection):
        raise BackupFailed(
            "Ce rôle ne possède pas les tables\u00a0: restaurez avec le DATABASE_URL du propriétaire. "
            "Rien n’est restauré."
        )


def _run(program: str, *arguments: str) -> None:
    """Run a tool of PostgreSQL on our database; its newest version knows every server."""
    done = subprocess.run(
        [_newest(program), *arguments], env=_environment(), capture_output=True, check=False
    )
    _succeeded(program, done.returncode, io.BytesIO(done.stderr))


def _environment() -> dict[str, str]:
    """Where our database is, and by whom it is asked."""
    options = ""
    if settings.ROW_SECURITY:  # the tool opens its own connection: the policies let it read all
        options = f"-c {row_scope.SETTING}={row_scope.EVERYTHING}"
    return libpq.environment(connection.settings_dict, options=options)


def _newest(program: str) -> str:
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{program}"),
        key=lambda path: float(path.parents[1].name),
    )
    place = str(found[-1]) if found else shutil.which(program)
    if place is None:
        raise BackupFailed(f"{program} n’est pas installé (paquet postgresql-client).")
    return place


_DUMPS: dict[str, Callable[[Path], Dumped]] = {
    "sqlite": _dump_sqlite,
    "postgresql": _dump_postgresql,
}
_LOADS: dict[str, Callable[[Path], None]] = {
    "sqlite": _load_sqlite,
    "postgresql": _load_postgresql,
}
