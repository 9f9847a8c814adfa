"""The dossier of a tender: one ZIP, its list of files with their hashes, and a seal over the list.

Three ways to check it, from the plainest: ``sha256sum -c empreintes-sha256.txt``; any PDF reader on
the sealed list; ``manage.py verify_dossier``, which needs no database.
"""

import datetime as dt
import hashlib
import itertools
import tempfile
import zipfile
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.common import canonical, journal, queue
from uniha_clausier.common.pdf_text import clean_line
from vendors.models import Tender

from . import dossier_missing, dossier_parts, report, sealed_lists
from .dossier_files import Part

FORMAT = "clausier/dossier"
FORMAT_VERSION = 2
"""2: says what is due, and what was missing when it was made."""

MANIFEST, LIST, SUMS, READ_ME = (
    "manifeste.json",
    "bordereau.pdf",
    "empreintes-sha256.txt",
    "LISEZMOI.txt",
)

Plain = dict[str, Any]


class Made(NamedTuple):
    """What was written: how many files, and the hash of their list."""

    file_count: int
    manifest_sha256: str


def write(tender: Tender, target: BinaryIO, *, at: dt.datetime, by: str) -> Made:
    """Write the dossier of ``tender`` into ``target``, a file open for writing.

    Raises RenderingFailed, SigningFailed or BadSeal for the sealed list, FileNotFoundError for a
    kept file that is gone.
    """
    moment = at.timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:

        def add(path: str, content: bytes) -> None:
            bundle.writestr(zipfile.ZipInfo(path, moment), content, zipfile.ZIP_DEFLATED)

        missing = dossier_missing.missing(tender)
        parts, files = list(_with_read_me(tender, missing)), []
        for number, part in enumerate(parts):
            queue.say(_("Pièces"), number, len(parts))
            files.append(_added(part, add))
        queue.say(_("Bordereau et scellement"), len(parts), len(parts))
        manifest = _manifest(tender, files, at, by) | {
            "due": [one._asdict() for one in dossier_parts.due(tender)],
            "missing": missing,
        }
        text = canonical.canonical_json(manifest).encode()
        add(MANIFEST, text)
        sealed = _list(manifest, text)
        add(LIST, sealed)
        add(SUMS, sums(files, text, sealed))
    return Made(len(files), _sha256(text))


def sums(files: list[Plain], manifest: bytes, sealed: bytes) -> bytes:
    """Return what ``sha256sum -c`` reads: each file, the manifest and the sealed list."""
    lines = [(one["sha256"], one["path"]) for one in files]
    lines += [(_sha256(manifest), MANIFEST), (_sha256(sealed), LIST)]
    return "".join(f"{digest}  {path}\n" for digest, path in lines).encode()


def made(tender: Tender, *, at: dt.datetime, by: str) -> tuple[bytes, Made]:
    """Return the dossier of ``tender`` as bytes. Raises what ``write`` raises."""
    with tempfile.TemporaryFile() as scratch:
        told = write(tender, scratch, at=at, by=by)
        scratch.seek(0)
        return scratch.read(), told


def download_name(tender: Tender, number: int) -> str:
    """Return the name under which a person saves the dossier."""
    return f"dossier-{slugify(tender.reference)[:80] or tender.pk}-{number}.zip"


def _added(part: Part, add: Any) -> Plain:
    content = part.make()
    add(part.path, content)
    return {
        "path": part.path,
        "kind": part.kind,
        "title": clean_line(part.title),
        "size": len(content),
        "sha256": _sha256(content),
    }


def _with_read_me(tender: Tender, missing: list[str]) -> Iterable[Part]:
    """The contents come first in the ZIP, so the parts are known before any is made."""
    parts = list(dossier_parts.parts(tender))
    title = _("Sommaire, et comment lire et vérifier ce dossier")
    yield Part(READ_ME, "readme", title, lambda: _read_me(tender, parts, missing))
    yield from parts


def _manifest(tender: Tender, files: list[Plain], at: dt.datetime, by: str) -> Plain:
    head = journal.head_of(tender.facility_id)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "facility": report.facility_data(tender.facility),
        "tender": report.tender_data(tender),
        "made_at": canonical.iso(at),
        "made_by": by,
        "journal": {"tenant": tender.facility_id, "seq": head.seq, "hash": head.hash},
        "files": files,
    }


def _list(manifest: Plain, text: bytes) -> bytes:
    """The sealed list of the files, with the manifest attached as it stands in the ZIP."""
    kind = sealed_lists.Kind(
        template="pdf/dossier.html",
        name=_("Bordereau du dossier"),
        attached=MANIFEST,
        description=_("La liste des pièces et leurs empreintes (JSON canonique)"),
        reason=_("Scellement d’intégrité du dossier de la consultation"),
    )
    return sealed_lists.sealed(kind, manifest, text=text, made_at=manifest["made_at"])


def _read_me(tender: Tender, parts: list[Part], missing: list[str]) -> bytes:
    blocks = [
        _("Dossier de la consultation %(reference)s\n%(title)s\n%(facility)s")
        % {
            "reference": clean_line(tender.reference),
            "title": clean_line(tender.title),
            "facility": clean_line(tender.facility.name),
        },
        _("VÉRIFIER\n\n%(how)s") % {"how": _how_to_verify()},
        _("SOMMAIRE") + "\n\n" + _contents(parts),
        _("CE QUI MANQUAIT QUAND CE DOSSIER A ÉTÉ PRODUIT")
        + "\n\n"
        + ("\n".join(f"- {clean_line(one)}" for one in missing) or _("Rien.")),
    ]
    return ("\n\n\n".join(blocks) + "\n").encode()


def _how_to_verify() -> str:
    return _(
        "bordereau.pdf : la liste des pièces, scellée. Elle porte manifeste.json en pièce jointe.\n"
        "manifeste.json : la même liste, avec l’empreinte SHA-256 de chaque pièce.\n"
        "journal.jsonl : un événement par ligne ; son empreinte couvre tout l’événement et "
        "l’empreinte de l’événement d’avant.\n"
        "\n"
        "Sans Clausier : sha256sum -c empreintes-sha256.txt\n"
        "Le sceau de bordereau.pdf se lit dans tout lecteur de PDF.\n"
        "Avec Clausier, sans base de données : manage.py verify_dossier FICHIER.zip\n"
        "\n"
        "Les fichiers CSV s’ouvrent dans un tableur (UTF-8, points-virgules)."
    )


def _contents(parts: list[Part]) -> str:
    """The files by folder, each with what it is."""
    lines: list[str] = []
    for folder, inside in itertools.groupby(parts, lambda part: part.path.rpartition("/")[0]):
        lines.append(f"{folder}/" if folder else _("À la racine"))
        lines += [f"  {p.path.rpartition('/')[2]} : {clean_line(p.title)}" for p in inside]
        lines.append("")
    return "\n".join(lines).rstrip()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
