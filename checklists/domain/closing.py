"""Closing the reception of a checklist: the answers of every candidate are stopped at once."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.accounts.models import User
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import DomainError
from vendors.models import Tender

from ..models import Assessment, Checklist, LateFile
from . import answer_sets


class NotToBeClosed(DomainError):
    """Something must happen before the answers are stopped."""


def close_reception(*, checklist: Checklist, by: User) -> int:
    """Stop the answers of every candidate of a checklist: all of them, or none.

    Return how many were not stopped yet: what a candidate sends, or a colleague stops or signs, at
    the same instant is waited for. Raises NotToBeClosed.
    """
    with transaction.atomic():
        _lock(checklist)
        missing = missing_to_close(checklist)
        if missing:
            raise NotToBeClosed(missing[0])
        waiting = open_ones(checklist)
        for assessment in waiting:
            answer_sets.freeze(assessment=assessment, by=by)
    return len(waiting)


def _lock(checklist: Checklist) -> None:
    """Lock every assessment before the journal; none is started meanwhile."""
    Checklist.objects.select_for_update(no_key=True).get(pk=checklist.pk)
    found = Assessment.objects.select_for_update(no_key=True).filter(checklist=checklist)
    list(found.order_by("pk").values_list("pk"))


def open_ones(checklist: Checklist) -> list[Assessment]:
    """Return the assessments of a checklist whose answers may still change, by candidate."""
    return _by_candidate(
        Assessment.objects.filter(checklist=checklist, answers_frozen_at=None, signed_at=None)
    )


def signed_ones(checklist: Checklist) -> list[Assessment]:
    """Return the assessments that people signed before their answers were stopped."""
    return _by_candidate(
        Assessment.objects.filter(
            checklist=checklist,
            answers_frozen_at=None,
            signed_at__isnull=False,
            replaced_at=None,
        )
    )


def _by_candidate(found: QuerySet[Assessment]) -> list[Assessment]:
    return list(found.select_related("candidacy__vendor").order_by("candidacy__vendor__name", "pk"))


def missing_to_close(checklist: Checklist) -> list[str]:
    """Return what must happen first, each in a sentence; nothing when the answers may be stopped."""
    tender = checklist.lot.tender
    found = [_still_open(tender)]
    late = LateFile.objects.filter(reception__assessment__checklist=checklist, decision="").count()
    if late:
        found.append(
            ngettext(
                "%(n)d classeur hors délai attend votre décision.",
                "%(n)d classeurs hors délai attendent votre décision.",
                late,
            )
            % {"n": late}
        )
    if not open_ones(checklist):
        found.append(_("Aucun candidat n’a de réponses à arrêter."))
    return [sentence for sentence in found if sentence]


def _still_open(tender: Tender) -> str:
    if tender.deadline and tender.deadline > timezone.now():
        moment = date_format(timezone.localtime(tender.deadline), "j\u00a0N\u00a0Y, H:i")
        return _("Les offres sont attendues jusqu’au %(moment)s.") % {"moment": moment}
    if tender.waits_for_opening:
        return _("Enregistrez d’abord l’ouverture des plis de la consultation.")
    return ""
