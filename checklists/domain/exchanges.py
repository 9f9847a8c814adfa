"""Writing to candidates about their offers: drafted, sent once, answered on the points asked, closed.

A *demande de précisions* (CCP R2161-5, R2161-11) clears up what is ambiguous: the answer explains,
and no claim changes. A *régularisation* (R2152-2) goes to every candidate with a gap on a point
asked, in the same words and with the same deadline; it changes claims once accepted
(``regularisations``). Which points are asked, and in which words, is frozen when it is sent.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal, scanning, storage
from uniha_clausier.common.errors import DomainError

from ..enums import AnswerKind, ExchangeKind
from ..models import (
    AnswerLink,
    Assessment,
    Checklist,
    ChecklistItem,
    Exchange,
    ExchangeFile,
    ExchangeParty,
    ExchangePoint,
    ExchangeReply,
)
from . import answering, authors, exchange_rules
from .assessments import subject_of
from .authors import Author
from .queries import exchanges as queries
from .receptions import shown_name

Plain = dict[str, Any]
Freeze = Callable[..., Plain]
"""``freeze(party, points=, at=, by=)``: what the letter to one candidate says."""

USUAL_DELAY = dt.timedelta(days=7)


class NotThisWay(DomainError):
    """The exchange is not in the state that the act needs, or something is missing."""


@dataclass(frozen=True)
class Wording:
    """What a draft says: the question on each point (by its key), those taken out, the deadline."""

    questions: Mapping[int, str]
    removed: frozenset[int]
    deadline: dt.datetime


@dataclass(frozen=True)
class Sent:
    """A file as it was received."""

    content: bytes
    kind: str
    name: str


# -- The draft -----------------------------------------------------------------------------------


def usual_deadline(now: dt.datetime) -> dt.datetime:
    """Return the deadline that a draft starts with: a week later, at noon."""
    local = timezone.localtime(now + USUAL_DELAY)
    return local.replace(hour=12, minute=0, second=0, microsecond=0)


def ask_clarification(
    *, assessment: Assessment, questions: Mapping[str, str], by: User
) -> Exchange:
    """Start a demande de précisions to one candidate; ``questions`` by the number of the point.

    Raises NotThisWay when no point is asked, or one that the checklist does not ask.
    """
    with transaction.atomic():
        exchange = _started(assessment.checklist, ExchangeKind.CLARIFICATION, questions, by)
        ExchangeParty.objects.create(exchange=exchange, assessment=assessment)
        _record(exchange, "drafted", {"points": sorted(questions)}, by=by)
    return exchange


def ask_regularisation(*, checklist: Checklist, questions: Mapping[str, str], by: User) -> Exchange:
    """Start a regularisation of the candidates with a gap on the points asked.

    Raises NotThisWay when the procedure does not allow it, when answers are not stopped, or when
    nobody is concerned.
    """
    with transaction.atomic():
        _require_regularisable(checklist, questions)
        exchange = _started(checklist, ExchangeKind.REGULARISATION, questions, by)
        _address(exchange, points_of(exchange))
        _record(exchange, "drafted", {"points": sorted(questions)}, by=by)
    return exchange


def _require_regularisable(checklist: Checklist, refs: Iterable[str]) -> None:
    reason = exchange_rules.why_not_regularised(checklist.lot.tender.procedure)
    if reason:
        raise NotThisWay(reason)
    owners = exchange_rules.concerned(queries.gaps(checklist), refs)
    if Assessment.objects.filter(pk__in=owners, answers_frozen_at=None).exists():
        raise NotThisWay(_("Arrêtez d’abord les réponses des candidats."))


def _address(
    exchange: Exchange, points: Sequence[ExchangePoint]
) -> list[tuple[ExchangeParty, list[ExchangePoint]]]:
    """Return to whom a draft goes, each with the points that its letter asks."""
    if exchange.kind == ExchangeKind.CLARIFICATION:
        return [(party, list(points)) for party in exchange.parties.order_by("pk")]
    by_ref = {point.item.point.ref: point for point in points}
    owners = exchange_rules.concerned(queries.gaps(exchange.checklist), by_ref)
    if not owners:
        raise NotThisWay(_("Aucun candidat n’a de manque sur ces points."))
    exchange.parties.exclude(assessment__in=owners).delete()
    return [
        (
            ExchangeParty.objects.get_or_create(exchange=exchange, assessment_id=owner)[0],
            [by_ref[ref] for ref in refs],
        )
        for owner, refs in owners.items()
    ]


def change(*, exchange: Exchange, wording: Wording, by: User) -> Exchange:
    """Change the questions, the points and the deadline of a draft. Raises NotThisWay."""
    with transaction.atomic():
        exchange = _locked_draft(exchange)
        for point in exchange.points.all():
            if point.pk in wording.removed:
                point.delete()
            elif point.pk in wording.questions:
                point.question = answering.cleaned("question", wording.questions[point.pk])
                point.save(update_fields=["question"])
        exchange.deadline = wording.deadline
        exchange.save(update_fields=["deadline"])
        if not exchange.points.exists():
            raise NotThisWay(_("Gardez au moins un point, ou abandonnez ce brouillon."))
        said = {point.item.point.ref: point.question for point in points_of(exchange)}
        data = {"questions": said, "deadline": exchange.deadline.isoformat()}
        _record(exchange, "changed", data, by=by)
    return exchange


def discard(*, exchange: Exchange, by: User) -> None:
    """Undo a draft. Raises NotThisWay once it is sent."""
    with transaction.atomic():
        exchange = _locked_draft(exchange)
        _record(exchange, "discarded", {}, by=by)
        exchange.delete()


def _started(
    checklist: Checklist, kind: ExchangeKind, questions: Mapping[str, str], by: User
) -> Exchange:
    # The lock gives each exchange its own number.
    checklist = Checklist.objects.select_for_update(of=("self",), no_key=True).get(pk=checklist.pk)
    items = _items(checklist, questions)
    # A candidate keeps its letters when a correction takes its assessment over.
    editions = Checklist.objects.filter(lot=checklist.lot_id, version=checklist.version_id)
    numbers = Exchange.objects.filter(checklist__in=editions, kind=kind)
    now = timezone.now()
    exchange = Exchange.objects.create(
        checklist=checklist,
        kind=kind,
        number=(numbers.aggregate(last=Max("number"))["last"] or 0) + 1,
        deadline=usual_deadline(now),
        created_at=now,
        created_by=by,
    )
    for item in items:
        text = answering.cleaned("question", questions[item.point.ref])
        ExchangePoint.objects.create(exchange=exchange, item=item, question=text)
    return exchange


def _items(checklist: Checklist, refs: Iterable[str]) -> list[ChecklistItem]:
    wanted = {ref.replace("\0", "\ufffd") for ref in refs}  # PostgreSQL refuses NUL
    if not wanted:
        raise NotThisWay(_("Cochez au moins un point."))
    asked = checklist.items.filter(is_applicable=True, point__ref__in=wanted)
    asked = asked.exclude(point__answer_kind=AnswerKind.NONE).select_related("point")
    found = list(asked.order_by("position", "pk"))
    unknown = wanted - {item.point.ref for item in found}
    if unknown:
        raise answering.UnknownPoint(
            _("Le point %(ref)s n’est pas demandé dans ce lot.") % {"ref": min(unknown)}
        )
    return found


# -- Sending -------------------------------------------------------------------------------------


def missing_to_send(exchange: Exchange, points: Sequence[ExchangePoint]) -> list[str]:
    """Return what a draft lacks, in sentences; empty means that it may be sent."""
    blank = [point.item.point.ref for point in points if not point.question]
    missing = []
    if blank:
        refs = ", ".join(blank)
        missing.append(_("Écrivez la question posée sur : %(refs)s.") % {"refs": refs})
    if exchange.deadline <= timezone.now():
        missing.append(_("Donnez une date limite de réponse à venir."))
    return missing


def send(*, exchange: Exchange, freeze: Freeze, by: User) -> list[ExchangeParty]:
    """Freeze the letters and the points that each asks; return to whom they go. Raises NotThisWay."""
    with transaction.atomic():
        exchange, now = _locked_draft(exchange), timezone.now()
        points = points_of(exchange)
        missing = missing_to_send(exchange, points)
        if missing:
            raise NotThisWay(missing[0])
        if exchange.kind == ExchangeKind.REGULARISATION:
            _require_regularisable(exchange.checklist, [one.item.point.ref for one in points])
        addressed = _address(exchange, points)
        for party, own in addressed:
            party.letter = freeze(party, points=own, at=now, by=by)
            party.letter_sha256 = canonical.sha256_of(party.letter)
            party.save(update_fields=["letter", "letter_sha256"])
            ExchangeReply.objects.bulk_create(
                ExchangeReply(party=party, point=point) for point in own
            )
        exchange.sent_at, exchange.sent_by = now, by
        exchange.save(update_fields=["sent_at", "sent_by"])
        for party, own in addressed:
            refs = [point.item.point.ref for point in own]
            data = {"points": refs, "sha256": party.letter_sha256}
            record_to(party, "sent", data | {"deadline": exchange.deadline.isoformat()}, by=by)
    return [party for party, _own in addressed]


def points_of(exchange: Exchange) -> list[ExchangePoint]:
    """Return the points of an exchange in official order, each with what names it."""
    points = exchange.points.select_related("item__point")
    return list(points.order_by("item__position", "pk"))


# -- The answers ---------------------------------------------------------------------------------


def register(
    *, party: ExchangeParty, texts: Mapping[int, str], file: Sent | None = None, by: User
) -> int:
    """Register what a candidate answers, by the key of each reply; return how much changed.

    A file is kept as it came, once. What the candidate claims in its offer does not change.
    Raises NotThisWay before the sending, after the closing, and for an answer that says nothing.
    """
    kept_as = stored(party, file) if file else ""
    with transaction.atomic():
        exchange = locked(party.exchange)
        if not exchange.sent_at or exchange.closed_at:
            raise NotThisWay(_("Cette demande n’attend pas de réponse : rechargez la page."))
        party = queries.parties().get(pk=party.pk)
        if party.replied_by_link_id:
            raise NotThisWay(
                _("Le candidat a répondu par son lien : ce qu’il a envoyé ne change plus.")
            )
        if hasattr(party, "regularisation"):
            raise NotThisWay(_("Cette régularisation est décidée : elle ne change plus."))
        party.exchange, now = exchange, timezone.now()
        changed = _write(party, texts, now, by)
        if file:
            changed += _keep(party, file, kept_as, now, by)
        if not party.replied_at:
            _require_something(party)
            arrived(party, now, by)
    return changed


def _write(party: ExchangeParty, texts: Mapping[int, str], now: dt.datetime, by: User) -> int:
    changed = 0
    replies = party.replies.select_related("point__item__point").order_by("pk")
    for reply in replies.filter(pk__in=list(texts)):
        before, after = reply.text, answering.cleaned("reply", texts[reply.pk])
        if before == after:
            continue
        reply.text, reply.updated_at, reply.updated_by = after, now, by
        reply.save(update_fields=["text", "updated_at", "updated_by"])
        ref = reply.point.item.point.ref
        record_to(party, "answered", {"before": before, "after": after}, by=by, ref=ref)
        changed += 1
    return changed


def stored(party: ExchangeParty, file: Sent) -> str:
    """Keep the content before the transaction: nobody waits for a disk."""
    sha256 = hashlib.sha256(file.content).hexdigest()
    owner = party.assessment
    name = f"exchanges/{owner.facility_id}/{owner.pk}/{party.pk}/{sha256}.{file.kind}"
    return storage.store(name, file.content)


def _keep(party: ExchangeParty, file: Sent, kept_as: str, now: dt.datetime, by: User) -> int:
    sha256 = hashlib.sha256(file.content).hexdigest()
    if party.files.filter(file_sha256=sha256).exists():
        return 0
    storage.store_again(kept_as, file.content)
    kept = ExchangeFile.objects.create(
        party=party,
        number=party.files.count() + 1,
        received_at=now,
        received_by=by,
        name=shown_name(file.name),
        kind=file.kind,
        file_name=kept_as,
        file_sha256=sha256,
        file_size=len(file.content),
    )
    owner = party.assessment
    scanning.register(file_name=kept_as, tenant=owner.facility_id, subject=subject_of(owner.pk))
    record_to(party, "file_received", {"name": kept.name, "sha256": sha256}, by=by)
    return 1


def _require_something(party: ExchangeParty) -> None:
    if not party.files.exists() and not party.replies.exclude(text="").exists():
        raise NotThisWay(_("Joignez le fichier reçu, ou saisissez la réponse à un point au moins."))


def arrived(party: ExchangeParty, now: dt.datetime, by: Author) -> None:
    """Note that a candidate answered; the caller holds the lock of the exchange."""
    party.replied_at = now
    if isinstance(by, AnswerLink):
        party.replied_by_link = by
    else:
        party.replied_by = by
    party.save(update_fields=["replied_at", "replied_by", "replied_by_link"])
    exchange = party.exchange
    if not exchange.parties.filter(replied_at=None).exists():
        exchange.answered_at = now
        exchange.save(update_fields=["answered_at"])


def why_not_closed(exchange: Exchange, now: dt.datetime) -> str:
    """Say what an exchange that was sent still waits for; empty when it may be closed.

    Its letter gives every candidate until the same moment.
    """
    if exchange.answered_at or now >= exchange.deadline:
        return ""
    return _(
        "Une réponse manque, et peut arriver jusqu’à la date de la lettre : la demande se clôt "
        "après la dernière réponse, ou une fois cette date passée."
    )


def close(*, exchange: Exchange, by: User) -> Exchange:
    """Close an exchange that was sent: its answers are frozen. Raises NotThisWay."""
    with transaction.atomic():
        exchange, now = locked(exchange), timezone.now()
        if not exchange.sent_at or exchange.closed_at:
            raise NotThisWay(_("Cette demande n’est plus en cours : rechargez la page."))
        undecided = exchange.parties.filter(replied_at__isnull=False, regularisation=None)
        if exchange.kind == ExchangeKind.REGULARISATION and undecided.exists():
            raise NotThisWay(_("Décidez d’abord de chaque régularisation reçue."))
        if reason := why_not_closed(exchange, now):
            raise NotThisWay(reason)
        exchange.closed_at, exchange.closed_by = now, by
        exchange.save(update_fields=["closed_at", "closed_by"])
        _record(exchange, "closed", {}, by=by)
    return exchange


# -- Locks and journal ---------------------------------------------------------------------------


def locked(exchange: Exchange) -> Exchange:
    """Lock an exchange, before any of its candidates."""
    return Exchange.objects.select_for_update(of=("self",)).get(pk=exchange.pk)


def _locked_draft(exchange: Exchange) -> Exchange:
    locked = Exchange.objects.select_for_update(of=("self",)).filter(pk=exchange.pk).first()
    if locked is None or locked.sent_at:
        raise NotThisWay(_("Cette demande n’est plus un brouillon : rechargez la page."))
    return locked


def _record(exchange: Exchange, what: str, data: Plain, *, by: User) -> None:
    """Tell an act on the exchange to the journal of each candidate concerned."""
    for party in exchange.parties.select_related("assessment").order_by("pk"):
        party.exchange = exchange
        record_to(party, what, data, by=by)


def record_to(party: ExchangeParty, what: str, data: Plain, *, by: Author, ref: str = "") -> None:
    """Tell an act on one candidate of an exchange."""
    exchange = party.exchange
    journal.record(
        tenant=party.assessment.facility_id,
        action=f"{exchange.kind}.{what}",
        subject=subject_of(party.assessment_id, ref),
        data={"number": exchange.number} | data | authors.trace_of(by),
        by=authors.actor_of(by),
    )
