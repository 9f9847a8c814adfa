"""The forms of second factors, in the words of this product and without placeholders."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as code_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as key_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from ..domain import factor_secrets
from ..enums import Role
from .sign_in import plain

CODE = _("Code à six chiffres")
CODE_OR_RECOVERY = _("Code de l’application, ou code de secours")
LOST = _(
    "Votre second facteur ne se lit plus : le secret de l’installation a changé. Prévenez "
    "l’exploitant, qui peut rétablir l’ancien secret ou retirer vos facteurs."
)


class ReauthenticateForm(account_forms.ReauthenticateForm):
    """The password again, before what protects the account is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, password=_("Votre mot de passe"))


class _TriedCode:
    """Tries a code on every factor of the person, whatever became of one of them."""

    def clean_code(self) -> str:
        with factor_secrets.code_tried() as lost:
            try:
                code: str = super().clean_code()  # type: ignore[misc]
            except forms.ValidationError as error:
                raise forms.ValidationError(LOST) if lost else error from None
        return code


class CodeForm(_TriedCode, code_forms.AuthenticateForm):
    """The code of the application at sign-in, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, code=CODE_OR_RECOVERY)


class CodeAgainForm(_TriedCode, code_forms.ReauthenticateForm):
    """The same, before what protects the account is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, code=CODE_OR_RECOVERY)


class ApplicationForm(totp_forms.ActivateTOTPForm):
    """The first code of an application that was just set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, code=CODE)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class KeyForm(key_forms.AddWebAuthnForm):
    """A key or a passkey; the credential is what the browser answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(
            self,
            name=_("Nom de la clé"),
            passwordless=_("Se connecter avec cette clé seule, sans mot de passe"),
        )
        self.fields["name"].help_text = _("Par exemple « Clé du bureau » ou « Mon téléphone ».")
        self.fields["passwordless"].help_text = _(
            "La clé demandera un code, une empreinte ou un visage."
        )


class KeyNameForm(key_forms.EditWebAuthnForm):
    """Another name for a key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, name=_("Nom de la clé"))


class RequiredFactorsForm(forms.Form):
    """The roles of a facility that need a second factor."""

    roles = forms.MultipleChoiceField(
        label=_("Rôles qui exigent un second facteur"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
