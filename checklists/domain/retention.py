"""Deciding how long the file of a tender is kept, and of its elimination: never by one person alone.

The file of a contract is public archives: it is eliminated with the visa of the archives (code du
patrimoine, art. L212-2), after its date, out of any litigation. The database holds the same rules.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import FieldRefused
from vendors.models import Candidacy, Tender

from ..enums import EliminationDecision
from ..models import EliminatedFile, Elimination, Retention, RetentionHold
from . import retention_rules as rules


class RetentionRefused(FieldRefused):
    """An elimination that may not be, or dates that may not change."""


@dataclass(frozen=True)
class Dates:
    """When a contract was signed, with whom, and when its execution ended."""

    signed_on: dt.date
    executed_on: dt.date | None
    holders: Collection[Candidacy]


@dataclass(frozen=True)
class Listed:
    """A file to eliminate: where it is kept, what it is, its hash and its size."""

    name: str
    title: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Approval:
    """What makes an elimination lawful: its reason, the visa of the archives, the sealed list."""

    reason: str
    visa: str
    visa_on: dt.date
    files: Sequence[Listed]
    certificate_name: str
    certificate_sha256: str


def today() -> dt.date:
    """Return the day by which eliminations are allowed: in UTC, as the database sees it."""
    return timezone.now().date()


# -- The dates -----------------------------------------------------------------------------------


def set_dates(*, tender: Tender, dates: Dates, by: User) -> Retention:
    """Keep when a contract was signed and executed, and compute until when. Raises RetentionRefused."""
    with transaction.atomic():
        tender = _locked(tender)
        _check_dates(tender, dates)
        known = Retention.objects.filter(tender=tender).first()
        before = _told(known) if known else None
        fields = {
            "signed_on": dates.signed_on,
            "executed_on": dates.executed_on,
            "procedure_until": rules.procedure_until(dates.signed_on),
            "contract_until": rules.contract_until(dates.executed_on),
            "changed_at": timezone.now(),
            "changed_by": by,
        }
        found, _is_new = Retention.objects.update_or_create(tender=tender, defaults=fields)
        if set(found.holders.all()) != set(dates.holders):
            found.holders.set(dates.holders)
        after = _told(found)
        if after != before:
            _record(tender, "retention.dated", {"before": before, "after": after}, by)
    return found


def _check_dates(tender: Tender, dates: Dates) -> None:
    if dates.signed_on > timezone.localdate():
        raise RetentionRefused(_("Cette date est à venir."), "signed_on")
    if dates.executed_on and dates.executed_on < dates.signed_on:
        raise RetentionRefused(_("La fin d’exécution vient après la signature."), "executed_on")
    if not dates.holders or any(one.lot.tender_id != tender.pk for one in dates.holders):
        raise RetentionRefused(_("Choisissez au moins un titulaire."), "holders")
    live = tender.eliminations.exclude(decision=EliminationDecision.REFUSED)
    if live.exists():
        raise RetentionRefused(
            _("Une élimination est proposée ou faite sur ces dates : elles ne changent plus.")
        )


def _told(found: Retention) -> dict[str, Any]:
    return {
        "signed_on": found.signed_on.isoformat(),
        "executed_on": found.executed_on.isoformat() if found.executed_on else "",
        "holders": sorted(found.holders.values_list("vendor__name", flat=True)),
    }


# -- Holds ---------------------------------------------------------------------------------------


def place_hold(*, tender: Tender, reason: str, by: User) -> RetentionHold:
    """Stop every elimination in a tender until the hold is lifted."""
    with transaction.atomic():
        tender = _locked(tender)
        hold = RetentionHold.objects.create(
            tender=tender, reason=reason, placed_at=timezone.now(), placed_by=by
        )
        _record(tender, "retention.held", {"hold": hold.pk, "reason": reason}, by)
    return hold


def lift_hold(*, hold: RetentionHold, reason: str, by: User) -> RetentionHold:
    """End a hold. Raises RetentionRefused when it is ended already."""
    with transaction.atomic():
        tender = _locked(hold.tender)
        hold = RetentionHold.objects.get(pk=hold.pk)
        if hold.lifted_at:
            raise RetentionRefused(_("Cette suspension est déjà levée."))
        hold.lift_reason, hold.lifted_at, hold.lifted_by = reason, timezone.now(), by
        hold.save(update_fields=["lift_reason", "lifted_at", "lifted_by"])
        _record(tender, "retention.released", {"hold": hold.pk, "reason": reason}, by)
    return hold


# -- Eliminations --------------------------------------------------------------------------------


def obstacle(tender: Tender, scope: str) -> str:
    """Return why nothing of a part may be eliminated now; empty when it may be proposed."""
    if tender.retention_holds.filter(lifted_at=None).exists():
        return _("L’élimination est suspendue : levez d’abord la suspension.")
    until = due_on(tender, scope)
    if until is None:
        return _("Il manque la date à partir de laquelle ces pièces se conservent.")
    if today() < until:
        day = date_format(until, "j\u00a0N\u00a0Y")
        return _("Rien ne s’élimine avant le %(day)s.") % {"day": day}
    return ""


def due_on(tender: Tender, scope: str) -> dt.date | None:
    """Return the day from which a part may be eliminated; None while it is not known."""
    found = Retention.objects.filter(tender=tender).first()
    return found.until(scope) if found else None


def _day(tender: Tender, scope: str) -> dt.date:
    until = due_on(tender, scope)
    assert until is not None  # else ``obstacle`` says so
    return until


def propose(*, tender: Tender, scope: str, reason: str, by: User) -> Elimination:
    """Propose to eliminate a part of the file of a tender. Raises RetentionRefused."""
    with transaction.atomic():
        tender = _locked(tender)
        _require(tender, scope)
        live = tender.eliminations.exclude(decision=EliminationDecision.REFUSED)
        if live.filter(scope=scope).exists():
            raise RetentionRefused(_("Cette élimination est déjà proposée, ou faite."))
        made = Elimination.objects.create(
            tender=tender,
            scope=scope,
            due_on=_day(tender, scope),
            reason=reason,
            proposed_at=timezone.now(),
            proposed_by=by,
        )
        _record(tender, "elimination.proposed", _named(made) | {"reason": reason}, by)
    return made


def why_not_decided_by(elimination: Elimination, by: User) -> str:
    """Return why a person may not decide of a proposal; empty when they may."""
    if not elimination.is_waiting:
        return _("Cette élimination est déjà décidée.")
    if elimination.proposed_by_id == by.pk:
        return _("Une autre personne que celle qui propose décide de l’élimination.")
    return ""


def refuse(*, elimination: Elimination, reason: str, by: User) -> Elimination:
    """Refuse a proposal: nothing is eliminated, and another may be made. Raises RetentionRefused."""
    with transaction.atomic():
        tender = _locked(elimination.tender)
        elimination = _decidable(elimination, by)
        elimination.decision = EliminationDecision.REFUSED
        elimination.decision_reason = reason
        elimination.decided_at, elimination.decided_by = timezone.now(), by
        elimination.save(update_fields=["decision", "decision_reason", "decided_at", "decided_by"])
        _record(tender, "elimination.refused", _named(elimination) | {"reason": reason}, by)
    return elimination


def announce(
    *, elimination: Elimination, reason: str, visa: str, visa_on: dt.date, by: User
) -> None:
    """Write that ``by`` approves, before the list is sealed and anything removed, which take time.

    Raises RetentionRefused.
    """
    with transaction.atomic():
        tender = _locked(elimination.tender)
        elimination = _decidable(elimination, by)
        _require(tender, elimination.scope)
        _check_visa(visa_on)
        data = {"reason": reason, "visa": visa, "visa_on": visa_on.isoformat()}
        _record(tender, "elimination.announced", _named(elimination) | data, by)


def _check_visa(visa_on: dt.date) -> None:
    if visa_on > timezone.localdate():
        raise RetentionRefused(_("Cette date est à venir."), "visa_on")


def approve(*, elimination: Elimination, approval: Approval, by: User) -> Elimination:
    """Approve a proposal: its list and its certificate are kept for ever. Raises RetentionRefused.

    The files are removed afterwards (``carried_out``): what is not approved is never touched.
    """
    with transaction.atomic():
        tender = _locked(elimination.tender)
        elimination = _decidable(elimination, by)
        _require(tender, elimination.scope)
        now = timezone.now()
        _check_visa(approval.visa_on)
        _list(elimination, approval.files)
        elimination.decision = EliminationDecision.APPROVED
        elimination.decision_reason = approval.reason
        elimination.decided_at, elimination.decided_by = now, by
        elimination.visa, elimination.visa_on = approval.visa, approval.visa_on
        elimination.certificate_name = approval.certificate_name
        elimination.certificate_sha256 = approval.certificate_sha256
        elimination.save(
            update_fields=[
                "decision", "decision_reason", "decided_at", "decided_by", "visa", "visa_on",
                "certificate_name", "certificate_sha256",
            ]
        )  # fmt: skip
        data = {
            "reason": approval.reason,
            "visa": approval.visa,
            "visa_on": approval.visa_on.isoformat(),
            "files": len(approval.files),
            "files_sha256": canonical.sha256_of([[one.name, one.sha256] for one in approval.files]),
            "certificate_sha256": approval.certificate_sha256,
        }
        _record(tender, "elimination.approved", _named(elimination) | data, by)
    return elimination


def carried_out(*, elimination: Elimination) -> None:
    """Tell that the files of an approved elimination are gone; nothing when it was told."""
    with transaction.atomic():
        tender = _locked(elimination.tender)
        done = Elimination.objects.filter(pk=elimination.pk, removed_at=None).exclude(
            certificate_name=""
        )
        if done.update(removed_at=timezone.now()):
            _record(tender, "elimination.carried_out", _named(elimination), None)


def _decidable(elimination: Elimination, by: User) -> Elimination:
    found = Elimination.objects.get(pk=elimination.pk)
    sentence = why_not_decided_by(found, by)
    if sentence:
        raise RetentionRefused(sentence)
    return found


def _require(tender: Tender, scope: str) -> None:
    sentence = obstacle(tender, scope)
    if sentence:
        raise RetentionRefused(sentence)


def _list(elimination: Elimination, files: Sequence[Listed]) -> None:
    if not files:
        raise RetentionRefused(_("Aucun fichier à éliminer."))
    EliminatedFile.objects.bulk_create(
        EliminatedFile(
            elimination=elimination,
            file_name=one.name,
            title=one.title,
            file_sha256=one.sha256,
            file_size=one.size,
        )
        for one in files
    )


def _named(elimination: Elimination) -> dict[str, Any]:
    return {"elimination": elimination.pk, "scope": elimination.scope}


def _locked(tender: Tender) -> Tender:
    return Tender.objects.select_for_update(of=("self",), no_key=True).get(pk=tender.pk)


def _record(tender: Tender, action: str, data: dict[str, Any], by: User | None) -> None:
    journal.record(
        tenant=tender.facility_id,
        action=action,
        subject=f"tender/{tender.pk}",
        data=data,
        by=by.pk if by else None,
    )
