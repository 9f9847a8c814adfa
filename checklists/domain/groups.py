"""The hospital groups, and which facility is in one: what the operator of an installation keeps.

A group binds its members while one buys for another. What was bought stays readable to both while
they are in the same group (decision 0036): so nobody leaves it, nor stops leading it, under a
tender that is still under way (decision 0051).
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.accounts.domain import facilities, invitations
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, Invitation, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import FieldRefused, StaleVersion
from vendors.models import LotBeneficiary, Tender

NAME_MAX_LENGTH = 200


class GroupRefused(FieldRefused):
    """What a rule of the groups refuses."""


def create_group(*, name: str, by: User | None) -> HospitalGroup:
    """Create a group, which nobody is in yet. Raises GroupRefused."""
    with transaction.atomic():
        journal.lock(journal.NO_TENANT)  # of two clicks, or two operators, one creates
        group = HospitalGroup.objects.create(name=_checked_name(name))
        _record_group(group, "created", {"name": group.name}, by)
    return group


def change_group(
    *,
    group: HospitalGroup,
    name: str,
    lead: Facility | None,
    despite_tenders: bool = False,
    by: User | None,
) -> HospitalGroup:
    """Rename a group, or name the member that buys for the others; only what differs is told.

    Raises GroupRefused: a name of another group, who is no member, or a lead whose tenders for
    the others are under way.
    """
    with transaction.atomic():
        journal.lock(journal.NO_TENANT)  # two groups could take one name
        group = HospitalGroup.objects.select_for_update(no_key=True).get(pk=group.pk)
        data: dict[str, Any] = {}
        if name != group.name:
            data["name"] = {"before": group.name, "after": name}
            group.name = _checked_name(name, but=group)
        if lead is not None:
            # Read again under lock: it may have left the group.
            lead = Facility.objects.select_for_update(no_key=True).get(pk=lead.pk)
        if lead != group.lead_facility:
            _check_lead(group, lead, despite_tenders=despite_tenders)
            data["lead"] = {"before": _plain(group.lead_facility), "after": _plain(lead)}
            group.lead_facility = lead
        if data:
            group.save(update_fields=["name", "lead_facility"])
            _record_group(group, "changed", data, by)
    return group


def place_facility(
    *,
    facility: Facility,
    group: HospitalGroup | None,
    despite_tenders: bool = False,
    by: User | None,
) -> Facility:
    """Put a facility in a group, or take it out of the one it is in.

    Raises GroupRefused: who leads the others stays, and so does whom a tender under way binds to
    them; StaleVersion when somebody moved the facility meanwhile.
    """
    wanted = [pk for pk in (facility.group_id, group.pk if group else None) if pk]
    with transaction.atomic():
        journal.lock(journal.NO_TENANT)  # as ``change_group``, and before the groups as it does
        # Before the facility: whoever names beneficiaries holds the group, and then needs it.
        locked = (
            HospitalGroup.objects.select_for_update(no_key=True)
            .filter(pk__in=wanted)
            .order_by("pk")
        )
        known = {one.pk: one for one in locked}
        current = Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
        if current.group_id != facility.group_id:
            raise StaleVersion(
                _("Quelqu’un vient de changer le groupement de cet établissement : relisez-le.")
            )
        before = known[current.group_id] if current.group_id else None
        if before == group:
            return current
        if before is not None:
            _leave(before, current, despite_tenders=despite_tenders, by=by)
        current.group = group
        current.save(update_fields=["group"])
        journal.record(
            tenant=current.pk,
            action="facility.grouped",
            subject=f"facility/{current.pk}",
            data={"before": _plain(before), "after": _plain(group)},
            by=by.pk if by else None,
        )
    return current


def welcome_facility(
    *,
    values: Mapping[str, str],
    group: HospitalGroup | None,
    email: str,
    full_name: str,
    by: User,
) -> tuple[Facility, Invitation, str]:
    """Create a facility, put it in a group, invite who will administer it; all or nothing.

    The secret of the invitation is returned, which nothing can tell again. Raises FieldRefused.
    """
    with transaction.atomic():
        made = facilities.create_facility(values=values, by=by)
        made = place_facility(facility=made, group=group, by=by)
        invitation, secret = invite_administrator(
            facility=made, email=email, full_name=full_name, by=by
        )
    return made, invitation, secret


def invite_administrator(
    *, facility: Facility, email: str, full_name: str, by: User
) -> tuple[Invitation, str]:
    """Invite the first administrator, who invites all the others.

    Raises GroupRefused when there is one: an operator chooses nobody in the place of a facility.
    Whoever was invited before is not any more, or they could accept once there is another.
    """
    with transaction.atomic():
        for before in facility.invitations.filter(accepted_at=None, withdrawn_at=None):
            if Role.FACILITY_ADMIN in before.roles:
                invitations.withdraw(invitation=before, by=by)
        # Once those are locked: one that is accepted meanwhile makes an administrator.
        administrators = facility.memberships.filter(role=Role.FACILITY_ADMIN, user__is_active=True)
        if administrators.exists():
            raise GroupRefused(
                _("Cet établissement a un administrateur : c’est à lui d’inviter."), "email"
            )
        return invitations.invite(
            facility=facility, email=email, full_name=full_name, roles=[Role.FACILITY_ADMIN], by=by
        )


def binding(facility: Facility) -> QuerySet[Tender]:
    """Return the tenders under way that bind a facility to the other members of its group.

    Those that name it, and those by which it buys for others, until the contract is signed.
    """
    named = LotBeneficiary.objects.filter(
        lot__tender=OuterRef("pk"), facility__group=facility.group_id
    )
    bound = Q(Exists(named.filter(facility=facility))) | Q(Exists(named), facility=facility)
    return Tender.objects.filter(bound, facility__group=facility.group_id, retention=None)


def _leave(
    group: HospitalGroup, facility: Facility, *, despite_tenders: bool, by: User | None
) -> None:
    """Refuse the departure of who leads others, or is bound to them."""
    leads = group.lead_facility_id == facility.pk
    if leads and Facility.objects.filter(group=group).exclude(pk=facility.pk).exists():
        words = _(
            "%(name)s est l’établissement support de %(group)s : nommez-en d’abord un autre, à la "
            "page du groupement."
        )
        raise GroupRefused(words % {"name": facility, "group": group}, "group")
    count = 0 if despite_tenders else binding(facility).count()
    if count:
        words = ngettext(
            "%(name)s ne peut pas quitter %(group)s : une consultation en cours le lie aux autres "
            "membres.",
            "%(name)s ne peut pas quitter %(group)s : %(n)d consultations en cours le lient aux "
            "autres membres.",
            count,
        ) % {"name": facility, "group": group, "n": count}
        raise GroupRefused(f"{words} {_until_when()}", "group")
    if leads:
        group.lead_facility = None
        group.save(update_fields=["lead_facility"])
        data = {"lead": {"before": _plain(facility), "after": None}}
        _record_group(group, "changed", data, by)


def _check_lead(group: HospitalGroup, lead: Facility | None, *, despite_tenders: bool) -> None:
    if lead is None:
        raise GroupRefused(
            _("Un groupement garde un établissement support : choisissez-en un autre."), "lead"
        )
    if lead.group_id != group.pk:
        raise GroupRefused(_("Choisissez un établissement du groupement."), "lead")
    before = group.lead_facility
    count = 0 if before is None or despite_tenders else binding(before).count()
    if count:
        words = ngettext(
            "%(name)s reste l’établissement support de %(group)s : une consultation en cours le "
            "lie aux autres membres.",
            "%(name)s reste l’établissement support de %(group)s : %(n)d consultations en cours le "
            "lient aux autres membres.",
            count,
        ) % {"name": before, "group": group, "n": count}
        raise GroupRefused(f"{words} {_until_when()}", "lead")


def _until_when() -> str:
    return _(
        "Une consultation est en cours jusqu’à la signature du contrat, que l’acheteur écrit à sa "
        "page « Conservation » ; avant l’ouverture des plis, il peut retirer les bénéficiaires de "
        "ses lots."
    )


def _checked_name(name: str, but: HospitalGroup | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX_LENGTH:
        raise GroupRefused(_("Donnez le nom du groupement, en 200 caractères au plus."), "name")
    found = HospitalGroup.objects.filter(name__iexact=name)
    if any(one != but for one in found):
        raise GroupRefused(_("Un groupement s’appelle déjà « %(name)s ».") % {"name": name}, "name")
    return name


def _plain(row: Facility | HospitalGroup | None) -> dict[str, Any] | None:
    return {"number": row.pk, "name": row.name} if row else None


def _record_group(group: HospitalGroup, act: str, data: dict[str, Any], by: User | None) -> None:
    """A group is nobody's: its events are in the chain of the installation."""
    journal.record(
        tenant=journal.NO_TENANT,
        action=f"group.{act}",
        subject=f"group/{group.pk}",
        data=data,
        by=by.pk if by else None,
    )
