"""What the assessment page sends: one field by script, or all the fields of a plain form."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..domain.answering import FIELDS, Edit
from ..domain.queries.grid import PointState

MAX_VERSION = 2**31 - 1


FIELDS_OF_A_SAVE: dict[str, forms.Field] = {
    "field": forms.ChoiceField(
        choices=[(name, name) for name in FIELDS],
        error_messages={
            "required": _("Le champ à enregistrer manque\u00a0: rechargez la page."),
            "invalid_choice": _("Ce champ n’existe pas\u00a0: rechargez la page."),
        },
    ),
    # Not stripped here: the domain cleans, and a newline at the end isn't a reason to differ.
    "value": forms.CharField(required=False, strip=False),
    "version": forms.IntegerField(
        min_value=0,
        max_value=MAX_VERSION,
        error_messages={
            "required": _("La version lue manque\u00a0: rechargez la page."),
            "invalid": _("La version lue n’est pas un nombre\u00a0: rechargez la page."),
        },
    ),
}
"""One field of one point, with the version of the row that the page had read."""


def cleaned_save(data: QueryDict) -> dict[str, Any]:
    """Return the ``field``, the ``value`` and the ``base_version``. Raises ValidationError.

    No ``Form``: it copies its fields for each request, ten times the cost of cleaning them, and a
    save is the request that a buyer waits for a thousand times.
    """
    cleaned = {name: field.clean(data.get(name)) for name, field in FIELDS_OF_A_SAVE.items()}
    cleaned["base_version"] = cleaned.pop("version")
    return cleaned


def cleaned_restore(data: QueryDict) -> dict[str, Any]:
    """Return which ``event`` to restore, which ``side`` of it, and the ``base_version`` read.

    Only a page of ours writes these: what doesn't fit names nothing, and version 0 conflicts with
    every change.
    """
    numbers = {name: data.get(name, "") for name in ("event", "version")}
    read = {name: int(n) if n.isdecimal() and len(n) < 10 else 0 for name, n in numbers.items()}
    return {
        "event": read["event"],
        "side": data.get("side", ""),
        "base_version": read["version"],
    }


def versions_text(states: Iterable[PointState]) -> str:
    """Write the versions that a page has read as one text: ``O-7.1:3:5`` (answer, score) …"""
    return " ".join(
        f"{state.ref}:{state.answer_version}:{state.score_version}"
        for state in states
        if not state.is_reminder
    )


def edits_from(data: QueryDict) -> list[Edit]:
    """Read a plain form: fields named ``O-7.1.score``, and the text of ``versions_text``.

    A field of a point without a version, or of another name, is ignored: the page didn't write it.
    """
    versions = versions_of(data.get("versions", ""))
    edits = []
    for name, value in data.items():
        ref, _dot, field = name.rpartition(".")
        if field in FIELDS and ref in versions:
            version = versions[ref][0 if field.startswith("claim") else 1]
            edits.append(Edit(ref, field, str(value), version))
    return edits


def versions_of(text: str) -> dict[str, tuple[int, int]]:
    """Read the text of ``versions_text``: two versions by point; what is no such word is left out."""
    versions = {}
    for word in text.split():
        ref, *numbers = word.rsplit(":", 2)
        if len(numbers) == 2 and all(n.isdecimal() and len(n) < 10 for n in numbers):
            versions[ref] = (int(numbers[0]), int(numbers[1]))
    return versions
