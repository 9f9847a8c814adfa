"""Visas: the order that a facility sets, the request of the buyer, each role in its turn.

A visa is given on what was seen: the request holds the hash of what the assessment said, and the
visas of a request lapse together once it says something else. Nothing erases them; the buyer asks
again. The caller has asked the password again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError

from ..enums import VisaRoundState, VisaValue
from ..models import Assessment, Visa, VisaRound, VisaStep
from ..models.finding import REVIEWERS
from . import answering
from .assessments import subject_of
from .queries import visas as queries

ContentHash = Callable[[int], str]
"""``content_hash(assessment_id)``: the hash of what an assessment says now, visas left out."""


@dataclass(frozen=True)
class VisaAnswer:
    """What a person answers: a value, a remark, and ``seen``, the hash of what they had read."""

    value: str
    remark: str
    seen: str


class NotVisable(DomainError):
    """The visa cannot be asked, given or refused now; the sentence says why."""


class VisasMissing(DomainError):
    """The document waits for visas; the sentence says whose."""


# -- The facility ----------------------------------------------------------------------------------


def set_order(*, facility: Facility, roles: Sequence[str], by: User) -> list[str]:
    """Say which roles give a visa in a facility, in their order; none is a choice too.

    Rounds that are under way keep the order of the day they were asked.
    """
    if len(set(roles)) != len(roles) or not set(roles) <= set(REVIEWERS):
        raise NotVisable(_("Chaque rôle donne un visa au plus."))
    with transaction.atomic():
        Facility.objects.select_for_update(of=("self",), no_key=True).get(pk=facility.pk)
        before = queries.order_of(facility.pk)
        if before == list(roles):
            return before
        VisaStep.objects.filter(facility=facility).delete()
        VisaStep.objects.bulk_create(
            VisaStep(facility=facility, position=position, role=role)
            for position, role in enumerate(roles, start=1)
        )
        journal.record(
            tenant=facility.pk,
            action="visa_order.changed",
            subject=f"facility/{facility.pk}",
            data={"before": before, "after": list(roles)},
            by=by.pk,
        )
    return list(roles)


# -- The buyer -------------------------------------------------------------------------------------


def missing_to_request(assessment: Assessment) -> list[str]:
    """Return what must happen before the visas are asked; nothing when they may be."""
    order = queries.order_of(assessment.facility_id)
    if not order:
        return [_("L’établissement ne demande aucun visa.")]
    signed = answering.signed_sentence(assessment)
    missing = [signed] if signed else []
    if assessment.missing:
        missing.append(_("Notez d’abord chaque point : un visa porte sur l’évaluation complète."))
    missing += [
        _(
            "Personne ne tient le rôle %(role)s : l’exploitant l’ajoute, ou l’ordre des visas change."
        )
        % {"role": Role(role).label}
        for role in queries.unheld(assessment.facility_id, order)
    ]
    return missing


def request_visas(*, assessment: Assessment, content_hash: ContentHash, by: User) -> VisaRound:
    """Ask the visas of a complete assessment; one request that lapsed or was refused gives way.

    Raises NotVisable: something is missing, or these visas are asked or given already.
    """
    with transaction.atomic():
        locked = _locked(assessment)
        if missing := missing_to_request(locked):
            raise NotVisable(missing[0])
        content, order = content_hash(locked.pk), queries.order_of(locked.facility_id)
        last = queries.last_round(locked.pk)
        if last is not None:
            _require_another(last, content, order)
            _give_way(last)
        made = VisaRound.objects.create(
            assessment=locked,
            number=(locked.visa_rounds.aggregate(last=Max("number"))["last"] or 0) + 1,
            roles=order,
            content_sha256=content,
            requested_at=timezone.now(),
            requested_by=by,
            awaited_role=order[0],
        )
        _record(made, "requested", {"roles": order, "content_sha256": content}, by=by)
    return made


def _require_another(last: VisaRound, content: str, order: list[str]) -> None:
    """Refuse to ask again what is asked, or given, on the same content in the same order."""
    if (last.content_sha256, last.roles) != (content, order):
        return
    if last.state == VisaRoundState.OPEN:
        raise NotVisable(_("Ces visas sont déjà demandés."))
    if last.state == VisaRoundState.GRANTED:
        raise NotVisable(_("Tous les visas sont déjà donnés : produisez le PDF scellé."))


def _give_way(last: VisaRound) -> None:
    last.awaited_role = ""
    columns = ["awaited_role"]
    if last.state == VisaRoundState.OPEN:
        last.state = VisaRoundState.REPLACED
        columns.append("state")
    last.save(update_fields=columns)


# -- Each role in its turn -------------------------------------------------------------------------


def answer(
    *, assessment: Assessment, given: VisaAnswer, content_hash: ContentHash, role: str, by: User
) -> Visa:
    """Give the visa of ``role``, or refuse it with a reason: the request goes back to the buyer.

    Raises NotVisable or SignedForEver.
    """
    if given.value == VisaValue.REFUSED and not given.remark:
        raise NotVisable(_("Écrivez pourquoi vous refusez le visa : l’acheteur le lira."))
    with transaction.atomic():
        locked = _locked(assessment)
        answering.require_unsigned(locked)
        current = queries.last_round(locked.pk)
        _require_turn(current, role)
        assert current is not None
        if not content_hash(locked.pk) == given.seen == current.content_sha256:
            raise NotVisable(
                _(
                    "L’évaluation a changé depuis la demande : relisez-la. L’acheteur demande à "
                    "nouveau les visas."
                )
            )
        visa = Visa.objects.create(
            round=current,
            role=role,
            value=given.value,
            remark=given.remark,
            person=by,
            in_place_of_id=journal.principal(actor=by.pk, tenant=locked.facility_id, role=role),
            at=timezone.now(),
        )
        _advance(current, visa)
        data = {"role": role, "remark": given.remark, "content_sha256": given.seen}
        _record(current, given.value, data, by=by)
    return visa


def _require_turn(current: VisaRound | None, role: str) -> None:
    if current is None or current.state != VisaRoundState.OPEN:
        raise NotVisable(_("Aucun visa n’est attendu : quelqu’un a été plus rapide, relisez."))
    if current.awaited_role != role:
        raise NotVisable(
            _("C’est le tour d’un autre rôle : %(role)s.")
            % {"role": Role(current.awaited_role).label}
        )


def _advance(current: VisaRound, visa: Visa) -> None:
    """Pass to the next role, or end the round."""
    if visa.value == VisaValue.REFUSED:
        current.state, current.awaited_role = VisaRoundState.REFUSED, Role.BUYER
    else:
        left = current.roles[current.roles.index(visa.role) + 1 :]
        current.awaited_role = left[0] if left else ""
        if not left:
            current.state = VisaRoundState.GRANTED
    current.save(update_fields=["state", "awaited_role"])


# -- The document ----------------------------------------------------------------------------------


def missing_visas(assessment: Assessment, content: str) -> list[str]:
    """Return the roles whose visa on ``content`` is still asked, in their order."""
    order = queries.order_of(assessment.facility_id)
    given = {visa.role for visa in queries.given_on(assessment.pk, content)}
    return [role for role in order if role not in given]


def missing_sentence(roles: Sequence[str]) -> str:
    """Say whose visas the document waits for; empty when it waits for none."""
    if not roles:
        return ""
    names = ", ".join(str(Role(role).label) for role in roles)
    return _("Visas attendus avant le PDF scellé : %(names)s.") % {"names": names}


def require_given(*, assessment: Assessment, content_hash: ContentHash) -> None:
    """Raise VisasMissing while a visa that the facility asks is not given on what stands now.

    The row of the assessment is locked: what was seen is what will be frozen in this transaction.
    """
    locked = _locked(assessment)
    if not queries.order_of(locked.facility_id):
        return
    roles = missing_visas(locked, content_hash(locked.pk))
    if roles:
        raise VisasMissing(missing_sentence(roles))


def _locked(assessment: Assessment) -> Assessment:
    return Assessment.objects.select_for_update(of=("self",), no_key=True).get(pk=assessment.pk)


def _record(current: VisaRound, what: str, data: dict[str, Any], *, by: User) -> None:
    journal.record(
        tenant=current.assessment.facility_id,
        action=f"visa.{what}",
        subject=subject_of(current.assessment_id),
        data={"round": current.number} | data,
        by=by.pk,
    )
