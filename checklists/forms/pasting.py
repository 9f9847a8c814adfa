"""What the page of pasting sends: the text, where it goes, and what its columns hold."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import QueryDict

from ..domain.answering import Edit
from ..domain.pasting import MAX_COLUMNS
from ..domain.queries.grid import PointState
from ..enums import BatchAct

_VERSION = re.compile(r"(\S{1,30}):(\d{1,9}):(\d{1,9})")


@dataclass(frozen=True)
class Paste:
    """A text to read. ``order`` and ``versions`` are those of the open grid, when one asks."""

    text: str
    start: str
    order: list[str]
    versions: dict[str, tuple[int, int]]
    roles: list[str]

    def refs(self, states: Sequence[PointState]) -> list[str]:
        """Return the points that rows may go to: those that the grid shows, else all."""
        asked = [state.ref for state in states if not state.is_reminder]
        shown = [ref for ref in dict.fromkeys(self.order) if ref in set(asked)]
        return [*shown, *(ref for ref in asked if ref not in set(shown))] if shown else asked

    def base_version(self, state: PointState, field: str) -> int:
        """Return the version of the row that the person has seen."""
        is_claim = field.startswith("claim")
        read = self.versions.get(state.ref, (state.answer_version, state.score_version))
        return read[0 if is_claim else 1]


def paste_from(data: QueryDict) -> Paste:
    """Read what was sent; a part that the page didn't write counts for nothing."""
    names = [f"colonne-{n}" for n in range(MAX_COLUMNS)]
    versions = {
        ref: (int(answer), int(score))
        for ref, answer, score in _VERSION.findall(data.get("versions", ""))
    }
    return Paste(
        text=data.get("texte", ""),
        start=data.get("depuis", ""),
        order=data.get("ordre", "").split(),
        versions=versions,
        roles=[str(data[name]) for name in names if name in data],
    )


def values_text(edits: Iterable[Edit]) -> str:
    """Write the values to apply as ``forms.grid_batches.cleaned_batch`` reads them."""
    rows = [
        {"ref": edit.ref, "field": edit.field, "value": edit.value, "version": edit.base_version}
        for edit in edits
    ]
    return json.dumps({"act": BatchAct.PASTE.value, "edits": rows}, ensure_ascii=False)
