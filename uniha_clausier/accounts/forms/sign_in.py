"""The forms of the sign-in library, in the words of this product and without placeholders."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..domain.openid import opens_by_password
from ..models import User

EMAIL = _("Adresse électronique")
BAD_EMAIL = _("Écrivez une adresse électronique entière, par exemple prenom.nom@hopital.fr.")
BY_PROVIDER = _(
    "Votre établissement vous connecte par son fournisseur d’identité : utilisez son bouton."
)
NO_PASSWORD = _(
    "Votre compte n’a pas de mot de passe : ouvrez « Mon compte », « Changer de mot de passe », puis "
    "demandez le lien qui permet d’en choisir un."
)
NEW_PASSWORD_HELP = _(
    "12 caractères au moins. Une phrase de quatre ou cinq mots convient ; aucun renouvellement "
    "périodique ne vous sera demandé."
)
"""CNIL, délibération 2022-100: length rather than renewal."""


def plain(form: forms.Form, **labels: Any) -> None:
    """Name the fields, and leave the label as their only name."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.label = labels.get(name, field.label)
        if isinstance(field, forms.EmailField):
            field.error_messages["invalid"] = BAD_EMAIL
    if "password1" in form.fields:
        form.fields["password1"].help_text = NEW_PASSWORD_HELP


class PasswordAgainForm(forms.Form):
    """An act that asks for the password again (OWASP ASVS 5.0, 7.5.3).

    A wrong one counts as a try to sign in: it is limited, and its lock journaled, in the same way.
    """

    password = forms.CharField(
        label=_("Votre mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Saisissez votre mot de passe : il vous identifie.")},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        """Check the password of who is signed in. Raises ValidationError, with the rest kept."""
        adapter, user = get_adapter(), self.request.user
        password: str = self.cleaned_data["password"]
        if isinstance(user, User) and not user.has_usable_password():
            raise forms.ValidationError(NO_PASSWORD)
        known = adapter.authenticate(
            self.request, email=getattr(user, "email", ""), password=password
        )
        if known is None or known.pk != user.pk:
            raise adapter.validation_error("enter_current_password")
        return password


class SignInForm(account_forms.LoginForm):
    """An address and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, login=EMAIL)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def clean(self) -> dict[str, Any]:
        """With ``OPENID_ONLY``, the right password of another than an operator opens nothing."""
        cleaned: dict[str, Any] = super().clean()
        user = getattr(self, "user", None)
        if user is not None and not opens_by_password(user):
            raise forms.ValidationError(BY_PROVIDER)
        return cleaned


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """The password of today, then the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(
            self,
            oldpassword=_("Mot de passe actuel"),
            password1=_("Nouveau mot de passe"),
            password2=_("Nouveau mot de passe, une seconde fois"),
        )


class ResetPasswordForm(account_forms.ResetPasswordForm):
    """The address to which the link is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, email=EMAIL)
        self.fields["email"].widget.attrs["autocomplete"] = "username"


class ResetPasswordKeyForm(account_forms.ResetPasswordKeyForm):
    """The new password, behind the link of the message."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(
            self,
            password1=_("Nouveau mot de passe"),
            password2=_("Nouveau mot de passe, une seconde fois"),
        )
