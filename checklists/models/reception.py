"""The files that candidates sent, as they were received, and what was taken over from them."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .assessment import Assessment

if TYPE_CHECKING:
    from .late_file import LateFile


class Reception(models.Model):
    """One answer file of one candidate, kept as received: a row never changes (migration 0008).

    ``number`` counts the files of the assessment; a second file never replaces the first.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="receptions")
    number = models.PositiveIntegerField(_("Numéro"))
    received_at = models.DateTimeField(_("Reçu le"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Déposé par")
    )
    sent_as = models.CharField(_("Nom du fichier"), max_length=200)
    kind = models.CharField(_("Format"), max_length=4)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))

    scan_state: str
    """Given by scanning.with_scan, with what was found."""
    scan_signature: str

    class Meta:
        verbose_name = _("classeur reçu")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "number"], name="reception_number_unique"
            ),
            models.UniqueConstraint(
                fields=["assessment", "file_sha256"], name="reception_file_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["xlsx", "ods", "csv"]), name="reception_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, file_size__gte=1)
                & ~models.Q(file_name="")
                & ~models.Q(file_sha256=""),
                name="reception_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"Classeur {self.number} · évaluation {self.assessment_id}"

    @property
    def lateness(self) -> "LateFile | None":
        """That it came after the deadline, and what is decided; None when it was in time."""
        return getattr(self, "late", None)


class TakeOver(models.Model):
    """The answers of a reception written into the grid, as one act; never changed afterwards.

    ``decisions`` are the doubts that the buyer settled: cell, point, what was read, what was kept.
    """

    reception = models.ForeignKey(Reception, models.PROTECT, related_name="takeovers")
    at = models.DateTimeField(_("Repris le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed = models.PositiveIntegerField(_("Valeurs modifiées"))
    decisions = models.JSONField(_("Décisions"), default=list)

    class Meta:
        verbose_name = _("reprise d’un classeur")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(changed__gte=1), name="takeover_changes_something"
            )
        ]

    def __str__(self) -> str:
        return f"Reprise {self.pk} · classeur {self.reception_id}"
