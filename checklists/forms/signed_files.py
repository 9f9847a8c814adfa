"""What is typed when a document comes back signed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .documents import VerifyForm


class SignedFileForm(VerifyForm):
    """The document that people signed with their own tool."""

    file = forms.FileField(
        label=_("Fichier signé"),
        help_text=_(
            "Le PDF téléchargé ici, puis signé ; 50 Mo au plus. Il est gardé tel que reçu."
        ),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        error_messages={
            "required": _("Choisissez le fichier signé."),
            "missing": _("Choisissez le fichier signé."),
            "empty": _("Le fichier est vide : choisissez-en un autre."),
        },
    )


class ConfirmationForm(forms.Form):
    """What the law leaves to a person: who signed, and by what right."""

    identity = forms.BooleanField(
        label=_("J’ai vérifié l’identité de la personne qui a signé."),
        error_messages={"required": _("Vérifiez l’identité du signataire, puis cochez.")},
    )
    delegation = forms.BooleanField(
        label=_("Cette personne a qualité, ou une délégation en cours, pour signer ce document."),
        error_messages={"required": _("Vérifiez la délégation, puis cochez.")},
    )
    name = forms.CharField(
        label=_("Nom et qualité du signataire"),
        max_length=300,
        help_text=_("Tels que vous les connaissez, par exemple « Camille Martin, directrice »."),
        error_messages={"required": _("Écrivez le nom et la qualité du signataire.")},
    )
