"""The values that a checklist gives to the points that wait for the CCTP."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import CctpUnit
from .checklist import Checklist


class CctpParameter(models.Model):
    """One value given by the buyer, frozen with its checklist; its meaning is in domain.cctp."""

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="parameters")
    key = models.CharField(_("Paramètre"), max_length=40)
    amount = models.PositiveIntegerField(_("Durée"), null=True, blank=True)
    unit = models.CharField(_("Unité"), max_length=5, choices=CctpUnit.choices, blank=True)
    choice = models.CharField(_("Choix"), max_length=20, blank=True)
    detail = models.TextField(_("Texte"), blank=True)
    set_at = models.DateTimeField(_("Donné le"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("paramètre du CCTP")
        constraints = [
            models.UniqueConstraint(fields=["checklist", "key"], name="cctp_parameter_unique"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True, unit="")
                | models.Q(amount__isnull=False, amount__gte=1, unit__in=CctpUnit.values),
                name="cctp_parameter_amount_has_unit",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=False) | ~models.Q(choice="", detail=""),
                name="cctp_parameter_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id}: {self.key}"
