"""Who works on which part of an assessment: chapters given and finished, and who is here now."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .assessment import Assessment
from .clausier import Chapter


class ChapterWork(models.Model):
    """One chapter of one assessment: the person it is given to, and who declared it finished.

    A row comes with the first of both facts; a chapter without a row is nobody's and unfinished.
    The facility is the assessment's; ``domain.chapter_work`` checks that the assignee is a member.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="chapter_works")
    chapter = models.ForeignKey(Chapter, models.PROTECT, related_name="works")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("Confié à"),
        null=True,
        blank=True,
        related_name="chapter_works",
    )
    finished_at = models.DateTimeField(_("Terminé le"), null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("travail sur un chapitre")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "chapter"], name="chapter_work_unique"),
            models.CheckConstraint(
                condition=models.Q(finished_at=None, finished_by=None)
                | models.Q(finished_at__isnull=False, finished_by__isnull=False),
                name="chapter_work_finished_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.chapter_id}"

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


class Presence(models.Model):
    """Where a person was last seen in an assessment. It informs; it never locks.

    The row is overwritten by each sign of life and means nothing once it is old
    (``domain.presence.LASTS``): it is no evidence, so it goes with the person.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="presences")
    chapter = models.ForeignKey(Chapter, models.CASCADE, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(_("Vu le"))

    class Meta:
        verbose_name = _("présence")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "user"], name="presence_unique")
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.user_id}"
