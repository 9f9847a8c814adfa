"""An assessment as files that other software reads, made of the same data as the sealed PDF.

The JSON is described by a published schema (JSON Schema 2020-12) that comes with the software: a
key may be added to a version of it, none changes its meaning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.text import slugify

from uniha_clausier.common.canonical import canonical_json
from uniha_clausier.common.file_kinds import TYPES

from . import ciso_assistant, oscal, report
from .report import Plain


@dataclass(frozen=True)
class Format:
    """How one file is written from gathered data, and under which name it is saved."""

    write: Callable[[Plain], bytes]
    suffix: str
    content_type: str


def current(data: Plain) -> Plain:
    """Return gathered ``data`` under the envelope of the attached JSON; it is no sealed edition."""
    return {
        "format": report.FORMAT,
        "format_version": report.FORMAT_VERSION,
        "data_sha256": report.hash_of(data),
        "data": data,
    }


def schema_file() -> Path:
    """Return the published schema of the JSON, of the version that is written today."""
    name = f"evaluation-{report.FORMAT_VERSION}.json"
    return Path(settings.FIXTURE_FOLDER) / "schemas" / name


def file_name(data: Plain, kind: str) -> str:
    """Name the file after the purchase and the candidate."""
    names = f"{data['tender']['reference'][:60]} {data['candidate']['name'][:60]}"
    return f"evaluation-{slugify(names) or data['assessment']['id']}{FORMATS[kind].suffix}"


def _json(data: Plain) -> bytes:
    return canonical_json(current(data)).encode()


FORMATS = {
    "json": Format(_json, ".json", "application/json"),
    "ciso-assistant": Format(ciso_assistant.written, "-ciso-assistant.xlsx", TYPES["xlsx"]),
    "oscal": Format(oscal.written, "-oscal.json", "application/json"),
}
