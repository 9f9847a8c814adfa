"""Inviting people to a facility: by a link that opens once, whose secret is not kept."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.db import IntegrityError, models, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal, mail
from uniha_clausier.common.errors import DomainError, FieldRefused

from ..enums import Role
from ..models import Facility, Invitation, User
from . import members, openid, sign_in

LIFE = dt.timedelta(days=7)
SECRET_BYTES = 32


class InvitationRefused(FieldRefused):
    """The invitation is not made."""


class InvitationOver(DomainError):
    """It was accepted or withdrawn, or its date is past."""


def hash_of(secret: str) -> str:
    """Return the hash kept of a secret. It is long and random: nothing slower is needed."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def invite(
    *, facility: Facility, email: str, full_name: str, roles: Iterable[str], by: User | None
) -> tuple[Invitation, str]:
    """Invite somebody; return the invitation with its secret, which nothing can tell again.

    An invitation to the same address that is still open is replaced. Raises InvitationRefused.
    """
    email, wanted = email.lower(), sorted(set(roles))
    if not wanted:
        raise InvitationRefused(_("Choisissez au moins un rôle."), "roles")
    known = User.objects.filter(email=email, memberships__facility=facility)
    if known.exists():
        raise InvitationRefused(
            _("Cette personne est déjà membre : donnez-lui un rôle dans la liste."), "email"
        )
    now, secret = timezone.now(), secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
        open_ones = Invitation.objects.filter(
            facility=facility, email=email, accepted_at=None, withdrawn_at=None
        )
        open_ones.update(withdrawn_at=now)
        made = Invitation.objects.create(
            facility=facility,
            email=email,
            full_name=full_name,
            roles=wanted,
            secret_sha256=hash_of(secret),
            created_at=now,
            created_by=by,
            expires_at=now + LIFE,
        )
        _record(made, "sent", {"roles": ", ".join(wanted)}, by)
    return made, secret


def send_again(*, invitation: Invitation, by: User) -> tuple[Invitation, str]:
    """Send another link in the place of one that was lost or is over, which opens nothing more.

    Raises InvitationRefused.
    """
    return invite(
        facility=invitation.facility,
        email=invitation.email,
        full_name=invitation.full_name,
        roles=invitation.roles,
        by=by,
    )


def withdraw(*, invitation: Invitation, by: User | None) -> bool:
    """Take an invitation back; whether it was still waited for."""
    with transaction.atomic():
        locked = _locked(invitation)
        if locked.accepted_at or locked.withdrawn_at:
            return False
        locked.withdrawn_at = timezone.now()
        locked.save(update_fields=["withdrawn_at"])
        _record(locked, "withdrawn", {}, by)
    return True


def withdraw_all(*, to: User, by: User | None) -> None:
    """Take back every invitation that waits at an address that a person leaves."""
    for invitation in Invitation.objects.filter(email=to.email).order_by("pk"):
        withdraw(invitation=invitation, by=by)


def follow(*, person: User, former: str) -> None:
    """Write the corrected name and address of a person on their invitations: ``forget`` finds them.

    None may wait at ``former`` any more.
    """
    theirs = models.Q(email__in=[former, person.email]) | models.Q(accepted_by=person)
    Invitation.objects.filter(theirs).update(email=person.email, full_name=person.full_name)


def forget(person: User) -> None:
    """Take a person away from the invitations: those to them go, those they sent stay, unsigned."""
    Invitation.objects.filter(models.Q(email=person.email) | models.Q(accepted_by=person)).delete()
    Invitation.objects.filter(created_by=person).update(created_by=None)


def accept_with_account(*, invitation: Invitation, by: User) -> User:
    """Join the facility with the account that is signed in. Raises InvitationOver."""
    with transaction.atomic():
        locked = _open(invitation)
        if by.email != locked.email:
            raise InvitationOver(
                _("Cette invitation a été envoyée à une autre adresse que celle de votre compte.")
            )
        _join(locked, by)
    return by


def accept_as_newcomer(*, invitation: Invitation, full_name: str, password: str) -> User:
    """Open an account at the address of the invitation, and join. Raises InvitationOver."""
    with transaction.atomic():
        locked = _open(invitation)
        if has_account(locked):
            raise InvitationOver(_account_exists())
        user = _account_opened(locked, full_name, password)
        sign_in.record_password_set(user=user)
        _join(locked, user)
    return user


