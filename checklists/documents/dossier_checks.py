"""Checking a dossier on any machine: its files, its sealed list, its journal. No database here."""

import datetime as dt
import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.pdf_attachments import attached
from uniha_clausier.common.signing_isolated import ExaminationFailed, verify_pdf_isolated
from uniha_clausier.common.signing_verdict import Verdict, VerdictStatus

from . import dossier
from .dossier import FORMAT, LIST, MANIFEST, SUMS
from .dossier_parts import JOURNAL, SEALED

LARGEST_FILE = 500 * 1024 * 1024
MOST_FILES = 100_000

UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What zipfile raises of a ZIP that is damaged, of a kind that is not read, or badly named."""
NO_JSON = (ValueError, KeyError, TypeError, AttributeError, RecursionError)

SOUND = (VerdictStatus.INTACT, VerdictStatus.UNTRUSTED)
"""No byte changed since the seal; who sealed is another question."""

Plain = dict[str, Any]


@dataclass
class Report:
    """What the checks found: ``faults`` break the dossier, ``doubts`` are about who sealed it."""

    faults: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    files: int = 0
    seals: int = 0
    events: int = 0
    signer: str = ""
    missing: list[str] = field(default_factory=list)
    """What the tender still lacked when the dossier was made: said, and no fault of the dossier."""

    @property
    def is_intact(self) -> bool:
        return not self.faults

    def as_json(self) -> Plain:
        """Return plain data, for the command."""
        return {
            "intact": self.is_intact,
            "faults": self.faults,
            "doubts": self.doubts,
            "files": self.files,
            "seals": self.seals,
            "events": self.events,
            "signer": self.signer,
            "missing": self.missing,
        }


def check(file: Path, *, roots: Sequence[bytes] = ()) -> Report:
    """Check the dossier in ``file``. ``roots`` are the certificates that the reader trusts.

    Never raises for what the file holds: each thing wrong is a sentence of the report.
    """
    report = Report()
    try:
        with zipfile.ZipFile(file) as bundle:
            _check_bundle(bundle, report, roots)
    except UNREADABLE as error:
        report.faults.append(f"Le fichier n’est pas un ZIP qui se lit : {error}.")
    return report


def _check_bundle(bundle: zipfile.ZipFile, report: Report, roots: Sequence[bytes]) -> None:
    entries = bundle.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or any(entry.file_size > LARGEST_FILE for entry in entries):
        report.faults.append("Le ZIP est démesuré : ce n’est pas un dossier de Clausier.")
        return
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        report.faults += [f"{name} est deux fois dans le ZIP." for name in twice]
        return
    manifest = _manifest(bundle, names, report)
    if manifest is None:
        return
    _check_list(bundle, names, report, roots)
    _check_files(bundle, names, manifest, report, roots)
    _check_sums(bundle, names, manifest, report)
    _check_due(manifest, report)
    report.missing = [str(one) for one in manifest.get("missing", ())]
    if JOURNAL in names:
        _check_journal(bundle.read(JOURNAL), manifest, report)


def _manifest(bundle: zipfile.ZipFile, names: list[str], report: Report) -> Plain | None:
    if MANIFEST not in names:
        report.faults.append(f"{MANIFEST} manque : la liste des pièces est inconnue.")
        return None
    try:
        found: Plain = json.loads(bundle.read(MANIFEST))
        is_ours = found["format"] == FORMAT and _is_told(found)
    except NO_JSON:
        is_ours = False
    if not is_ours:
        report.faults.append(f"{MANIFEST} n’est pas la liste d’un dossier de Clausier.")
        return None
    return found


def _is_told(found: Plain) -> bool:
    """Whether all that is read of the list is of the kind that this software writes."""
    texts = [one[key] for one in found["files"] for key in ("path", "kind", "sha256")]
    texts += [one[key] for one in found.get("due", []) for key in ("folder", "kind", "title")]
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(found["journal"]["seq"], int)
        and isinstance(found.get("missing", []), list)
    )


def _check_list(
    bundle: zipfile.ZipFile, names: list[str], report: Report, roots: Sequence[bytes]
) -> None:
    """The sealed list must be sound, and attach the very manifest that stands in the ZIP."""
    if LIST not in names:
        report.faults.append(f"{LIST} manque : rien ne scelle la liste des pièces.")
        return
    content = bundle.read(LIST)
    verdict = _sealed(LIST, content, report, roots)
    if verdict is None:
        return
    report.signer = verdict.signatures[0].signer if verdict.signatures else ""
    if attached(content, MANIFEST) != bundle.read(MANIFEST):
        report.faults.append(f"{MANIFEST} n’est pas celui que {LIST} scelle.")


def _sealed(path: str, content: bytes, report: Report, roots: Sequence[bytes]) -> Verdict | None:
    try:
        verdict = verify_pdf_isolated(content, trusted_roots=roots)
    except ExaminationFailed as error:
        report.faults.append(f"{path} : {error}")
        return None
    if verdict.status not in SOUND:
        report.faults.append(f"{path} : {' '.join(verdict.reasons)}")
        return None
    report.seals += 1
    if verdict.status is VerdictStatus.UNTRUSTED:
        report.doubts.append(f"{path} : {' '.join(verdict.reasons)}")
    return verdict


def _check_files(
    bundle: zipfile.ZipFile,
    names: list[str],
    manifest: Plain,
    report: Report,
    roots: Sequence[bytes],
) -> None:
    listed = {str(one.get("path", "")): one for one in manifest["files"]}
    for path in sorted(set(names) - set(listed) - {MANIFEST, LIST, SUMS}):
        report.faults.append(f"{path} n’est pas sur le bordereau : il a été ajouté.")
    for path, one in listed.items():
        if path not in names:
            report.faults.append(f"{path} manque : il a été retiré.")
            continue
        content = bundle.read(path)
        if hashlib.sha256(content).hexdigest() != one.get("sha256"):
            report.faults.append(f"{path} a été modifié : son empreinte n’est pas la bonne.")
            continue
        report.files += 1
        if one.get("kind") == SEALED:
            _sealed(path, content, report, roots)


def _check_sums(bundle: zipfile.ZipFile, names: list[str], manifest: Plain, report: Report) -> None:
    """The sums are for a reader without this software: they must say what the sealed list says."""
    if SUMS not in names:
        report.faults.append(f"{SUMS} manque : il a été retiré.")
        return
    sealed = bundle.read(LIST) if LIST in names else b""
    if bundle.read(SUMS) != dossier.sums(manifest["files"], bundle.read(MANIFEST), sealed):
        report.faults.append(f"{SUMS} a été modifié : il ne dit pas ce que dit le bordereau.")


def _check_due(manifest: Plain, report: Report) -> None:
    """Name what a dossier of this tender must hold and that its list never had.

    A list of the first version says nothing of it.
    """
    held = {(one["kind"], one["path"]) for one in manifest["files"]}
    for one in manifest.get("due", ()):
        place = f"{one['folder']}/" if one["folder"] else ""
        if not any(kind == one["kind"] and path.startswith(place) for kind, path in held):
            where = place or "la racine"
            report.faults.append(f"{one['title']} : cette pièce n’est pas au bordereau ({where}).")


# -- The journal -----------------------------------------------------------------------------------


def _check_journal(content: bytes, manifest: Plain, report: Report) -> None:
    last = 0
    for number, event in enumerate(_events(content), start=1):
        if event is None:
            report.faults.append(f"{JOURNAL}, ligne {number} : l’événement a été modifié.")
            return
        if event.seq <= last:
            report.faults.append(f"{JOURNAL}, ligne {number} : l’événement n’est pas à sa place.")
            return
        last = event.seq
        report.events += 1
    if last > manifest["journal"]["seq"]:
        report.faults.append(f"{JOURNAL} contient des événements d’après le bordereau.")


def _events(content: bytes) -> Iterator[AuditEvent | None]:
    """Yield the event of each line, or None when it is not what its hash says."""
    for line in content.decode(errors="replace").removesuffix("\n").split("\n"):
        try:
            told = json.loads(line)
            told["occurred_at"] = dt.datetime.fromisoformat(told["occurred_at"])
            event = AuditEvent(**told)
            is_whole = type(told["seq"]) is int and event.hash == journal.hash_of(event)
        except NO_JSON:
            is_whole = False
        yield event if is_whole else None
