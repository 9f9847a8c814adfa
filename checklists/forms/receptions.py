"""What is sent on the pages of received workbooks."""

import re

from django import forms
from django.core.files import File
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..documents.answer_files import KINDS, MAX_BYTES
from .late_files import DepositTimeForm

_VERSION = re.compile(r"(\S{1,40}):(\d{1,9})")
_NUMBER = re.compile(r"[0-9]{1,5}")
_CHOICE = re.compile(r"choix-[0-9]{1,5}")


class ReceptionForm(DepositTimeForm):
    """The answer file of a candidate."""

    field_order = ("file",)

    file = forms.FileField(
        label=_("Classeur de réponse du candidat"),
        help_text=_(
            "Fichier .xlsx, .ods ou .csv, 10 Mo au plus. Il est gardé tel quel ; rien n’est écrit "
            "dans la grille avant que vous ayez vu ce qui changerait."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Le fichier est vide."),
            "missing": _("Choisissez un fichier."),
        },
    )

    def clean_file(self) -> File[bytes]:
        """Refuse a file that is too big before it is read."""
        file: File[bytes] = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("Le fichier dépasse 10 Mo : joignez les documents à part."), code="too_big"
            )
        return file


def versions_from(data: QueryDict) -> dict[str, int]:
    """Return the version of each answer that the page showed."""
    return {ref: int(version) for ref, version in _VERSION.findall(data.get("versions", ""))}


def choices_from(data: QueryDict) -> dict[int, int]:
    """Return the option chosen for each doubt, by their numbers; a blank one settles nothing."""
    sent = {name: data.get(name, "") for name in data if _CHOICE.fullmatch(name)}
    return {
        int(name.removeprefix("choix-")): int(value)
        for name, value in sent.items()
        if _NUMBER.fullmatch(value)
    }
