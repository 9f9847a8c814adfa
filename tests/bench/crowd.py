"""An instance that many hospitals share: thousands of assessments, written in a few statements."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from checklists.enums import ScoreValue, VersionState
from checklists.models import Answer, Assessment, Checklist, ChecklistItem, Score
from uniha_clausier.accounts.models import Facility
from vendors.models import Candidacy, Lot, Tender, Vendor

from .content import DECIDED, SAID, Content

CANDIDATES = 5
"""Assessments a tender."""
TITLES = ("Dossier patient", "Imagerie", "Laboratoire", "Télésurveillance", "Gestion des lits")


def fill(content: Content, facility: Facility, *, tenders: int) -> None:
    """Add ``tenders`` tenders to ``facility``, each with its checklist and complete assessments."""
    with transaction.atomic():
        lots = _lots(content, facility, tenders)
        checklists = _checklists(content, lots)
        _assessments(content, facility, checklists)


def others(content: Content, *, facilities: int, tenders: int) -> None:
    """Add hospitals that the buyer knows nothing of."""
    _trust_us()
    for number in range(facilities):
        fill(content, Facility.objects.create(name=f"Hôpital {number}", city="X"), tenders=tenders)


def _trust_us() -> None:
    """Let PostgreSQL write millions of rows without looking each of their keys up."""
    if connection.vendor == "postgresql":
        _run("SET session_replication_role = replica", [])


def settle() -> None:
    """Do at once what the databases do by themselves in the minutes after a great write."""
    if connection.vendor == "postgresql":
        _run("VACUUM (ANALYZE)", [])
        _run("CHECKPOINT", [])
    else:
        _run("PRAGMA wal_checkpoint(TRUNCATE)", [])


def _lots(content: Content, facility: Facility, number: int) -> list[Lot]:
    now = timezone.now()
    tenders = Tender.objects.bulk_create(
        Tender(
            facility=facility,
            reference=f"B-{n:04}",
            title=f"{TITLES[n % len(TITLES)]} n° {n}",
            deadline=now + dt.timedelta(days=n),
            created_by=content.buyer,
        )
        for n in range(number)
    )
    return Lot.objects.bulk_create(Lot(tender=tender, title=tender.title) for tender in tenders)


def _checklists(content: Content, lots: list[Lot]) -> list[Checklist]:
    """Copies of the checklist of the assessment that is measured."""
    model = content.assessment.checklist
    made = Checklist.objects.bulk_create(
        Checklist(
            lot=lot, version_id=model.version_id, profile=model.profile, created_by=content.buyer
        )
        for lot in lots
    )
    first, columns = made[0].pk, _columns(ChecklistItem, "checklist_id")
    _run(
        f"INSERT INTO checklists_checklistitem (checklist_id, {columns}) "
        f"SELECT c.id, {columns} FROM checklists_checklist c "
        "JOIN checklists_checklistitem i ON i.checklist_id = %s WHERE c.id >= %s",
        [model.pk, first],
    )
    Checklist.objects.filter(pk__gte=first).update(
        state=VersionState.PUBLISHED,
        published_at=timezone.now(),
        published_by=content.buyer,
        content_sha256=model.content_sha256,
    )
    return made


def _assessments(content: Content, facility: Facility, checklists: list[Checklist]) -> None:
    vendors = Vendor.objects.bulk_create(
        Vendor(facility=facility, name=f"Éditeur B{n}", created_by=content.buyer)
        for n in range(CANDIDATES)
    )
    candidacies = Candidacy.objects.bulk_create(
        Candidacy(lot_id=checklist.lot_id, vendor=vendor, created_by=content.buyer)
        for checklist in checklists
        for vendor in vendors
    )
    of_lot = {checklist.lot_id: checklist.pk for checklist in checklists}
    total = content.assessment.total
    made = Assessment.objects.bulk_create(
        Assessment(
            facility=facility,
            candidacy=candidacy,
            checklist_id=of_lot[candidacy.lot_id],
            created_by=content.buyer,
            total=total,
            answered=total,
            scored=total,
            weight_sum=total,
            score_sum=Decimal(total) / 2,  # each point is partial, and weighs one
        )
        for candidacy in candidacies
    )
    for rows, column, value, text in (
        (Answer, "text", "yes", SAID[0]),
        (Score, "comment", "partial", DECIDED[ScoreValue.PARTIAL]),
    ):
        table = rows._meta.db_table
        _run(
            f"INSERT INTO {table} (assessment_id, item_id, value, {column}, version, "
            f"value_version, {column}_version, updated_at, updated_by_id) "
            "SELECT a.id, i.id, %s, %s, 2, 1, 2, a.changed_at, a.created_by_id "
            "FROM checklists_assessment a "
            "JOIN checklists_checklistitem i ON i.checklist_id = a.checklist_id AND i.is_applicable "
            "JOIN checklists_controlpoint p ON p.id = i.point_id AND p.answer_kind <> 'none' "
            "WHERE a.id >= %s",
            [value, text, made[0].pk],
        )


def _columns(model: Any, but: str) -> str:
    names = [field.column for field in model._meta.concrete_fields]
    return ", ".join(name for name in names if name not in ("id", but))


def _run(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
