"""Deciding of the regularisation of one candidate: accepted, its claims change; refused, nothing does."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal

from ..enums import ExchangeKind
from ..models import Assessment, Exchange, ExchangeParty, Regularisation
from . import answer_sets, answering
from .answer_sets import Regularised
from .assessments import subject_of
from .exchanges import NotThisWay


def accept(
    *, party: ExchangeParty, changes: Sequence[Regularised], reason: str, by: User
) -> Regularisation:
    """Let the answers change on the points asked of this candidate, with before and after kept.

    One act: the set of the answers has another hash afterwards, and is frozen again. Raises
    NotThisWay, NotAllowedHere.
    """
    with transaction.atomic():
        assessment = _locked(party)
        if any(change.reply.party_id != party.pk for change in changes):
            raise NotThisWay(_("Ce point n’est pas demandé à ce candidat."))
        number = party.exchange.number
        before, after = answer_sets.regularise(
            assessment=assessment, changes=changes, number=number, by=by
        )
        if before == after:
            raise NotThisWay(_("Rien ne change dans l’offre : corrigez la réponse, ou refusez."))
        decided = _decided(party, reason, before, after, True, timezone.now(), by)
        assessment.answers_sha256 = after
        assessment.save(update_fields=["answers_sha256"])
    return decided


def refuse(*, party: ExchangeParty, reason: str, by: User) -> Regularisation:
    """Refuse what a candidate sent: its offer stays as it is. Raises NotThisWay."""
    with transaction.atomic():
        assessment = _locked(party)
        sha256 = assessment.answers_sha256
        return _decided(party, reason, sha256, sha256, False, timezone.now(), by)


def _locked(party: ExchangeParty) -> Assessment:
    """Lock the exchange, then the assessment, and check that a decision is awaited."""
    exchange = Exchange.objects.select_for_update(of=("self",)).get(pk=party.exchange_id)
    found = ExchangeParty.objects.get(pk=party.pk)
    is_awaited = (
        exchange.kind == ExchangeKind.REGULARISATION
        and not exchange.closed_at
        and found.replied_at
        and not Regularisation.objects.filter(party=found).exists()
    )
    if not is_awaited:
        raise NotThisWay(_("Aucune décision n’est attendue ici : rechargez la page."))
    assessment = (
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("checklist")
        .get(pk=party.assessment_id)
    )
    answering.require_unsigned(assessment)
    return assessment


def _decided(
    party: ExchangeParty,
    reason: str,
    before: str,
    after: str,
    is_accepted: bool,
    now: dt.datetime,
    by: User,
) -> Regularisation:
    if not reason.strip():
        raise NotThisWay(_("Donnez le motif de la décision."))
    decided = Regularisation.objects.create(
        party=party,
        is_accepted=is_accepted,
        reason=reason.strip(),
        decided_at=now,
        decided_by=by,
        sha256_before=before,
        sha256_after=after,
    )
    journal.record(
        tenant=party.assessment.facility_id,
        action=f"regularisation.{'accepted' if is_accepted else 'refused'}",
        subject=subject_of(party.assessment_id),
        data={
            "number": party.exchange.number,
            "reason": decided.reason,
            "sha256_before": before,
            "sha256_after": after,
        },
        at=now,
        by=by.pk,
    )
    return decided
