"""One canonical text for a value, so that a hash means the same thing everywhere."""

import datetime as dt
import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Return ``value`` as JSON with sorted keys, no spaces, and real (not escaped) letters."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(value: Any) -> str:
    """Return the SHA-256, in lower-case hexadecimal, of the canonical JSON of ``value``."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def iso(moment: dt.datetime | None) -> str:
    """Write a moment as UTC in ISO 8601; empty when there is none."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds") if moment else ""
