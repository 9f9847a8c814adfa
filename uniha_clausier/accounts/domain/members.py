"""Who belongs to a facility: accounts opened, roles given and taken back, people removed."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..enums import Role
from ..models import Facility, Membership, User
from . import delegations, factors

PASSWORD_BYTES = 12


def open_account(
    *, email: str, full_name: str, is_operator: bool = False, by: User | None
) -> tuple[User, str]:
    """Return the person with this address and, when it was created now, its first password.

    The password is random, returned once, and good for choosing another one only (OWASP ASVS 5.0,
    6.4.1); an account that exists is left as it is, but may become an operator's.
    """
    with transaction.atomic():
        user = User.objects.filter(email=email.lower()).first()
        password = ""
        if user is None:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            user = User.objects.create_user(
                email, password, full_name=full_name, password_is_provisional=True
            )
            _record(journal.NO_TENANT, "account.opened", user, {}, by)
        if is_operator and not user.is_operator:
            user.is_operator = True
            user.save(update_fields=["is_operator"])
            factors.refresh([user.pk])
            _record(journal.NO_TENANT, "account.operator_named", user, {}, by)
    return user, password


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


class LastAdministrator(DomainError):
    """Nobody would be left to administer the facility."""


def take_role(*, user: User, facility: Facility, role: str, by: User | None) -> bool:
    """Take one role back, from the next request on; whether it was held.

    Raises LastAdministrator.
    """
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
        if role == Role.FACILITY_ADMIN:
            _require_another_administrator(user, facility)
        deleted, _kinds = Membership.objects.filter(
            user=user, facility=facility, role=role
        ).delete()
        if deleted:
            delegations.end_of_role(user=user, facility=facility, role=role, by=by)
            factors.refresh([user.pk])
            _record(facility.pk, "member.role_taken", user, {"role": role}, by)
    return bool(deleted)


def remove(*, user: User, facility: Facility, by: User | None) -> bool:
    """Take every role of ``user`` in a facility back; whether there was one.

    What they wrote stays, under their name. Raises LastAdministrator.
    """
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
        held = Membership.objects.filter(user=user, facility=facility)
        roles = sorted(held.values_list("role", flat=True))
        if Role.FACILITY_ADMIN in roles:
            _require_another_administrator(user, facility)
        held.delete()
        if roles:
            delegations.end_of_member(user=user, facility=facility, by=by)
            factors.refresh([user.pk])
            _record(facility.pk, "member.removed", user, {"roles": ", ".join(roles)}, by)
    return bool(roles)


def _require_another_administrator(user: User, facility: Facility) -> None:
    """Under the lock of the facility: two administrators who leave at once don't both go."""
    others = Membership.objects.filter(
        facility=facility, role=Role.FACILITY_ADMIN, user__is_active=True
    ).exclude(user=user)
    if not others.exists():
        raise LastAdministrator(
            _(
                "%(name)s est le dernier administrateur de l’établissement : donnez d’abord ce "
                "rôle à une autre personne."
            )
            % {"name": user}
        )


def _record(tenant: int, action: str, user: User, data: dict[str, str], by: User | None) -> None:
    journal.record(
        tenant=tenant,
        action=action,
        subject=f"user/{user.pk}",
        data=data,
        by=by.pk if by else None,
    )
