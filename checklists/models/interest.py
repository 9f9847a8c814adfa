"""What each reviewer declares of their own interests in a tender."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vendors.models import Tender

from ..enums import Interest

REASON_MAX_LENGTH = 2_000


class InterestDeclaration(models.Model):
    """No conflict of interest, or a withdrawal: one of each at most, kept as it was (migration 0027).

    Who declared none may withdraw later; who withdrew never comes back to the same tender.
    """

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="interest_declarations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    value = models.CharField(_("Déclaration"), max_length=10, choices=Interest.choices)
    reason = models.TextField(_("Précisions"), blank=True, max_length=REASON_MAX_LENGTH)
    declared_at = models.DateTimeField(_("Déclaré le"))

    class Meta:
        verbose_name = _("déclaration d’intérêts")
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "person", "value"], name="interest_declared_once"
            ),
            models.CheckConstraint(
                condition=models.Q(value__in=[Interest.CLEAR, Interest.WITHDRAWN]),
                name="interest_value_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}/{self.person_id}: {self.value}"
