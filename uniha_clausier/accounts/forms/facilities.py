"""What is typed about a facility."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..domain.facilities import FIELDS, seen_of
from ..models import Facility
from ..validators import compact, validate_finess, validate_siret
from .sign_in import BAD_EMAIL

PLAIN = {"autocomplete": "off"}
SHORT = {"class": "is-short", "autocomplete": "off"}


class NumberField(forms.CharField):
    """The number of an organisation, typed with or without spaces."""

    def to_python(self, value: Any) -> str:
        return compact(super().to_python(value) or "")


class FacilityIdentityForm(forms.Form):
    """What a facility is called, and what the State calls it."""

    name = forms.CharField(
        label=_("Nom de l’établissement"),
        max_length=200,
        widget=forms.TextInput(attrs=PLAIN),
        error_messages={"required": _("Donnez le nom de l’établissement.")},
    )
    city = forms.CharField(
        label=_("Ville"),
        required=False,
        max_length=100,
        help_text=_("Écrite sous le nom, en tête des documents."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    siret = NumberField(
        label=_("SIRET"),
        required=False,
        max_length=40,
        validators=[validate_siret],
        help_text=_("14 chiffres, avec ou sans espaces."),
        widget=forms.TextInput(attrs=SHORT | {"inputmode": "numeric"}),
    )
    finess = NumberField(
        label=_("FINESS juridique"),
        required=False,
        max_length=40,
        validators=[validate_finess],
        help_text=_("9 caractères : celui de l’entité juridique, pas d’un site."),
        widget=forms.TextInput(attrs=SHORT),
    )


class FacilityForm(FacilityIdentityForm):
    """The whole of what describes a facility; and what the page showed of it."""

    dpo_email = forms.EmailField(
        label=_("Adresse du DPO"),
        required=False,
        help_text=_(
            "Donnée à vos équipes pour toute question sur leurs données, et proposée au CCTP. "
            "De préférence l’adresse d’un service."
        ),
        error_messages={"invalid": BAD_EMAIL},
        widget=forms.EmailInput(attrs=PLAIN),
    )
    ciso_email = forms.EmailField(
        label=_("Adresse du RSSI"),
        required=False,
        error_messages={"invalid": BAD_EMAIL},
        widget=forms.EmailInput(attrs=PLAIN),
    )
    remote_gateway = forms.CharField(
        label=_("Passerelle de télémaintenance"),
        required=False,
        max_length=200,
        help_text=_("Celle par laquelle passent les titulaires. Proposée au CCTP."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    single_sign_on = forms.CharField(
        label=_("Authentification unique (SSO)"),
        required=False,
        max_length=200,
        help_text=_("Par exemple « Fédération OpenID Connect du GHT ». Proposée au CCTP."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    endpoint_protection = forms.CharField(
        label=_("Antivirus ou EDR"),
        required=False,
        max_length=200,
        help_text=_("Celui que les équipements raccordés doivent accepter. Proposé au CCTP."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def values(self) -> dict[str, str]:
        """Return what the domain asks for."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    @staticmethod
    def initial_of(facility: Facility) -> dict[str, str]:
        """Return what the form shows of a facility."""
        return {name: getattr(facility, name) for name in FIELDS} | {"seen": seen_of(facility)}
