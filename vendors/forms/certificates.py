"""What is typed about a certificate of a vendor."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common import file_kinds
from uniha_clausier.common.date_fields import DayField
from uniha_clausier.common.file_kinds import ACCEPTED, UnfitFile

from ..domain.certificates import Paper, Told
from ..enums import CertificateKind, DeviceClass, HdsActivity, HdsVersion
from ..models import Certificate
from .fields import LineField

FIELDS = ("kind", "number", "issuer", "scope", "hds_version", "device_class", "issued_on",
          "valid_until")  # fmt: skip
BAD_DATE = _("Écrivez une date, par exemple 31/12/2027.")


class CertificateForm(forms.Form):
    """A certificate; what belongs to another nature is left out."""

    kind = forms.ChoiceField(label=_("Nature"), choices=CertificateKind.choices)
    number = LineField(
        label=_("Numéro"),
        max_length=100,
        error_messages={"required": _("Donnez le numéro écrit sur le certificat.")},
    )
    issuer = LineField(
        label=_("Délivré par"),
        max_length=200,
        help_text=_("L’organisme certificateur, l’organisme notifié ou le fabricant."),
        error_messages={"required": _("Dites qui a délivré le certificat.")},
    )
    scope = LineField(label=_("Périmètre"), required=False, max_length=500)
    hds_version = forms.ChoiceField(
        label=_("Version du référentiel HDS"),
        required=False,
        choices=[("", "–"), *HdsVersion.choices],
        help_text=_("Pour une certification HDS. Seule la v2 vaut depuis le 16 mai 2026."),
    )
    hds_activities = forms.MultipleChoiceField(
        label=_("Activités HDS"),
        required=False,
        choices=HdsActivity.choices,
        widget=forms.CheckboxSelectMultiple(),
    )
    device_class = forms.ChoiceField(
        label=_("Classe du dispositif médical"),
        required=False,
        choices=[("", "–"), *DeviceClass.choices],
        help_text=_("Pour un marquage CE (règlement (UE) 2017/745)."),
    )
    issued_on = DayField(
        label=_("Délivré le"),
        required=False,
        error_messages={"invalid": BAD_DATE},
    )
    valid_until = DayField(
        label=_("Valable jusqu’au"),
        required=False,
        error_messages={"invalid": BAD_DATE},
    )
    file = forms.FileField(
        label=_("Fichier du certificat"),
        required=False,
        help_text=_("PDF, image ou document bureautique, 20 Mo au plus."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"empty": _("Ce fichier est vide.")},
    )

    def clean_file(self) -> Paper | None:
        file: Any = self.cleaned_data["file"]
        if not file:
            return None
        try:
            return Paper(*file_kinds.read(file), str(file.name))
        except UnfitFile as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        is_hds = data.get("kind") == CertificateKind.HDS
        if is_hds and not data.get("hds_version"):
            self.add_error("hds_version", _("Dites sous quelle version il est délivré."))
        if not is_hds:
            data |= {"hds_version": "", "hds_activities": []}
        if data.get("kind") != CertificateKind.CE:
            data["device_class"] = ""
        issued, until = data.get("issued_on"), data.get("valid_until")
        if issued and until and until < issued:
            self.add_error("valid_until", _("La fin de validité précède la délivrance."))
        return data

    def told(self) -> Told:
        """Return what the domain asks for, the file apart."""
        values = {name: self.cleaned_data[name] for name in FIELDS}
        return Told(**values, hds_activities=",".join(self.cleaned_data["hds_activities"]))

    @staticmethod
    def initial_of(certificate: Certificate) -> dict[str, Any]:
        """Return what the form shows of a certificate that exists."""
        shown = {name: getattr(certificate, name) for name in FIELDS}
        return shown | {"hds_activities": certificate.hds_activities.split(",")}
