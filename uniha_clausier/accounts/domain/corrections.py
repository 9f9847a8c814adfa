"""The name and the address of a person, corrected when they ask for it (RGPD, article 16)."""

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from uniha_clausier.common import journal, mail
from uniha_clausier.common.errors import FieldRefused

from ..models import User
from . import invitations, privacy

FIELDS = ("full_name", "email")


class CorrectionRefused(FieldRefused):
    """The name or the address is not taken."""


def correct(*, user: User, values: Mapping[str, str], by: User | None) -> User:
    """Correct some of FIELDS; what opens the account (password, factors, sessions, tokens) stays.

    The journal tells which were corrected, never what they were: it is not erased. A former
    address opens nothing more: invitations that wait there are withdrawn, and the links that were
    sent there for a new password die with it. Raises CorrectionRefused.
    """
    wanted = {name: _plain(name, value) for name, value in values.items()}
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        former = locked.email
        changed = [
            name for name in FIELDS if name in wanted and wanted[name] != getattr(locked, name)
        ]
        if not changed:
            return locked
        _check(locked, {name: wanted[name] for name in changed})
        if "email" in changed:
            invitations.withdraw_all(to=locked, by=by)
            EmailAddress.objects.filter(user=locked).delete()
        for name in changed:
            setattr(locked, name, wanted[name])
        _save(locked, changed)
        invitations.follow(person=locked, former=former)
        journal.record(
            tenant=journal.NO_TENANT,
            action="account.corrected",
            subject=f"user/{locked.pk}",
            data={"fields": changed},
            by=by.pk if by else None,
        )
    return locked


def tell_former(*, address: str) -> bool:
    """Tell a former address that it opens nothing more; return whether the message has left.

    To be called after the commit. It names nobody: the address may always have been somebody else's.
    """
    asked = (
        _("Vous n’attendiez pas ce changement ? Écrivez à %(address)s.")
        % {"address": settings.SUPPORT_EMAIL}
        if settings.SUPPORT_EMAIL
        else _("Vous n’attendiez pas ce changement ? Adressez-vous à votre établissement.")
    )
    lines = [
        _("Cette adresse n’ouvre plus de compte dans Clausier : l’exploitant l’a remplacée."),
        _("La connexion se fait avec la nouvelle ; le mot de passe n’a pas changé."),
        asked,
    ]
    subject = _("L’adresse de votre compte Clausier a changé")
    message = EmailMessage(subject, "\n\n".join(lines), to=[address])
    return mail.send(message, about="an address that was corrected")


def _plain(name: str, value: str) -> str:
    return value.strip().lower() if name == "email" else " ".join(value.split())


def _check(user: User, wanted: Mapping[str, str]) -> None:
    if privacy.is_erased(user):
        raise CorrectionRefused(_("Cette personne est effacée : elle n’a plus ni nom ni adresse."))
    for name, value in wanted.items():
        field: Any = User._meta.get_field(name)  # noqa: SLF001 - public options
        try:
            field.clean(value, user)
        except ValidationError:
            raise CorrectionRefused(_unfit(name, value), name) from None
    email = wanted.get("email", "")
    if email and User.objects.filter(email=email).exists():
        raise _taken(email)


def _unfit(name: str, value: str) -> str:
    if name == "email":
        return _("« %(email)s » n’est pas une adresse électronique.") % {"email": value}
    return _("Donnez un nom, de 150 caractères au plus.")


def _save(user: User, changed: list[str]) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=changed)
    except IntegrityError:  # another account took the address at the same moment
        raise _taken(user.email) from None


def _taken(email: str) -> CorrectionRefused:
    return CorrectionRefused(
        _("Un autre compte a déjà l’adresse « %(email)s ».") % {"email": email}, "email"
    )
