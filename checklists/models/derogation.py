"""What the buyer sets aside or rewords in the CCTP, point by point."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import DerogationKind
from .checklist import ChecklistItem


class Derogation(models.Model):
    """A point waived or reworded before publication, with its reason; frozen with the checklist."""

    item = models.OneToOneField(ChecklistItem, models.CASCADE, related_name="derogation")
    kind = models.CharField(_("Dérogation"), max_length=7, choices=DerogationKind.choices)
    wording = models.TextField(_("Rédaction adaptée"), blank=True)
    reason = models.TextField(_("Motif"))
    decided_at = models.DateTimeField(_("Décidée le"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("dérogation")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=DerogationKind.WAIVED, wording="")
                | (models.Q(kind=DerogationKind.ADAPTED) & ~models.Q(wording="")),
                name="derogation_adapted_with_wording",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="derogation_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.kind}"
