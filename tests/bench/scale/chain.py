"""The journal of one facility, event after event, each with the hash that the product gives it."""

import datetime as dt
import hashlib
from typing import Any

from uniha_clausier.common.canonical import canonical_json
from uniha_clausier.common.journal import DOMAIN, GENESIS
from uniha_clausier.common.models import AuditEvent, JournalHead

from .lines import NULL, Lines, text

EVENTS = Lines(
    AuditEvent, "tenant", "seq", "occurred_at", "actor", "action", "subject", "data", "prev_hash",
    "hash",
)  # fmt: skip
HEADS = Lines(JournalHead, "tenant", "seq", "hash")


class Chain:
    """Events in memory until they are taken; the head follows them."""

    def __init__(self, tenant: int) -> None:
        self.tenant, self.seq, self.hash = tenant, 0, GENESIS
        self._lines: list[str] = []

    def record(
        self, action: str, subject: str, data: dict[str, Any], at: dt.datetime, by: int | None
    ) -> None:
        """Add one event. ``at`` is in UTC: its ISO form is hashed as it is."""
        self.seq += 1
        moment = at.isoformat(timespec="microseconds")
        payload = canonical_json(
            [self.tenant, self.seq, self.hash, moment, by, action, subject, data]
        )
        before, self.hash = self.hash, hashlib.sha256(DOMAIN + payload.encode()).hexdigest()
        self._lines.append(
            EVENTS.line
            % (
                self.tenant, self.seq, moment, NULL if by is None else by, action, subject,
                text(canonical_json(data)), before, self.hash,
            )
        )  # fmt: skip

    def taken(self) -> str:
        """Return the lines of the events added since the last time."""
        lines, self._lines = "".join(self._lines), []
        return lines

    @property
    def head(self) -> str:
        return HEADS.line % (self.tenant, self.seq, self.hash)
