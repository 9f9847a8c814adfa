"""The personal link of a candidate: created, prolonged, revoked by the buyer; opened and used.

The secret of a link is known to its bearer alone: the database keeps its hash. Every act locks the
assessment first, as the writes of answers do, so that none slips in after a revocation.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, FieldRefused

from ..enums import LinkState
from ..models import AnswerLink, Assessment, ExchangeParty
from ..permissions import why_no_link, why_no_reply_link
from . import answer_sets, answering
from .answering import Conflict, Edit, Outcome, Saved
from .assessments import subject_of
from .queries import answer_links as queries
from .queries.assessment_versions import up_to

SECRET_BYTES = 32
USUAL_TERM = dt.timedelta(days=30)
LONGEST_TERM = dt.timedelta(days=366)


class LinkRefused(FieldRefused):
    """The buyer can't do that with the links of this candidate; the sentence says why."""


class LinkClosed(DomainError):
    """The link is no longer one by which anything is written."""


def hash_of(token: str) -> str:
    """Return what is kept of the secret of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def usual_expiry(assessment: Assessment, now: dt.datetime) -> dt.datetime:
    """Return until when a new link is valid: the deadline of the tender, else thirty days."""
    deadline = assessment.candidacy.lot.tender.deadline
    return deadline if deadline and deadline > now else now + USUAL_TERM


def state_of(link: AnswerLink, now: dt.datetime) -> LinkState:
    """Return where a link stands. The link is read with its tender."""
    if link.submitted_at:
        return LinkState.SUBMITTED
    if link.revoked_at:
        return LinkState.REVOKED
    if link.expires_at <= now or _why_closed(link.assessment, link.party):
        return LinkState.EXPIRED
    return LinkState.OPENED if link.opened_at else LinkState.WAITING


def _why_closed(assessment: Assessment, party: ExchangeParty | None) -> str:
    return why_no_reply_link(party) if party else why_no_link(assessment)


# -- The buyer -----------------------------------------------------------------------------------


def create_link(
    *,
    assessment: Assessment,
    email: str,
    expires_at: dt.datetime,
    by: User,
    party: ExchangeParty | None = None,
) -> tuple[AnswerLink, str]:
    """Give a candidate a link; return it with its secret, which nobody can read again.

    With a ``party`` it answers a letter (``reply_links``). Raises LinkRefused: a formal procedure,
    another link that is open, answers already submitted.
    """
    now, token = timezone.now(), secrets.token_urlsafe(SECRET_BYTES)
    _check_term(expires_at, now)
    with transaction.atomic():
        assessment = _locked(assessment.pk)
        _check_may_answer(assessment, party)
        links = list(AnswerLink.objects.filter(assessment=assessment))
        mine = [link for link in links if link.party_id == (party.pk if party else None)]
        if any(not link.revoked_at for link in mine):
            raise LinkRefused(_("Un lien existe déjà : prolongez-le, ou retirez-le d’abord."))
        link = AnswerLink.objects.create(
            assessment=assessment,
            party=party,
            number=AnswerLink.objects.filter(up_to(assessment)).count() + 1,
            token_sha256=hash_of(token),
            email=email,
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
        told = {"expires_at": expires_at.isoformat(), "by_mail": bool(email)} | _letter_of(link)
        _record(link, "created", told, at=now, by=by)
    return link, token


def prolong_link(*, link: AnswerLink, expires_at: dt.datetime, by: User) -> AnswerLink:
    """Move the end of a link, even one that has expired. Raises LinkRefused."""
    now = timezone.now()
    _check_term(expires_at, now)
    with transaction.atomic():
        link = _still(link)
        if link.party_id:
            raise LinkRefused(_("La date est celle de la lettre, la même pour tous."), "expires_at")
        _check_may_answer(link.assessment, None)
        before, link.expires_at = link.expires_at, expires_at
        link.save(update_fields=["expires_at"])
        told = {"before": before.isoformat(), "expires_at": expires_at.isoformat()}
        _record(link, "prolonged", told, at=now, by=by)
    return link


def revoke_link(*, link: AnswerLink, by: User) -> AnswerLink:
    """Take a link back: nothing is written by it any more. Raises LinkRefused."""
    with transaction.atomic():
        link = _still(link)
        link.revoked_at, link.revoked_by = timezone.now(), by
        link.save(update_fields=["revoked_at", "revoked_by"])
        _record(link, "revoked", {}, at=link.revoked_at, by=by)
    return link


def _check_term(expires_at: dt.datetime, now: dt.datetime) -> None:
    if expires_at <= now:
        raise LinkRefused(_("Choisissez une date à venir."), "expires_at")
    if expires_at > now + LONGEST_TERM:
        raise LinkRefused(_("Un lien est valable un an au plus."), "expires_at")


def _letter_of(link: AnswerLink) -> dict[str, Any]:
    """Return what the journal says of the letter that a link answers."""
    exchange = link.party.exchange if link.party else None
    return {"exchange": exchange.kind, "number": exchange.number} if exchange else {}


def _check_may_answer(assessment: Assessment, party: ExchangeParty | None) -> None:
    reason = _why_closed(assessment, party)
    if reason:
        raise LinkRefused(reason)


def _still(link: AnswerLink) -> AnswerLink:
    """Lock, read again: somebody may have been faster."""
    _locked(link.assessment_id)
    link = queries.links().get(pk=link.pk)
    if link.submitted_at:
        raise LinkRefused(_("Le candidat vient d’envoyer ses réponses : le lien ne change plus."))
    if link.revoked_at:
        raise LinkRefused(_("Ce lien est déjà retiré : créez-en un autre."))
    return link


# -- The candidate -------------------------------------------------------------------------------


def open_link(*, link: AnswerLink) -> AnswerLink:
    """Note that the candidate begins: their first act, never a mere visit. Raises LinkClosed."""
    with transaction.atomic():
        return used(link)


def save_answer(*, link: AnswerLink, ref: str, field: str, value: str, base_version: int) -> Saved:
    """Write one field of one answer by a link.

    Raises LinkClosed, and what ``answering.save_field`` does.
    """
    with transaction.atomic():
        link = used(link)
        try:
            return answering.save_field(
                assessment_id=link.assessment_id,
                ref=ref,
                field=field,
                value=value,
                base_version=base_version,
                by=link,
            )
        except Conflict as conflict:
            refusal = conflict  # raised after the commit, which keeps the value that lost
    raise refusal


def save_answers(*, link: AnswerLink, edits: Iterable[Edit]) -> Outcome:
    """Write all the fields of a plain form by a link. Raises LinkClosed."""
    with transaction.atomic():
        link = used(link)
        return answering.save_fields(assessment_id=link.assessment_id, edits=edits, by=link)


def submit(*, link: AnswerLink) -> AnswerLink:
    """Send the answers, once: their set is frozen under its hash. Raises LinkClosed."""
    with transaction.atomic():
        link, now = used(link), timezone.now()
        frozen = answer_sets.freeze(assessment=link.assessment, by=link, at=now)
        link.submitted_at, link.content_sha256 = now, frozen.answers_sha256
        link.save(update_fields=["submitted_at", "content_sha256"])
        _record(link, "submitted", {"sha256": link.content_sha256}, at=now, by=None)
    return link


def used(link: AnswerLink, *, for_a_letter: bool = False) -> AnswerLink:
    """Lock, check that the link is open, and note its first use. Raises LinkClosed.

    A link opens either the questionnaire or a letter, never both.
    """
    _locked(link.assessment_id)
    link, now = queries.links().get(pk=link.pk), timezone.now()
    is_other = (link.party_id is not None) != for_a_letter
    if is_other or state_of(link, now) not in LinkState.open_ones():
        raise LinkClosed(_("Ce lien n’est plus valable : rien n’a été enregistré."))
    if link.opened_at is None:
        link.opened_at = now
        link.save(update_fields=["opened_at"])
        _record(link, "opened", {}, at=now, by=None)
    return link


def _locked(assessment_id: int) -> Assessment:
    """Lock an assessment, with its tender."""
    found = Assessment.objects.select_related("candidacy__lot__tender", "candidacy__vendor")
    return found.select_for_update(of=("self",), no_key=True).get(pk=assessment_id)


def _record(
    link: AnswerLink, act: str, told: dict[str, Any], *, at: dt.datetime, by: User | None
) -> None:
    """Journal an act; never the address of the candidate, which may have to be erased."""
    journal.record(
        tenant=link.assessment.facility_id,
        action=f"answer_link.{act}",
        subject=subject_of(link.assessment_id),
        data={"link": link.number} | told,
        at=at,
        by=by.pk if by else None,
    )
