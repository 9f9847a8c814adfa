"""What is sent on the page of the files of a checklist."""

import re
from typing import Any

from django import forms
from django.core.files import File
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..documents.answer_files import KINDS
from .late_files import DepositTimeForm

MOST_FILES = 100
MOST_TOGETHER = 100 * 1024 * 1024
"""Bytes of all of them. What a proxy lets through is more: docs/operations.md."""
_CHOICE = re.compile(r"candidat-([0-9]{1,15})")
_NUMBER = re.compile(r"[0-9]{1,15}")


class ManyFilesInput(forms.ClearableFileInput):
    """A field for several files, chosen or dropped on it."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """One file or several; what each of them is worth is told file by file."""

    def clean(self, data: Any, initial: Any = None) -> list[File[bytes]]:
        """Return the files. Raises ValidationError without any, or with too much."""
        files = data if isinstance(data, list) else [data] if data else []
        if not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many")
        if sum(file.size for file in files) > MOST_TOGETHER:
            raise forms.ValidationError(self.error_messages["too_much"], code="too_much")
        return files


class DepositForm(DepositTimeForm):
    """The answer files of several candidates."""

    field_order = ("workbooks",)

    workbooks = ManyFilesField(
        label=_("Classeurs de réponse des candidats"),
        help_text=_(
            "Choisissez ou faites glisser ici un ou plusieurs fichiers .xlsx, .ods ou .csv, de "
            "10 Mo au plus chacun, 100 fichiers et 100 Mo à la fois. Chacun est gardé tel quel ; "
            "rien n’est écrit dans les grilles."
        ),
        widget=ManyFilesInput(attrs={"accept": ",".join(KINDS)}),
        error_messages={
            "required": _("Choisissez au moins un fichier."),
            "too_many": _("Importez 100 fichiers au plus à la fois."),
            "too_much": _("Importez 100 Mo au plus à la fois : faites-le en plusieurs fois."),
        },
    )


def candidates_from(data: QueryDict) -> dict[int, int]:
    """Return the candidate chosen for each file; a file without one goes on waiting."""
    found = {name: _CHOICE.fullmatch(name) for name in data}
    return {
        int(match[1]): int(value)
        for name, match in found.items()
        if match and _NUMBER.fullmatch(value := data.get(name, ""))
    }