def accept_by_identity(
    *, invitation: Invitation, full_name: str, issuer: str, subject: str, label: str = ""
) -> User:
    """Open an account without a password, that this identity opens, and join.

    Whoever holds the secret has just proved to be ``subject`` of ``issuer``. The account has the
    address of the invitation: the one that the provider tells is nothing here. An identity that is
    known joins with its account, when the invitation was sent to it. Raises InvitationOver,
    openid.IdentityRefused.
    """
    with transaction.atomic():
        known = openid.identity_of(issuer=issuer, subject=subject)
        if known is not None:
            return accept_with_account(invitation=invitation, by=known.user)
        locked = _open(invitation)
        if has_account(locked):
            raise InvitationOver(
                _(
                    "Un compte existe déjà à cette adresse, et cette identité n’y est pas reliée : "
                    "connectez-vous à ce compte, ou adressez-vous à l’exploitant."
                )
            )
        user = _account_opened(locked, full_name, None)
        openid.link_identity(user=user, issuer=issuer, subject=subject, label=label, by=user)
        _join(locked, user)
    return user


def has_account(invitation: Invitation) -> bool:
    """Whether the address has an account already: its owner then signs in to accept."""
    return User.objects.filter(email=invitation.email).exists()


def waiting(*, facility: Facility, email: str) -> Invitation | None:
    """Return the invitation that an address has not accepted yet, over or not."""
    rows = facility.invitations.filter(email=email.lower(), accepted_at=None, withdrawn_at=None)
    return rows.first()


def of_number(number: int) -> Invitation | None:
    """Return an invitation, over or not; None when it was erased with its person."""
    return Invitation.objects.select_related("facility").filter(pk=number).first()


def of_secret(secret: str) -> Invitation | None:
    """Return the invitation of a secret, over or not."""
    rows = Invitation.objects.select_related("facility", "created_by")
    return rows.filter(secret_sha256=hash_of(secret)).first()


def roles_in_words(invitation: Invitation) -> list[str]:
    return [str(Role(role).label) for role in invitation.roles]


def tell(*, invitation: Invitation, address: str) -> bool:
    """Send the link; return whether the message has left. To be called after the commit."""
    subject = _("%(facility)s vous invite à rejoindre Clausier") % {"facility": invitation.facility}
    context = {
        "invitation": invitation,
        "roles": roles_in_words(invitation),
        "address": address,
    }
    text = render_to_string("emails/invitation.txt", context)
    message = EmailMessage(subject, text, to=[invitation.email])
    return mail.send(message, about=f"invitation {invitation.pk}")


def _account_opened(invitation: Invitation, full_name: str, password: str | None) -> User:
    try:
        with transaction.atomic():
            user = User.objects.create_user(invitation.email, password, full_name=full_name)
    except IntegrityError as error:  # opened at the same moment, from another facility's invitation
        raise InvitationOver(_account_exists()) from error
    journal.record(
        tenant=journal.NO_TENANT, action="account.opened", subject=f"user/{user.pk}", by=user.pk
    )
    return user


def _account_exists() -> str:
    return _("Un compte existe déjà à cette adresse : connectez-vous pour accepter.")


def _locked(invitation: Invitation) -> Invitation:
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("facility")
    return rows.get(pk=invitation.pk)


def _open(invitation: Invitation) -> Invitation:
    locked = _locked(invitation)
    if not locked.is_open_at(timezone.now()):
        raise InvitationOver(
            _("Cette invitation n’est plus valable : demandez-en une autre à qui vous l’a envoyée.")
        )
    return locked


def _join(invitation: Invitation, user: User) -> None:
    for role in invitation.roles:
        members.add_member(user=user, facility=invitation.facility, role=role, by=user)
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    _record(invitation, "accepted", {}, user)


def _record(invitation: Invitation, act: str, data: dict[str, str], by: User | None) -> None:
    """Without the address: the journal is never erased (RGPD, art. 17)."""
    journal.record(
        tenant=invitation.facility_id,
        action=f"invitation.{act}",
        subject=f"invitation/{invitation.pk}",
        data=data,
        by=by.pk if by else None,
    )
