"""The second look: what the RSSI, the DPO or the biomedical engineer say before publication."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role

from ..enums import ReadingVerdict
from .checklist import Checklist

TEXT_MAX_LENGTH = 4_000
READERS = (Role.CISO, Role.DPO, Role.BIOMEDICAL_ENGINEER)
"""The roles that may be asked."""


class Reading(models.Model):
    """One question to one role, and its answer. Frozen with its checklist (migration 0006).

    ``content_sha256`` is the fingerprint of what was read: the draft may change afterwards.
    """

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="readings")
    role = models.CharField(_("Demandée à"), max_length=20, choices=Role.choices)
    question = models.TextField(_("Question"), blank=True, max_length=TEXT_MAX_LENGTH)
    asked_at = models.DateTimeField(_("Demandée le"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    verdict = models.CharField(
        _("Avis"), max_length=10, choices=ReadingVerdict.choices, blank=True, default=""
    )
    remark = models.TextField(_("Remarques"), blank=True, max_length=TEXT_MAX_LENGTH)
    answered_at = models.DateTimeField(_("Donné le"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    content_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("relecture")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=READERS), name="reading_asked_of_a_specialist"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    verdict=ReadingVerdict.WAITING,
                    remark="",
                    answered_at=None,
                    answered_by=None,
                    content_sha256="",
                )
                | models.Q(
                    verdict__in=[ReadingVerdict.AGREED, ReadingVerdict.RESERVED],
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                )
                & ~models.Q(content_sha256=""),
                name="reading_answered_by_someone",
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict=ReadingVerdict.RESERVED, remark=""),
                name="reading_reserved_with_a_remark",
            ),
            models.UniqueConstraint(
                fields=["checklist", "role"],
                condition=models.Q(verdict=ReadingVerdict.WAITING),
                name="reading_waits_once_a_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id}: {self.role}"
