"""What a candidate answers to a letter behind its personal link: prepared, then sent once.

The link ends when the letter says, the same for every candidate. What is prepared is shown to nobody
before it is sent, and the journal does not tell it either; sent, it is copied into the rows that a
buyer would have registered, under one hash. Every act locks the exchange, then the assessment.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, kept_files, scanning, storage
from uniha_clausier.common.errors import DomainError

from ..enums import ExchangeKind
from ..models import AnswerLink, Exchange, ExchangeFile, ExchangeParty, LinkFile, LinkReply
from . import answer_links, answering, exchanges
from .answering import Conflict, Edit, Outcome, Saved
from .assessments import subject_of
from .evidence import AlreadyJoined, TooMuch, UnknownPlace
from .exchanges import NotThisWay, Sent
from .queries import exchanges as queries
from .receptions import shown_name

FORMAT = "clausier/reponse-a-une-demande"
FORMAT_VERSION = 1
MOST_FILES, MOST_BYTES = 20, 100 * 1024 * 1024

COLUMNS = {"claim": "value", "claim_text": "text"}
"""The fields of a point asked, by the name that the pages of a candidate use."""

Plain = dict[str, Any]


def fields_of(exchange: Exchange) -> tuple[str, ...]:
    """Return what a candidate may write: an explanation changes no claim, a regularisation may."""
    is_regularisation = exchange.kind == ExchangeKind.REGULARISATION
    return tuple(COLUMNS) if is_regularisation else ("claim_text",)


def create(*, party: ExchangeParty, email: str, by: User) -> tuple[AnswerLink, str]:
    """Give a candidate the link of its letter; return it with its secret. Raises LinkRefused."""
    with transaction.atomic():
        exchange = exchanges.locked(party.exchange)
        party, now = queries.parties().get(pk=party.pk), timezone.now()
        party.exchange = exchange
        if exchange.deadline <= now:
            raise answer_links.LinkRefused(
                _("La date limite de la demande est passée : aucun lien ne s’ouvre plus.")
            )
        return answer_links.create_link(
            assessment=party.assessment,
            party=party,
            email=email,
            expires_at=min(exchange.deadline, now + answer_links.LONGEST_TERM),
            by=by,
        )


# -- Prepared ------------------------------------------------------------------------------------


def save(*, link: AnswerLink, edit: Edit) -> Saved:
    """Write one field of what is prepared.

    Raises LinkClosed, NotAllowedHere, UnknownPoint or Conflict.
    """
    with transaction.atomic():
        return _write(_used(link), edit)


def save_all(*, link: AnswerLink, edits: Iterable[Edit]) -> Outcome:
    """Write all the fields of a plain form. Raises LinkClosed."""
    with transaction.atomic():
        link = _used(link)
        outcome = Outcome(link.assessment)
        for edit in edits:
            try:
                saved = _write(link, edit)
            except Conflict as conflict:
                outcome.conflicts.append((edit, conflict))
            except DomainError as error:
                outcome.refused.append((edit, error))
            else:
                outcome.versions[edit.ref, edit.field] = saved.version
                if saved.changed:
                    outcome.saved.append(edit)
    return outcome


def _used(link: AnswerLink) -> AnswerLink:
    assert link.party
    exchanges.locked(link.party.exchange)
    return answer_links.used(link, for_a_letter=True)


def _write(link: AnswerLink, edit: Edit) -> Saved:
    party = _party(link)
    replies = party.replies.select_related("point__item__point")
    reply = replies.filter(point__item__point__ref=edit.ref).first()
    if reply is None:
        raise answering.UnknownPoint(_("Ce point n’est pas demandé."))
    if edit.field not in fields_of(party.exchange):
        raise answering.NotAllowedHere(_("Une précision explique : elle ne change pas la réponse."))
    answering.check_fits(edit.field, edit.value, reply.point.item.point.answer_kind)
    column, value = COLUMNS[edit.field], answering.cleaned(edit.field, edit.value)
    row = LinkReply.objects.filter(link=link, reply=reply).first() or LinkReply(
        link=link, reply=reply
    )
    theirs = getattr(row, column)
    if theirs == value:
        return Saved(edit.field, value, row.version, False, row.updated_at, link.assessment)
    if getattr(row, f"{column}_version") > edit.base_version:
        raise Conflict(
            field=edit.field, theirs=theirs, version=row.version, author="", at=row.updated_at
        )
    row.version += 1
    row.updated_at = timezone.now()
    setattr(row, column, value)
    setattr(row, f"{column}_version", row.version)
    row.save()
    told = {"point": edit.ref, "field": edit.field, "version": row.version}
    exchanges.record_to(party, "prepared", told, by=link)
    return Saved(edit.field, value, row.version, True, row.updated_at, link.assessment)


def attach(*, link: AnswerLink, file: Sent) -> LinkFile:
    """Join a file. Raises LinkClosed, AlreadyJoined or TooMuch."""
    sha256 = hashlib.sha256(file.content).hexdigest()
    if not link.files.filter(file_sha256=sha256).exists():
        _check_room(link, len(file.content))  # before the disk, which a refusal would fill
    kept_as = exchanges.stored(_party(link), file)
    with transaction.atomic():
        link = _used(link)
        if link.files.filter(file_sha256=sha256).exists():
            raise AlreadyJoined(_("Ce fichier est déjà joint."))
        _check_room(link, len(file.content))
        storage.store_again(kept_as, file.content)
        found = LinkFile.objects.create(
            link=link,
            added_at=timezone.now(),
            name=shown_name(file.name),
            kind=file.kind,
            file_name=kept_as,
            file_sha256=sha256,
            file_size=len(file.content),
        )
        owner = link.assessment
        scanning.register(file_name=kept_as, tenant=owner.facility_id, subject=subject_of(owner.pk))
        _record_file(link, "file_prepared", found)
    return found


def _check_room(link: AnswerLink, size: int) -> None:
    sizes = list(link.files.values_list("file_size", flat=True))
    if len(sizes) >= MOST_FILES or sum(sizes) + size > MOST_BYTES:
        raise TooMuch(_("Vous avez joint tout ce qui peut l’être : 20 fichiers, 100 Mo."))


def detach(*, link: AnswerLink, file_id: int) -> None:
    """Take a file back. Raises LinkClosed or UnknownPlace."""
    with transaction.atomic():
        link = _used(link)
        found = link.files.filter(pk=file_id).first()
        if found is None:
            raise UnknownPlace(_("Ce document n’est pas parmi ceux que vous avez joints."))
        _record_file(link, "file_taken_back", found)
        found.delete()
        party = _party(link)
        kept_files.discard_unnamed(
            found.file_name,
            owner=Exchange.objects.filter(pk=party.exchange_id),
            # The buyer may register by hand the same file, received by another way.
            rows=[LinkFile.objects.filter(link__party=party), party.files.all()],
        )


def _record_file(link: AnswerLink, act: str, file: LinkFile) -> None:
    told = {"sha256": file.file_sha256, "size": file.file_size}
    exchanges.record_to(_party(link), act, told, by=link)


# -- Sent ----------------------------------------------------------------------------------------


def content(link: AnswerLink) -> Plain:
    """Return what the hash of an answer covers: the letter, each point asked, the files."""
    party = _party(link)
    prepared = {row.reply_id: row for row in link.prepared.all()}
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "letter_sha256": party.letter_sha256,
        "answers": [
            {
                "ref": reply.point.item.point.ref,
                "value": prepared[reply.pk].value if reply.pk in prepared else "",
                "text": prepared[reply.pk].text if reply.pk in prepared else "",
            }
            for reply in queries.replies(party)
        ],
        "files": [
            {"name": file.name, "sha256": file.file_sha256} for file in link.files.order_by("pk")
        ],
    }


def submit(*, link: AnswerLink) -> AnswerLink:
    """Send what is prepared, once: it is the answer of the candidate, and never changes.

    Raises LinkClosed, or NotThisWay when there is nothing to send.
    """
    with transaction.atomic():
        link, now = _used(link), timezone.now()
        party = _party(link)
        rows = link.prepared.exclude(value="", text="")
        rows = rows.select_related("reply__point__item__point")
        if not rows and not link.files.exists():
            raise NotThisWay(_("Répondez à un point au moins, ou joignez un document."))
        link.content_sha256 = canonical.sha256_of(content(link))
        for row in rows.order_by("pk"):
            _answer(party, row, link, now)
        for number, file in enumerate(link.files.order_by("pk"), party.files.count() + 1):
            _receive(party, file, number, link, now)
        exchanges.arrived(party, now, link)
        link.submitted_at = now
        link.save(update_fields=["submitted_at", "content_sha256"])
        exchanges.record_to(party, "sent_by_link", {"sha256": link.content_sha256}, by=link)
    return link


def _answer(party: ExchangeParty, row: LinkReply, link: AnswerLink, now: dt.datetime) -> None:
    reply = row.reply
    reply.value, reply.text = row.value, row.text
    reply.updated_at, reply.updated_by_link = now, link
    reply.save(update_fields=["value", "text", "updated_at", "updated_by_link"])
    told = {"before": "", "after": row.text} | ({"claim": row.value} if row.value else {})
    exchanges.record_to(party, "answered", told, by=link, ref=reply.point.item.point.ref)


def _receive(
    party: ExchangeParty, file: LinkFile, number: int, link: AnswerLink, now: dt.datetime
) -> None:
    ExchangeFile.objects.create(
        party=party,
        number=number,
        received_at=now,
        received_by_link=link,
        name=file.name,
        kind=file.kind,
        file_name=file.file_name,
        file_sha256=file.file_sha256,
        file_size=file.file_size,
    )
    told = {"name": file.name, "sha256": file.file_sha256}
    exchanges.record_to(party, "file_received", told, by=link)


def _party(link: AnswerLink) -> ExchangeParty:
    assert link.party, "the link of a letter"
    return link.party
