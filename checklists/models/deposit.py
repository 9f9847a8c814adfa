"""The files that came in together for one checklist, each before it is a candidate's."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import AttributionClue
from .checklist import Checklist
from .reception import Reception


class Deposit(models.Model):
    """One file dropped on the page of a checklist: waiting for its candidate, or become a reception.

    It is kept at once and read later. A file that cannot be read is told with its reason and is not
    kept. What was received never changes; a file is read once (migration 0041), and finds its
    candidate once (migration 0014).
    """

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="deposits")
    received_at = models.DateTimeField(_("Reçu le"))
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_as = models.CharField(_("Nom du fichier"), max_length=200)
    deposited_at = models.DateTimeField(_("Déposé hors délai le"), null=True, blank=True)
    kind = models.CharField(_("Format"), max_length=4, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))
    is_read = models.BooleanField(_("Lu"), default=True, db_default=True)
    refusal = models.TextField(_("Motif du refus"), blank=True)
    told = models.JSONField(_("Ce que dit le fichier"), default=dict)
    reception = models.OneToOneField(
        Reception, models.PROTECT, null=True, blank=True, related_name="deposit"
    )
    clue = models.CharField(
        _("Attribué d’après"), max_length=10, choices=AttributionClue.choices, blank=True
    )

    scan_state: str
    """Given by scanning.with_scan, with what was found."""
    scan_signature: str

    class Meta:
        verbose_name = _("fichier déposé")
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "file_sha256"],
                condition=models.Q(refusal=""),
                name="deposit_file_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(refusal="", kind__in=["xlsx", "ods", "csv"])
                & ~models.Q(file_name="")
                | ~models.Q(refusal="") & models.Q(kind="", file_name="", reception=None),
                name="deposit_kept_or_refused",
            ),
            models.CheckConstraint(
                condition=models.Q(reception=None, clue="")
                | models.Q(reception__isnull=False, clue__in=AttributionClue.values),
                name="deposit_attributed_by_a_clue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sent_as} · check-list {self.checklist_id}"
