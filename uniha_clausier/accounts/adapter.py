"""How sign-in behaves here: accounts are created by an administrator, never by oneself."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from django.contrib.auth.models import AnonymousUser
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common import mail

from .domain import browser_sessions, factor_secrets, factors, sign_in, tokens, typed_forms
from .models import User
from .sessions import SIGNED_IN_AT, forget_ended, has_proved_at_provider


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
        "rate_limited": _("Trop d’essais : attendez cinq minutes, puis recommencez."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            super().login(request, user)
            request.session[SIGNED_IN_AT] = time.time()
            request.session.save()
            browser_sessions.opened(
                user=user,
                session_key=request.session.session_key or "",
                user_agent=request.headers.get("User-Agent", ""),
            )
            sign_in.record_signed_in(user=user)
            typed_forms.drop_of_others(request.session, person=user.pk)
            forget_ended(request)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message of the account, once the answer has left.

        The act that it tells is done already; and whoever asks for a new password must not learn
        from an error, nor from the time that it takes, that the address has an account.
        """
        site = get_current_site(self.request)
        told = {"request": self.request, "email": email, "current_site": site} | context
        message = self.render_mail(template_prefix, email, told)
        mail.send_after_answer(message, about=template_prefix)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            sign_in.record_locked(email=credentials.get("email", ""))
            raise

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Say yes, and ask it here of who has neither password nor factor.

        The library has nothing to ask them, and takes them as having proved who they are; their
        provider can (OWASP ASVS 5.0, 7.5.1).
        """
        has_own_proof = bool(get_reauthentication_flows(self.request.user))
        if not has_own_proof and not has_proved_at_provider(self.request):
            raise ReauthenticationRequired
        return bool(super().is_reauthentication_required(app=app, **more))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not found and user.is_authenticated:
            found = [{"id": "openid", "description": "", "url": reverse("openid_confirm")}]
        return found

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def set_password(self, user: User, password: str) -> None:
        with transaction.atomic():
            user.set_password(password)
            user.password_is_provisional = False
            user.save(update_fields=["password", "password_is_provisional"])
            sign_in.record_password_set(user=user)
            tokens.revoke_all(of=user, by=user)
            browser_sessions.end_all(user=user, keep=_own_key(self.request, user))


# -- Second factors ----------------------------------------------------------------------------


class FactorAdapter(DefaultMFAAdapter):
    """What second factors say here; their secrets are kept under the secret of the installation."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _(
            "Ce code est inexact, ou il a déjà servi. Attendez le suivant, et vérifiez que "
            "l’heure du téléphone est juste."
        ),
    }

    def get_totp_label(self, user: User) -> str:
        return user.email

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("Clé d’accès %(number)d")) % {"number": number}

    def encrypt(self, text: str) -> str:
        return factor_secrets.encrypted(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factor_secrets.decrypted(encrypted_text)


def _own_key(request: HttpRequest | None, user: User) -> str | None:
    """The session of ``user`` that asks, when it is one: a link received by mail opens none."""
    asking = getattr(request, "user", None)
    if request is None or asking is None or asking.pk != user.pk:
        return None
    return request.session.session_key


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def _factors_changed(
    request: HttpRequest, user: User, authenticator: Authenticator, signal: Any, **more: Any
) -> None:
    """Journal it, write who lacks a factor, and leave this session alone open (ASVS 5.0, 7.4.3)."""
    acts = {authenticator_added: "added", authenticator_removed: "removed"}
    action = f"account.factor_{acts.get(signal, 'reset')}"
    with transaction.atomic():
        factors.record(action, user, {"kind": str(authenticator.type)}, by=user)
        factors.refresh([user.pk])
        browser_sessions.end_all(user=user, keep=request.session.session_key, by=user)


@receiver(authenticator_used)
def _factor_used(user: User, authenticator: Authenticator, **more: Any) -> None:
    with transaction.atomic():
        factor_secrets.encrypt_again(user)
        factors.record("account.factor_used", user, {"kind": str(authenticator.type)}, by=user)


@receiver(authentication_failed)
def _factor_refused(user: User, authenticator: Authenticator, **more: Any) -> None:
    with transaction.atomic():
        factors.record("account.factor_refused", user, {"kind": str(authenticator.type)}, by=None)
