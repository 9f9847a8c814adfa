"""The forms of the members of a facility, and of who is invited."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..enums import Role
from ..models import User
from .search import SearchField, SearchForm
from .sign_in import BAD_EMAIL, EMAIL, NEW_PASSWORD_HELP


class MemberSearchForm(SearchForm):
    """Words to find a member; what is not understood finds everybody."""

    q = SearchField(label=_("Nom ou adresse"))


class InvitationForm(forms.Form):
    """Who is invited, and as what."""

    email = forms.EmailField(
        label=EMAIL,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Donnez l’adresse de la personne."), "invalid": BAD_EMAIL},
    )
    full_name = forms.CharField(
        label=_("Nom et prénom"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Donnez le nom de la personne.")},
    )
    roles = forms.MultipleChoiceField(
        label=_("Rôles"),
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un rôle.")},
    )


class RoleForm(forms.Form):
    """One role to give."""

    role = forms.ChoiceField(label=_("Rôle"), choices=Role.choices)


class NewcomerForm(forms.Form):
    """The account that an invitation opens, by a password or by an identity provider."""

    full_name = forms.CharField(
        label=_("Nom et prénom"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Donnez votre nom.")},
    )
    password = forms.CharField(
        label=_("Mot de passe"),
        strip=False,
        help_text=NEW_PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choisissez un mot de passe.")},
    )

    def __init__(self, *args: Any, email: str, is_by_provider: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.is_by_provider = is_by_provider
        self.fields["password"].required = not is_by_provider
        if settings.OPENID_ONLY:
            del self.fields["password"]

    def clean(self) -> dict[str, Any]:
        """Hold the password to the rules, the address and the name told. Raises ValidationError."""
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password and not self.is_by_provider:
            person = User(email=self.email, full_name=cleaned.get("full_name", ""))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned
