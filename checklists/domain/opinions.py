"""Opinions: a buyer asks a role or a person by a date, and what is filed is never rewritten.

A question may be withdrawn while nobody has answered it. An opinion that changes is a new one,
which names the former. One filed after the date is kept like the others, and said to be late.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, StaleVersion

from ..enums import OpinionValue
from ..models import Assessment, Opinion, OpinionRequest
from . import answering
from .assessments import scored_items, subject_of, touch
from .queries import opinions as queries
from .queries.assessment_versions import up_to


class NotAskable(DomainError):
    """The question can't be asked, or taken back; the sentence says why."""


class NotFiled(DomainError):
    """The opinion can't be kept as it is; the sentence says why."""


@dataclass(frozen=True)
class Question:
    """What is asked, of a role or of a person, by when, and on which points (none: the whole)."""

    text: str
    due_on: dt.date
    role: str = ""
    person: User | None = None
    chapter: str = ""
    refs: tuple[str, ...] = ()


def ask(*, assessment: Assessment, question: Question, by: User) -> OpinionRequest:
    """Ask for an opinion. Raises SignedForEver or NotAskable."""
    with transaction.atomic():
        assessment = _locked(assessment.pk)
        now = timezone.now()
        _check(assessment, question, now)
        asked = OpinionRequest.objects.create(
            assessment=assessment,
            number=OpinionRequest.objects.filter(up_to(assessment)).count() + 1,
            role=question.role,
            person=question.person,
            chapter=question.chapter,
            refs="\n".join(question.refs),
            question=question.text,
            due_on=question.due_on,
            asked_at=now,
            asked_by=by,
        )
        touch(assessment, now)
        data = {
            "role": question.role,
            "person": question.person.pk if question.person else None,
            "refs": list(question.refs),
            "question": question.text,
            "due_on": question.due_on.isoformat(),
        }
        _record(asked, "opinion.asked", data, now, by)
    return asked


def withdraw(*, asked: OpinionRequest, by: User) -> None:
    """Take a question back. Raises SignedForEver, or NotAskable once somebody has answered it."""
    with transaction.atomic():
        asked = _locked_request(asked)
        if asked.opinions.exists():
            raise NotAskable(_("L’avis vient d’être rendu : il reste au dossier."))
        now = timezone.now()
        asked.withdrawn_at, asked.withdrawn_by = now, by
        asked.save(update_fields=["withdrawn_at", "withdrawn_by"])
        touch(asked.assessment, now)
        _record(asked, "opinion.withdrawn", {}, now, by)


def file(*, asked: OpinionRequest, value: str, text: str, base: int, by: User) -> Opinion:
    """File an opinion, or a new one that replaces the last. ``base`` is the number that was read.

    Raises SignedForEver, NotAskable for a question taken back, NotFiled for an opinion without its
    reasons, or StaleVersion when a colleague filed one meanwhile.
    """
    if value != OpinionValue.FAVOURABLE and not text:
        raise NotFiled(_("Écrivez vos motifs : l’acheteur doit savoir ce qui vous arrête."))
    with transaction.atomic():
        asked = _locked_request(asked)
        former = asked.opinions.order_by("-number").first()
        if (former.number if former else 0) != base:
            raise StaleVersion(
                _("Un avis vient d’être rendu sur cette demande : lisez-le avant de continuer.")
            )
        now = timezone.now()
        filed = Opinion.objects.create(
            request=asked,
            number=base + 1,
            replaces=former,
            value=value,
            text=text,
            filed_at=now,
            filed_by=by,
            in_place_of_id=journal.principal(
                actor=by.pk, tenant=asked.assessment.facility_id, role=asked.role
            ),
        )
        touch(asked.assessment, now)
        data = {"number": filed.number, "value": value, "text": text, "is_late": filed.is_late}
        _record(asked, "opinion.filed", data, now, by)
    return filed


def _check(assessment: Assessment, question: Question, now: dt.datetime) -> None:
    if question.due_on < timezone.localdate(now):
        raise NotAskable(_("La date est passée : donnez-en une à venir."))
    unknown = set(question.refs) - {item.point.ref for item in scored_items(assessment.checklist)}
    if unknown:
        raise NotAskable(
            _("Ces points ne sont pas demandés dans ce lot : %(refs)s.")
            % {"refs": ", ".join(sorted(unknown))}
        )
    candidates = queries.people(assessment)
    if question.person is not None:
        if question.person.pk not in {person.pk for person, _roles in candidates}:
            raise NotAskable(
                _("%(name)s ne peut pas rendre d’avis dans cette consultation.")
                % {"name": question.person}
            )
    elif not any(question.role in roles for _person, roles in candidates):
        raise NotAskable(
            _("Personne ne peut rendre cet avis au titre du rôle %(role)s.")
            % {"role": Role(question.role).label}
        )


def _locked(pk: int) -> Assessment:
    assessment = (
        Assessment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("checklist__version", "candidacy__lot__tender")
        .get(pk=pk)
    )
    answering.require_unsigned(assessment)
    return assessment


def _locked_request(asked: OpinionRequest) -> OpinionRequest:
    """Return a request that is still open, under the lock of its assessment."""
    assessment = _locked(asked.assessment_id)
    current = OpinionRequest.objects.get(pk=asked.pk)
    current.assessment = assessment
    if current.withdrawn_at:
        raise NotAskable(_("Cette demande d’avis a été retirée."))
    return current


def _record(
    asked: OpinionRequest, action: str, data: dict[str, Any], at: dt.datetime, by: User
) -> None:
    journal.record(
        tenant=asked.assessment.facility_id,
        action=action,
        subject=subject_of(asked.assessment_id),
        data={"request": asked.number, **data},
        at=at,
        by=by.pk,
    )
