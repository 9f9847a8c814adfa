"""Giving a person the role of another for some days, and taking it back (decision 0037)."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.errors import FieldRefused

from ..models import DELEGABLE, Delegation, Facility, Membership, User

MOST_DAYS = 366


class DelegationRefused(FieldRefused):
    """A delegation that a rule refuses."""


def delegate(
    *,
    holder: Membership,
    to: User,
    first_day: dt.date,
    last_day: dt.date,
    reason: str,
    by: User | None,
) -> Delegation:
    """Give ``to`` the role of ``holder`` in its facility, both days included, as in Paris.

    Raises DelegationRefused: for days out of order, in the past or too many; a role that may not
    be delegated; somebody who is not of the facility, has the role, or has it for these days.
    """
    _check_days(first_day, last_day)
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=holder.facility_id)
        _check_people(holder, to)
        _check_free(holder, to, first_day, last_day)
        made = Delegation.objects.create(
            facility_id=holder.facility_id,
            role=holder.role,
            principal_id=holder.user_id,
            delegate=to,
            first_day=first_day,
            last_day=last_day,
            reason=reason,
            given_at=timezone.now(),
            given_by=by,
        )
        _refresh(to)
        data = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
        # Without the reason: it may say something of a person, and the journal is for ever.
        _record("delegation.given", made, data, by)
    return made


def end(*, delegation: Delegation, by: User | None) -> Delegation:
    """End a delegation before its day, from the next request on; ending it twice changes nothing."""
    with transaction.atomic():
        locked = Delegation.objects.select_for_update().get(pk=delegation.pk)
        if locked.ended_at is not None:
            return locked
        locked.ended_at, locked.ended_by = timezone.now(), by
        locked.save(update_fields=["ended_at", "ended_by"])
        _refresh(locked.delegate)
        _record("delegation.ended", locked, {}, by)
    return locked


def end_of_role(*, user: User, facility: Facility, role: str, by: User | None) -> None:
    """End what stands on a role that is taken back: nobody gives what they no longer hold."""
    _end_each(Q(principal=user, facility=facility, role=role), by)


def end_of_member(*, user: User, facility: Facility, by: User | None) -> None:
    """End what somebody who leaves gave and received."""
    _end_each(Q(principal=user, facility=facility) | Q(delegate=user, facility=facility), by)


def forget(user: User) -> None:
    """Take away, with a name, why somebody was replaced: the words may say it, or say more."""
    found = Delegation.objects.filter(Q(principal=user) | Q(delegate=user))
    found.update(reason=_("Motif effacé"))


def _end_each(which: Q, by: User | None) -> None:
    today = timezone.localdate()
    for one in Delegation.objects.filter(which, ended_at=None, last_day__gte=today).order_by("pk"):
        end(delegation=one, by=by)


def _check_days(first_day: dt.date, last_day: dt.date) -> None:
    if first_day < timezone.localdate():
        raise DelegationRefused(
            _("Ce jour est passé : une délégation commence aujourd’hui au plus tôt."), "first_day"
        )
    if last_day < first_day:
        raise DelegationRefused(_("Le dernier jour suit le premier, ou est le même."), "last_day")
    if (last_day - first_day).days >= MOST_DAYS:
        raise DelegationRefused(
            _("Une délégation dure un an au plus : au-delà, donnez le rôle."), "last_day"
        )


def _check_people(holder: Membership, to: User) -> None:
    if holder.role not in DELEGABLE:
        raise DelegationRefused(
            _("L’administration ne se délègue pas : donnez ce rôle à une seconde personne."),
            "holder",
        )
    if not Membership.objects.filter(pk=holder.pk).exists():
        raise DelegationRefused(_("Cette personne n’a plus ce rôle."), "holder")
    held = set(
        Membership.objects.filter(user=to, facility=holder.facility_id).values_list(
            "role", flat=True
        )
    )
    if not held or not to.is_active:
        raise DelegationRefused(_("Choisissez une personne de l’établissement."), "to")
    if holder.role in held:
        raise DelegationRefused(_("%(name)s a déjà ce rôle.") % {"name": to}, "to")


def _check_free(holder: Membership, to: User, first_day: dt.date, last_day: dt.date) -> None:
    """Nobody has the same role twice on one day: their acts would not say in whose place."""
    others = Delegation.objects.filter(
        facility=holder.facility_id,
        role=holder.role,
        delegate=to,
        ended_at=None,
        first_day__lte=last_day,
        last_day__gte=first_day,
    )
    if others.exists():
        raise DelegationRefused(
            _("%(name)s a déjà une délégation de ce rôle pendant ces jours.") % {"name": to},
            "first_day",
        )


def _refresh(user: User) -> None:
    """Write on the person until when a delegation may stand: each request reads that row anyway."""
    left = Delegation.objects.filter(delegate=user, ended_at=None)
    user.deputy_until = left.aggregate(last=Max("last_day"))["last"]
    user.save(update_fields=["deputy_until"])


def _record(action: str, made: Delegation, data: dict[str, Any], by: User | None) -> None:
    told = {"role": made.role, "principal": made.principal_id, "delegation": made.pk}
    journal.record(
        tenant=made.facility_id,
        action=action,
        subject=f"user/{made.delegate_id}",
        data=told | data,
        by=by.pk if by else None,
    )
