"""A sealed document that came back signed by people, with another tool."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import SignedDecision
from .document import Document


class SignedFile(models.Model):
    """One file as it was received, the report of its checks, and what a person decided, once.

    A file that the checks refuse never becomes a row: the journal keeps its hash and the reasons.
    Nothing of a row changes but the decision, and that one only once (migration 0025).
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="signed_files")
    received_at = models.DateTimeField(_("Reçu le"))
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_as = models.CharField(_("Nom du fichier"), max_length=200)
    file_name = models.CharField(_("Fichier"), max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))
    report = models.JSONField(_("Rapport de vérification"))
    decision = models.CharField(
        _("Décision"), max_length=10, choices=SignedDecision.choices, blank=True
    )
    identity_confirmed = models.BooleanField(_("Identité confirmée"), default=False)
    delegation_confirmed = models.BooleanField(_("Délégation confirmée"), default=False)
    confirmed_name = models.CharField(_("Signataire"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("Décidé le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    scan_state: str
    """Given by scanning.with_scan, with what was found."""
    scan_signature: str

    class Meta:
        verbose_name = _("document signé")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "file_sha256"], name="signed_file_unique_a_document"
            ),
            models.CheckConstraint(
                condition=~models.Q(file_sha256="") & ~models.Q(file_name=""),
                name="signed_file_kept",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    decision=SignedDecision.ACCEPTED,
                    identity_confirmed=True,
                    delegation_confirmed=True,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                & ~models.Q(confirmed_name="")
                | models.Q(
                    decision=SignedDecision.SET_ASIDE,
                    identity_confirmed=False,
                    delegation_confirmed=False,
                    confirmed_name="",
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                | models.Q(
                    decision=SignedDecision.WAITING,
                    identity_confirmed=False,
                    delegation_confirmed=False,
                    confirmed_name="",
                    decided_at=None,
                    decided_by=None,
                ),
                name="signed_file_accepted_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Document signé {self.pk} · document {self.document_id}"

    @property
    def is_accepted(self) -> bool:
        """Whether a person confirmed who signed, and by what right."""
        return self.decision == SignedDecision.ACCEPTED
