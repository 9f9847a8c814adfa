"""What was found wrong in a text of a clausier after its publication."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .clausier import ClausierVersion, ControlPoint


class Erratum(models.Model):
    """A dated remark on one point of a published version, whose text stays as it is.

    The database refuses to change or to remove one: a mistaken erratum is corrected by the next.
    """

    version = models.ForeignKey(ClausierVersion, models.PROTECT, related_name="errata")
    point = models.ForeignKey(ControlPoint, models.PROTECT, related_name="errata")
    number = models.PositiveIntegerField(_("Numéro"))
    date = models.DateField(_("Date"))
    text = models.TextField(_("Erratum"))
    source = models.TextField(_("Source"))
    recorded_at = models.DateTimeField(_("Chargé le"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Nobody when a command loaded it."""

    class Meta:
        verbose_name = _("erratum")
        verbose_name_plural = _("errata")
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="erratum_number_unique"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="erratum_number_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(text="") & ~models.Q(source=""),
                name="erratum_with_text_and_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.number}"
