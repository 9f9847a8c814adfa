"""What a buyer or an RSSI says of a joined file, and the file that a buyer joins."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common import file_kinds
from uniha_clausier.common.date_fields import DayField
from uniha_clausier.common.file_kinds import ACCEPTED, UnfitFile

from ..domain.evidence import SentFile
from ..enums import Disclosure


class QualityForm(forms.Form):
    """How long a file is good, and whether it may be communicated."""

    valid_until = DayField(
        label=_("Valable jusqu’au"),
        required=False,
        help_text=_("Dernier jour de validité, s’il y en a un : certificat, attestation, audit."),
        error_messages={"invalid": _("Écrivez une date, par exemple 31/12/2027.")},
    )
    disclosure = forms.ChoiceField(
        label=_("Communication du document"),
        choices=Disclosure.choices,
        required=False,
        widget=forms.RadioSelect(),
        help_text=_(
            "Un document qui nuirait à la sécurité des systèmes d’information n’est pas "
            "communicable (CRPA, article L311-5, 2° d) : matrice de flux, architecture, test "
            "d’intrusion."
        ),
    )


class FileForm(forms.Form):
    """One file, known by its content."""

    file = forms.FileField(
        label=_("Fichier"),
        help_text=_("PDF, image ou document bureautique, 20 Mo au plus."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "missing": _("Choisissez un fichier."),
            "empty": _("Ce fichier est vide."),
        },
    )

    def clean_file(self) -> SentFile:
        file: Any = self.cleaned_data["file"]
        try:
            return SentFile(*file_kinds.read(file), str(file.name))
        except UnfitFile as error:
            raise forms.ValidationError(str(error)) from None
