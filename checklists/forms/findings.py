"""What the page of findings sends: one field by script, or all the fields of a plain form."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..domain.findings import FIELDS, Edit
from ..domain.queries.findings import Line
from .grid import FIELDS_OF_A_SAVE, MAX_VERSION, versions_of

FIELDS_OF_A_FINDING: dict[str, forms.Field] = {
    "field": forms.ChoiceField(
        choices=[(name, name) for name in FIELDS],
        error_messages=FIELDS_OF_A_SAVE["field"].error_messages,
    ),
    "value": FIELDS_OF_A_SAVE["value"],
    "version": FIELDS_OF_A_SAVE["version"],
    "answer": forms.IntegerField(
        min_value=0,
        max_value=MAX_VERSION,
        error_messages={
            "required": _("La version de la réponse lue manque\u00a0: rechargez la page."),
            "invalid": _(
                "La version de la réponse lue n’est pas un nombre\u00a0: rechargez la page."
            ),
        },
    ),
}
"""One field of a finding, with the versions of the finding and of the claim that were read."""


def edit_sent(ref: str, data: QueryDict) -> Edit:
    """Return what a script sends: each value is meant. Raises ValidationError."""
    sent: dict[str, Any] = {
        name: field.clean(data.get(name)) for name, field in FIELDS_OF_A_FINDING.items()
    }
    return Edit(ref, sent["field"], sent["value"], sent["version"], sent["answer"], confirms=True)


def versions_text(lines: Iterable[Line]) -> str:
    """Write the versions that a page has read: ``O-7.1:3:5`` (finding, claim) …"""
    return " ".join(f"{line.ref}:{line.version}:{line.answer_version}" for line in lines)


def edits_from(data: QueryDict) -> list[Edit]:
    """Read a plain form: fields named ``O-7.1.finding``, and the text of ``versions_text``.

    A box that is not ticked is not sent: it says « interne ». Two buttons name a point:
    ``effacer`` takes its finding back, ``confirmer`` keeps it on the claim that changed.
    """
    edits = []
    for ref, (version, answer) in versions_of(data.get("versions", "")).items():
        sent = {name: data.get(f"{ref}.{name}") for name in FIELDS}
        sent["sharing"] = sent["sharing"] or ""
        if data.get("effacer") == ref:
            sent["finding"] = ""
        confirms = data.get("confirmer") == ref
        edits += [
            Edit(ref, name, value, version, answer, confirms)
            for name, value in sent.items()
            if value is not None
        ]
    return edits
