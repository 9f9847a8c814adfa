"""The sealed documents of an assessment, and where their production stands."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import DocumentState
from .assessment import Assessment


class Document(models.Model):
    """One sealed PDF of one assessment. ``number`` counts the editions of the assessment.

    ``content`` is the frozen canonical data the PDF is made of, taken when it is asked for: a
    worker that takes over after a crash renders the same document. ``lease_until`` says until
    when a worker may be believed to be alive; ``attempts`` tells the workers apart: only the one
    that raised it last may write the result. ``requested_by`` is empty when the operator asked
    for it from a terminal.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="documents")
    number = models.PositiveIntegerField(_("Numéro"))
    state = models.CharField(
        _("État"), max_length=10, choices=DocumentState.choices, default=DocumentState.QUEUED
    )
    requested_at = models.DateTimeField(_("Demandé le"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    content = models.JSONField(_("Données figées"))
    content_sha256 = models.CharField(_("Empreinte des données"), max_length=64)
    attempts = models.PositiveSmallIntegerField(_("Essais"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    progress = models.CharField(_("Étape"), max_length=100, blank=True)
    finished_at = models.DateTimeField(_("Terminé le"), null=True, blank=True)
    file_name = models.CharField(_("Fichier"), max_length=200, blank=True)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64, blank=True)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"), default=0)
    page_count = models.PositiveIntegerField(_("Pages"), default=0)
    seal = models.JSONField(_("Sceau"), null=True, blank=True)
    """Level, certificate and dates of the seal, as it was checked; none before migration 0035."""
    error = models.TextField(_("Motif de l’échec"), blank=True)

    class Meta:
        verbose_name = _("document scellé")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "number"], name="document_number_unique"),
            models.UniqueConstraint(
                fields=["file_sha256"],
                condition=~models.Q(file_sha256=""),
                name="document_file_unique",
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state=DocumentState.READY, finished_at__isnull=False)
                    & ~models.Q(file_sha256="")
                    & ~models.Q(file_name="")
                )
                | (models.Q(state=DocumentState.FAILED, file_sha256="") & ~models.Q(error=""))
                | models.Q(
                    state__in=[DocumentState.QUEUED, DocumentState.RUNNING],
                    finished_at=None,
                    file_sha256="",
                ),
                name="document_state_agrees",
            ),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="document_waiting")]

    def __str__(self) -> str:
        return f"Document {self.number} · évaluation {self.assessment_id}"
