"""Chapters of an assessment: given to a person, declared finished, taken up again.

Finishing is a declaration, not a count: a chapter may be declared finished with points that wait
for a score, and then it is « À corriger ». Nothing is locked by it.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts import queries as people
from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, StaleVersion

from ..models import Assessment, ChapterWork, ChecklistItem
from . import answering
from .assessments import subject_of
from .queries.grid import Catalogue


class UnknownChapter(DomainError):
    """The checklist asks nothing in this chapter."""


class NotAMember(DomainError):
    """The person doesn't work for the facility of the assessment."""


class WorkChanged(StaleVersion):
    """Somebody else gave the chapter to another person since the caller read it."""


def finish_chapter(*, assessment_id: int, position: int, texts: Catalogue, by: User) -> ChapterWork:
    """Declare finished the chapter shown at ``position``; a chapter that is finished stays so."""
    return _declare(assessment_id, position, texts, is_finished=True, by=by)


def reopen_chapter(*, assessment_id: int, position: int, texts: Catalogue, by: User) -> ChapterWork:
    """Take back the declaration; a chapter that is open stays so."""
    return _declare(assessment_id, position, texts, is_finished=False, by=by)


def not_a_member() -> str:
    """Say that one may not be given a chapter; the same of an account elsewhere and of none."""
    return _("Cette personne n’est pas membre de l’établissement : choisissez un autre nom.")


def assign_chapter(
    *,
    assessment_id: int,
    position: int,
    texts: Catalogue,
    assignee: User | None,
    base_version: int,
    by: User,
) -> ChapterWork:
    """Give the chapter to a member of the facility, or to nobody.

    ``base_version`` is the version of the work when the caller read it. Raises NotAMember, or
    WorkChanged when somebody else wrote meanwhile.
    """
    with transaction.atomic():
        work = _locked_work(assessment_id, position, texts)
        facility_id = work.assessment.facility_id
        if assignee and not people.roles_in(assignee, facility_id):
            raise NotAMember(not_a_member())
        if work.assignee_id == (assignee.pk if assignee else None):
            return work
        if work.version > base_version:
            raise WorkChanged(
                _("Quelqu’un d’autre a modifié ce chapitre entre-temps : relisez, puis confiez-le.")
            )
        data = {"before": work.assignee_id, "after": assignee.pk if assignee else None}
        work.assignee = assignee
        _save(work, "assigned", position, texts, data, by=by)
    return work


def _declare(
    assessment_id: int, position: int, texts: Catalogue, *, is_finished: bool, by: User
) -> ChapterWork:
    with transaction.atomic():
        work = _locked_work(assessment_id, position, texts)
        if work.is_finished == is_finished:
            return work
        work.finished_at = timezone.now() if is_finished else None
        work.finished_by = by if is_finished else None
        _save(work, "finished" if is_finished else "reopened", position, texts, {}, by=by)
    return work


def _locked_work(assessment_id: int, position: int, texts: Catalogue) -> ChapterWork:
    """Lock the assessment, as every writer does, then read or prepare the row of the chapter.

    Raises UnknownChapter, or SignedForEver.
    """
    chapter = texts.chapters.get(position)
    assessment = Assessment.objects.select_for_update(no_key=True).get(pk=assessment_id)
    answering.require_unsigned(assessment)
    if chapter is None or not _asks(assessment, texts.positions_under(position)):
        raise UnknownChapter(_("Ce chapitre n’est pas demandé dans ce lot."))
    work = ChapterWork.objects.filter(assessment=assessment, chapter=chapter.pk).first()
    if work is None:
        return ChapterWork(assessment=assessment, chapter_id=chapter.pk)
    work.assessment = assessment
    return work


def _asks(assessment: Assessment, positions: list[int]) -> bool:
    items = ChecklistItem.objects.filter(checklist=assessment.checklist_id, is_applicable=True)
    return items.filter(position__in=positions).exists()


def _save(
    work: ChapterWork,
    act: str,
    position: int,
    texts: Catalogue,
    data: dict[str, int | None],
    *,
    by: User,
) -> None:
    work.version += 1
    columns = ["assignee", "finished_at", "finished_by", "version"]
    work.save(update_fields=columns if work.version > 1 else None)
    journal.record(
        tenant=work.assessment.facility_id,
        action=f"chapter.{act}",
        subject=subject_of(work.assessment_id, f"chapter/{position}"),
        data={"chapter": texts.chapters[position].ref, "version": work.version} | data,
        by=by.pk,
    )
