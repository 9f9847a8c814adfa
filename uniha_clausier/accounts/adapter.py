"""How sign-in behaves here: accounts are created by an administrator, never by oneself."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .domain import sign_in, tokens
from .models import User


class AccountAdapter(DefaultAccountAdapter):
    """Closes self-registration, and journals who signs in and which account is locked."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "L’adresse ou le mot de passe est inexact. Vérifiez la touche Verr. maj., ou "
            "demandez un nouveau mot de passe."
        ),
        "too_many_login_attempts": _(
            "Trop d’essais : attendez cinq minutes, ou demandez un nouveau mot de passe."
        ),
        "enter_current_password": _("Le mot de passe actuel est inexact."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sign_in.record_signed_in(user=user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            sign_in.record_locked(email=credentials.get("email", ""))
            raise

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def set_password(self, user: User, password: str) -> None:
        with transaction.atomic():
            user.set_password(password)
            user.save(update_fields=["password"])
            sign_in.record_password_set(user=user)
            tokens.revoke_all(of=user)
