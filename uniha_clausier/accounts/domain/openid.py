"""Identities of an OpenID provider: linked by their person, never because an address is the same."""

import hashlib
from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.openid_providers import Provider

from ..models import Facility, Membership, OpenIdIdentity, User

MOST_IDENTITIES = 10


class IdentityRefused(DomainError):
    """The identity is not linked, or not unlinked."""


def identity_of(*, issuer: str, subject: str) -> OpenIdIdentity | None:
    """Return the identity that this issuer gives this subject, with its person, or None."""
    found = OpenIdIdentity.objects.filter(issuer=issuer, subject=subject)
    return found.select_related("user").first()


def may_use(user: User, facilities: Sequence[str]) -> bool:
    """Whether a provider kept for some facilities (SIRET or FINESS) is open to ``user``."""
    if not facilities:
        return True
    ours = Q(facility__siret__in=facilities) | Q(facility__finess__in=facilities)
    return Membership.objects.filter(ours, user=user).exists()


def is_kept_for(facility: Facility, facilities: Sequence[str]) -> bool:
    """Whether a provider kept for some facilities (SIRET or FINESS) is open to ``facility``."""
    return not facilities or not {facility.siret, facility.finess}.isdisjoint(facilities)


def link_identity(
    *, user: User, issuer: str, subject: str, label: str = "", by: User
) -> OpenIdIdentity:
    """Let ``user`` sign in as ``subject`` of ``issuer``. Linking twice changes nothing.

    ``by`` has just proved to be that subject: it is the person themselves, signed in or holding
    an invitation. Raises IdentityRefused when the identity is somebody else's.
    """
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            known = identity_of(issuer=issuer, subject=subject)
            if known is not None:
                return _own_or_refused(known, user)
            if user.identities.count() >= MOST_IDENTITIES:
                raise IdentityRefused(_("Votre compte a déjà dix identités : déliez-en une."))
            identity = OpenIdIdentity.objects.create(
                user=user,
                issuer=issuer,
                subject=subject,
                label=label[:200],
                linked_at=timezone.now(),
            )
            _record("account.identity_linked", identity, by=by)
    except IntegrityError:  # somebody else's, linked at the same moment
        raise _somebody_elses() from None
    return identity


def unlink(*, identity: OpenIdIdentity, by: User) -> None:
    """Take an identity off an account. Raises IdentityRefused for the last way to sign in."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=identity.user_id)
        if not can_unlink(user):
            raise IdentityRefused(
                _("C’est votre seul moyen de vous connecter : reliez d’abord une autre identité.")
            )
        _record("account.identity_unlinked", identity, by=by)
        OpenIdIdentity.objects.filter(pk=identity.pk).delete()


def can_unlink(user: User) -> bool:
    """Whether ``user`` would still be able to sign in without one of their identities."""
    return opens_by_password(user) or user.identities.count() > 1


def opens_by_password(user: User) -> bool:
    """Whether a password opens this account; with ``OPENID_ONLY``, those of operators alone."""
    return user.has_usable_password() and (user.is_operator or not settings.OPENID_ONLY)


def keeper_of_factor(user: User) -> str:
    """Return the name of the provider that checks the second factor of ``user``; empty without one.

    It is believed for it, and has checked one already: who never proved a factor there may need
    one of ours.
    """
    believed = {one.issuer: one.name for one in settings.OPENID_PROVIDERS if one.has_factor}
    if not believed:
        return ""
    proved = user.identities.filter(issuer__in=believed, factor_proved_at__isnull=False)
    last = proved.order_by("-factor_proved_at", "-pk").values_list("issuer", flat=True).first()
    return believed[last] if last else ""


def forget_factors(user: User) -> None:
    """Hold that ``user`` has no second factor at any provider, for who has lost it there."""
    user.identities.update(factor_proved_at=None)


def record_used(*, identity: OpenIdIdentity, has_factor: bool) -> None:
    """Write that a person came in by this identity, and whether a second factor was proved there."""
    with transaction.atomic():
        identity.last_used_at = timezone.now()
        if has_factor:
            identity.factor_proved_at = identity.last_used_at
        identity.save(update_fields=["last_used_at", "factor_proved_at"])
        _record("account.identity_used", identity, {"factor": has_factor}, by=identity.user)


def record_proved(*, identity: OpenIdIdentity) -> None:
    """Write that a person proved anew, by this identity, who they are: they change their account."""
    with transaction.atomic():
        _record("account.identity_proved", identity, by=identity.user)


def providers_of(user: User) -> list[Provider]:
    """Return the providers at which ``user`` may prove who they are."""
    issuers = set(user.identities.values_list("issuer", flat=True))
    return [
        one
        for one in settings.OPENID_PROVIDERS
        if one.issuer in issuers and may_use(user, one.facilities)
    ]


def record_refused(*, user: User, provider: str, reason: str) -> None:
    """Write that a person was recognised by a provider, and kept out."""
    with transaction.atomic():
        journal.record(
            tenant=journal.NO_TENANT,
            action="account.identity_refused",
            subject=f"user/{user.pk}",
            data={"provider": provider, "reason": reason},
            by=None,
        )


def _own_or_refused(known: OpenIdIdentity, user: User) -> OpenIdIdentity:
    if known.user_id != user.pk:
        raise _somebody_elses()
    return known


def _somebody_elses() -> IdentityRefused:
    return IdentityRefused(
        _("Cette identité est déjà reliée à un autre compte. Déliez-la d’abord de celui-ci.")
    )


def _record(
    action: str, identity: OpenIdIdentity, data: dict[str, bool] | None = None, *, by: User
) -> None:
    """The journal keeps a fingerprint of the subject: it proves which one, and names nobody."""
    whole = f"{identity.issuer}\n{identity.subject}".encode()
    journal.record(
        tenant=journal.NO_TENANT,
        action=action,
        subject=f"user/{identity.user_id}",
        data={"issuer": identity.issuer, "subject_sha256": hashlib.sha256(whole).hexdigest()}
        | (data or {}),
        by=by.pk,
    )
