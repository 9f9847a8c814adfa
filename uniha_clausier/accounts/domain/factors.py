"""Second factors: which roles need one, who lacks one, and what becomes of a lost one.

``User.lacks_factor`` says, in the row that each request reads anyway, that a person must set a
factor up before anything else. It is written here, whenever a rule, a role or a factor changes.
"""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from .. import queries
from ..enums import Role
from ..models import Facility, Membership, RequiredFactor, User
from . import browser_sessions, openid, reach, tokens

USUAL = (Role.FACILITY_ADMIN, Role.CISO, Role.DPO, Role.BIOMEDICAL_ENGINEER)
"""Who administers and who reviews (docs/decisions/0033)."""

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes replace a factor that is lost; alone they are none."""


class NotOneself(DomainError):
    """Nobody takes their own factors off by the door of the administrators."""


def required_roles(facility: Facility) -> frozenset[str]:
    """Return the roles of ``facility`` that need a second factor."""
    return frozenset(facility.required_factors.values_list("role", flat=True))


def require(*, facility: Facility, roles: Iterable[str], by: User | None) -> frozenset[str]:
    """Say which roles of a facility need a second factor, from the next request on."""
    wanted = frozenset(roles)
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
        before = required_roles(facility)
        if wanted == before:
            return wanted
        facility.required_factors.exclude(role__in=wanted).delete()
        RequiredFactor.objects.bulk_create(
            RequiredFactor(facility=facility, role=role) for role in sorted(wanted - before)
        )
        members = Membership.objects.filter(facility=facility)
        refresh(members.values_list("user_id", flat=True))
        journal.record(
            tenant=facility.pk,
            action="facility.factors_required",
            subject=f"facility/{facility.pk}",
            data={"before": sorted(before), "after": sorted(wanted)},
            by=by.pk if by else None,
        )
    return wanted


def require_usual(*, facility: Facility, by: User | None) -> None:
    """Give a new facility the usual rule; the demonstration asks nothing."""
    if settings.FACTORS_BY_DEFAULT:
        require(facility=facility, roles=USUAL, by=by)


def refresh(user_ids: Iterable[int]) -> None:
    """Write anew who lacks a factor, inside the caller's transaction: call it after a change."""
    wanted = set(user_ids)
    held = Membership.objects.filter(user_id__in=wanted, facility__required_factors__role=F("role"))
    needing = set(held.values_list("user_id", flat=True))
    if settings.FACTORS_BY_DEFAULT:
        operators = User.objects.filter(pk__in=wanted, is_operator=True)
        needing |= set(operators.values_list("pk", flat=True))
    having = Authenticator.objects.filter(user_id__in=needing, type__in=FACTORS)
    lacking = needing - set(having.values_list("user_id", flat=True))
    people = User.objects.filter(pk__in=wanted)
    people.filter(pk__in=lacking, lacks_factor=False).update(lacks_factor=True)
    people.exclude(pk__in=lacking).filter(lacks_factor=True).update(lacks_factor=False)


def is_required(user: User) -> bool:
    """Whether a role that ``user`` holds needs a second factor, had or not."""
    if user.is_operator and settings.FACTORS_BY_DEFAULT:
        return True
    held = Membership.objects.filter(user=user, facility__required_factors__role=F("role"))
    return bool(held.exists()) or is_required_by_delegation(user)


def is_required_by_delegation(user: User) -> bool:
    """Whether a role that ``user`` has today for another needs a factor: no job writes it down."""
    if not queries.is_deputy(user):
        return False
    found = queries.delegations_to(user).filter(facility__required_factors__role=F("role"))
    return bool(found.exists())


def may_lack(user: User) -> bool:
    """Whether a role of ``user`` needs a second factor that may be missing: see has_factor."""
    return user.lacks_factor or is_required_by_delegation(user)


def required_sentence() -> str:
    """Return what a person who lacks a factor must do."""
    return _(
        "Votre rôle exige un second facteur : ajoutez-le dans « Mon compte », « Sécurité du "
        "compte », puis recommencez."
    )


def has_factor(user: User) -> bool:
    """Whether ``user`` has an application or a key."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def reset(*, user: User, by: User | None) -> None:
    """Take every factor of ``user`` off, for who lost them; end their sessions and their tokens.

    The caller has checked who they are. ``by``: an administrator of theirs; None: the operator.
    Raises NotOneself, reach.OutOfReach.
    """
    if by is not None and by.pk == user.pk:
        raise NotOneself(_("Retirez vos propres facteurs dans « Sécurité du compte »."))
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if by is not None:
            reach.check(user=locked, by=by)
        Authenticator.objects.filter(user=user).delete()
        openid.forget_factors(user)
        refresh([user.pk])
        browser_sessions.end_all(user=user)
        tokens.revoke_all(of=user, by=by)
        record("account.factors_reset", user, by=by)


def record(action: str, user: User, data: dict[str, str] | None = None, *, by: User | None) -> None:
    """Write in the journal what happened to the factors of an account, inside a transaction."""
    journal.record(
        tenant=journal.NO_TENANT,
        action=action,
        subject=f"user/{user.pk}",
        data=data,
        by=by.pk if by else None,
    )
