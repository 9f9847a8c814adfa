"""What is sent on the page of a register."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..domain import register_reading
from ..domain.register_reading import MAX_BYTES, Row, UnreadableRegister

_CHOICE = re.compile(r"(entreprise|lot)-([0-9]{1,6})")
_ROLES = {"entreprise": "vendor", "lot": "lot"}


class RegisterForm(forms.Form):
    """The register of a buyer profile."""

    file = forms.FileField(
        label=_("Registre des retraits ou des dépôts"),
        help_text=_(
            "Fichier .csv exporté du profil d’acheteur, 1 Mo au plus. Colonnes reconnues : raison "
            "sociale, SIRET ou SIREN, courriel, date, lot. Rien n’est écrit avant que vous ayez vu "
            "ce qui serait fait."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt"}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Le fichier est vide."),
            "missing": _("Choisissez un fichier."),
        },
    )

    def clean(self) -> dict[str, Any]:
        """Read the register: ``text`` and ``rows``."""
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        if file:
            try:
                data["text"] = register_reading.text_of(file.read(MAX_BYTES + 1))
                data["rows"] = register_reading.read(data["text"])
            except UnreadableRegister as error:
                self.add_error("file", str(error))
        return data


def text_and_rows_from(data: QueryDict) -> tuple[str, list[Row]]:
    """Return the register that the page carries. Raises UnreadableRegister."""
    text = register_reading.text_of(data.get("texte", "").encode())
    return text, register_reading.read(text)


def choices_from(data: QueryDict) -> dict[int, dict[str, str]]:
    """Return what the buyer chose, by line of the register."""
    choices: dict[int, dict[str, str]] = {}
    for name in data:
        found = _CHOICE.fullmatch(name)
        if found:
            choices.setdefault(int(found[2]), {})[_ROLES[found[1]]] = data.get(name, "")
    return choices
