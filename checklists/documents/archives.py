"""What a process that reads a hostile file needs first: limits, and a look into the archive.

XLSX and ODS files are ZIP archives. Nothing is unzipped before their directory was checked.
"""

import io
import resource
import zipfile

from uniha_clausier.common.processes import die_with_parent

MEGABYTE = 1024 * 1024
MOST_ENTRIES = 200
MOST_UNZIPPED = 50 * MEGABYTE
HIGHEST_RATIO = 100
RATIO_FROM = MEGABYTE  # a small part of a sound workbook may compress more


class Refused(Exception):
    """A French sentence that says what is wrong, and where."""


def live_within(*, memory: int, seconds: int) -> None:
    """Limit this process, which reads one file and dies: bytes of memory, seconds of processor."""
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refuse_archive(content: bytes) -> None:
    """Refuse, before anything is unzipped, an archive that lies or is too big."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Refused("Le classeur ne s’ouvre pas : le fichier est tronqué ou abîmé.") from None
    if len(entries) > MOST_ENTRIES:
        raise Refused(f"Le classeur compte {len(entries)} parties, {MOST_ENTRIES} au plus.")
    for entry in entries:
        _refuse_entry(entry)
    total = sum(entry.file_size for entry in entries)
    if total > MOST_UNZIPPED:
        raise Refused(f"Le classeur fait {_mb(total)} une fois décompressé, 50 Mo au plus.")


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    shown = name[:80]
    if ".." in name.replace("\\", "/").split("/") or name.startswith(("/", "\\")):
        raise Refused(f"{shown} : ce chemin sort du classeur.")
    is_vba = name.lower().endswith((".bin", ".vbs", ".exe")) and "vba" in name.lower()
    if is_vba or name.startswith(("Basic/", "Scripts/")):
        raise Refused(f"{shown} : le classeur contient des macros.")
    if entry.flag_bits & 1:
        raise Refused(f"{shown} : le classeur est protégé par un mot de passe.")
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > MOST_UNZIPPED or (entry.file_size > RATIO_FROM and ratio > HIGHEST_RATIO):
        raise Refused(
            f"{shown} : {_mb(entry.file_size)} une fois décompressé, {ratio:.0f} fois plus que "
            "dans le fichier. Ce n’est pas un classeur ordinaire."
        )


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:.0f} Mo"
