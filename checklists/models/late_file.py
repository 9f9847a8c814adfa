"""Files deposited after the deadline: told when they are received, then decided once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import LateDecision
from .reception import Reception


class LateFile(models.Model):
    """A received file that reached the buyer profile after the deadline.

    The buyer says when it did: the time at which it came in here tells nothing. A decision is
    taken once, with its reason; nothing changes it (migration 0016).
    """

    reception = models.OneToOneField(Reception, models.PROTECT, related_name="late")
    deposited_at = models.DateTimeField(_("Déposé le"))
    deadline = models.DateTimeField(_("Date limite de remise des offres"))
    decision = models.CharField(
        _("Décision"), max_length=10, choices=LateDecision.choices, blank=True
    )
    reason = models.TextField(_("Motif"), blank=True)
    decided_at = models.DateTimeField(_("Décidé le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("dépôt hors délai")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(deposited_at__gt=models.F("deadline")),
                name="late_file_after_the_deadline",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="", reason="", decided_at=None, decided_by=None)
                | models.Q(
                    decision__in=[LateDecision.KEPT_OUT, LateDecision.ADMITTED],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                & ~models.Q(reason=""),
                name="late_file_decided_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Dépôt hors délai · classeur {self.reception_id}"

    @property
    def is_admitted(self) -> bool:
        """Whether the file counts like one that was in time."""
        return self.decision == LateDecision.ADMITTED
