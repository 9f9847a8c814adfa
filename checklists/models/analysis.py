"""The section that a checklist gives to the rapport d'analyse des offres: its texts, its editions."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .checklist import Checklist

KEY_MAX_LENGTH = 40
TEXT_MAX_LENGTH = 40_000


class AnalysisText(models.Model):
    """A part of the section as the buyer wrote it; without a row, the proposed text stands.

    ``proposed_sha256`` is the hash of the text that was proposed then: another one says that the
    data changed since.
    """

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="analysis_texts")
    key = models.CharField(_("Partie"), max_length=KEY_MAX_LENGTH)
    text = models.TextField(_("Texte"), blank=True, max_length=TEXT_MAX_LENGTH)
    proposed_sha256 = models.CharField(_("Empreinte du texte proposé"), max_length=64)
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField(_("Modifié le"))
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("texte du rapport d’analyse")
        constraints = [
            models.UniqueConstraint(fields=["checklist", "key"], name="analysis_text_unique"),
            models.CheckConstraint(
                condition=models.Q(version__gt=0) & ~models.Q(key=""), name="analysis_text_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id}/{self.key}"


class AnalysisReport(models.Model):
    """One edition of the section, frozen under its hash: a row never changes (migration 0038)."""

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="analysis_reports")
    number = models.PositiveIntegerField(_("Numéro"))
    content = models.JSONField(_("Contenu"))
    content_sha256 = models.CharField(_("Empreinte du contenu"), max_length=64)
    made_at = models.DateTimeField(_("Arrêtée le"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("rapport d’analyse")
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "number"], name="analysis_report_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1) & ~models.Q(content_sha256=""),
                name="analysis_report_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"Rapport d’analyse {self.number} · check-list {self.checklist_id}"
