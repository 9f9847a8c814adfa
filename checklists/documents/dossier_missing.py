"""What the dossier of a tender would still need: said before it is made, and written in it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import scanning
from vendors.models import Tender

from ..domain.queries import evidence as evidence_queries
from ..domain.queries import opinions as opinion_queries
from ..domain.queries import scans
from ..domain.queries.late_files import OUT_OF_TIME
from ..enums import DocumentState, VersionState
from ..models import Assessment, Checklist, Deposit, Exchange, LateFile


def missing(tender: Tender) -> list[str]:
    """Return what a complete dossier would still need, as sentences."""
    drafts = Checklist.objects.filter(lot__tender=tender, state=VersionState.DRAFT)
    found = [
        _("%(name)s, édition %(number)d : la check-list n’est pas publiée, elle n’y est pas.")
        % {"name": checklist.version.title, "number": checklist.edition}
        for checklist in drafts.select_related("version__clausier", "lot").order_by("pk")
    ]
    found += _unsettled_files(tender)
    found += _held_back(tender)
    found += evidence_queries.expired(tender, timezone.localdate())
    found += _open_exchanges(tender)
    found += _awaited_opinions(tender)
    found += _reports(tender)
    for assessment in _assessments(tender):
        name = assessment.candidacy.vendor.name
        told = {"name": name, "clausier": assessment.checklist.version.title}
        if assessment.missing:
            found.append(_("%(name)s : l’évaluation (%(clausier)s) n’est pas complète.") % told)
        elif not hasattr(assessment, "decision"):
            found.append(_("%(name)s : l’évaluation (%(clausier)s) n’est pas décidée.") % told)
        if not _is_sealed(assessment):
            found.append(
                _("%(name)s : pas de PDF scellé à jour de l’évaluation (%(clausier)s).") % told
            )
    return found


def _unsettled_files(tender: Tender) -> list[str]:
    """Say which received files nobody was given, and which late ones wait for a decision."""
    waiting = Deposit.objects.filter(checklist__lot__tender=tender, refusal="", reception=None)
    late = LateFile.objects.filter(
        reception__assessment__candidacy__lot__tender=tender, decision=""
    ).select_related("reception__assessment__candidacy__vendor")
    return [
        _("%(name)s : ce fichier attend son candidat.") % {"name": deposit.sent_as}
        for deposit in waiting.order_by("pk")
    ] + [
        _("%(name)s : un classeur hors délai attend une décision.")
        % {"name": each.reception.assessment.candidacy.vendor.name}
        for each in late.order_by("pk")
    ]


def _held_back(tender: Tender) -> list[str]:
    """Name the files that people sent and that the antivirus keeps out of the dossier."""
    told = scans.of_tender(tender)
    reasons = [(name, scanning.why_not_served(state)) for name, state in told]
    return [f"{name} : {reason}" for name, reason in reasons if reason]


def _open_exchanges(tender: Tender) -> list[str]:
    """Say which letters to candidates are not closed yet."""
    waiting = Exchange.objects.filter(checklist__lot__tender=tender, closed_at=None)
    return [
        _("%(name)s : cette demande n’est pas close.") % {"name": exchange}
        for exchange in waiting.order_by("created_at", "pk")
    ]


def _awaited_opinions(tender: Tender) -> list[str]:
    """Say which opinions nobody has filed yet."""
    waiting = opinion_queries.open_ones().filter(assessment__candidacy__lot__tender=tender)
    found = waiting.select_related("person", "assessment__candidacy__vendor")
    return [
        _("%(vendor)s : %(asked)s, demandé à %(who)s, n’est pas rendu.")
        % {"vendor": one.assessment.candidacy.vendor.name, "asked": one, "who": one.asked_of}
        for one in found.order_by("due_on", "pk")
    ]


def _reports(tender: Tender) -> list[str]:
    """Say which clausier has candidates and no edition of its analysis report."""
    found = Checklist.objects.filter(lot__tender=tender, assessments__isnull=False)
    without = found.filter(analysis_reports=None).select_related("version", "lot").distinct()
    return [
        _("%(clausier)s : le rapport d’analyse n’est pas arrêté.") % {"clausier": one.version.title}
        for one in without.order_by("lot__number", "pk")
    ]


def _assessments(tender: Tender) -> list[Assessment]:
    """Those that are analysed: nothing is awaited of a candidate that came too late."""
    found = Assessment.objects.filter(~OUT_OF_TIME, candidacy__lot__tender=tender, replaced_at=None)
    return list(
        found.select_related("candidacy__vendor", "checklist__version", "decision").order_by(
            "candidacy__vendor__name", "pk"
        )
    )


def _is_sealed(assessment: Assessment) -> bool:
    return assessment.documents.filter(
        state=DocumentState.READY, requested_at__gte=assessment.changed_at
    ).exists()
