"""What the assessment page sends: one field by script, or all the fields of a plain form."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..domain.answering import FIELDS, Edit
from ..domain.queries.grid import PointState

MAX_VERSION = 2**31 - 1


class FieldForm(forms.Form):
    """One field of one point, with the version of the row that the page had read."""

    field = forms.ChoiceField(
        choices=[(name, name) for name in FIELDS],
        error_messages={
            "required": _("Le champ à enregistrer manque : rechargez la page."),
            "invalid_choice": _("Ce champ n’existe pas : rechargez la page."),
        },
    )
    # Not stripped here: the domain cleans, and a newline at the end isn't a reason to differ.
    value = forms.CharField(required=False, strip=False)
    version = forms.IntegerField(
        min_value=0,
        max_value=MAX_VERSION,
        error_messages={
            "required": _("La version lue manque : rechargez la page."),
            "invalid": _("La version lue n’est pas un nombre : rechargez la page."),
        },
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "version" in cleaned:
            cleaned["base_version"] = cleaned.pop("version")
        return cleaned

    def first_error(self) -> str:
        return next(str(error) for errors in self.errors.values() for error in errors)


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
    versions = _versions(data.get("versions", ""))
    edits = []
    for name, value in data.items():
        ref, _dot, field = name.rpartition(".")
        if field in FIELDS and ref in versions:
            version = versions[ref][0 if field.startswith("claim") else 1]
            edits.append(Edit(ref, field, str(value), version))
    return edits


def _versions(text: str) -> dict[str, tuple[int, int]]:
    versions = {}
    for word in text.split():
        ref, *numbers = word.rsplit(":", 2)
        if len(numbers) == 2 and all(n.isdecimal() and len(n) < 10 for n in numbers):
            versions[ref] = (int(numbers[0]), int(numbers[1]))
    return versions
