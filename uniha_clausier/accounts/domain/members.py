"""Opening accounts: a person joins a facility with a role."""

import secrets

from django.db import transaction

from uniha_clausier.common import journal

from ..models import Facility, Membership, User
from . import factors

PASSWORD_BYTES = 12


def open_account(
    *, email: str, full_name: str, is_operator: bool = False, by: User | None
) -> tuple[User, str]:
    """Return the person with this address and, when it was created now, its first password.

    The password is random and returned once; an account that exists is left as it is, but may
    become an operator's.
    """
    with transaction.atomic():
        user = User.objects.filter(email=email.lower()).first()
        password = ""
        if user is None:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            user = User.objects.create_user(email, password, full_name=full_name)
            _record(journal.NO_TENANT, "account.opened", user, {}, by)
        if is_operator and not user.is_operator:
            user.is_operator = True
            user.save(update_fields=["is_operator"])
            factors.refresh([user.pk])
            _record(journal.NO_TENANT, "account.operator_named", user, {}, by)
    return user, password


def open_facility(*, name: str, by: User | None) -> tuple[Facility, bool]:
    """Return the facility of this name, and whether it was made now, with its usual rules."""
    with transaction.atomic():
        facility, created = Facility.objects.get_or_create(name=name)
        if created:
            factors.require_usual(facility=facility, by=by)
    return facility, created


def add_member(*, user: User, facility: Facility, role: str, by: User | None) -> Membership:
    """Give ``user`` one ``role`` in ``facility``; giving it twice changes nothing."""
    with transaction.atomic():
        membership, created = Membership.objects.get_or_create(
            user=user, facility=facility, role=role
        )
        if created:
            factors.refresh([user.pk])
            _record(facility.pk, "member.added", user, {"role": role}, by)
    return membership


def _record(tenant: int, action: str, user: User, data: dict[str, str], by: User | None) -> None:
    journal.record(
        tenant=tenant,
        action=action,
        subject=f"user/{user.pk}",
        data=data,
        by=by.pk if by else None,
    )
