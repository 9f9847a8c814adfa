"""The files handed over to the procurement department: one ZIP of everything about a tender."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vendors.models import Tender


class Dossier(models.Model):
    """One edition of the dossier of a tender, made once: a row never changes (migration 0022).

    ``manifest_sha256`` is the hash of the list of its files, each with its own hash.
    """

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="dossiers")
    number = models.PositiveIntegerField(_("Numéro"))
    made_at = models.DateTimeField(_("Produit le"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    """Nobody when the operator asked for it from a terminal."""
    file_name = models.CharField(_("Fichier"), max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))
    file_count = models.PositiveIntegerField(_("Pièces"))
    manifest_sha256 = models.CharField(_("Empreinte du bordereau"), max_length=64)

    class Meta:
        verbose_name = _("dossier du marché")
        constraints = [
            models.UniqueConstraint(fields=["tender", "number"], name="dossier_number_unique"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, file_size__gte=1)
                & ~models.Q(file_name="")
                & ~models.Q(file_sha256="")
                & ~models.Q(manifest_sha256=""),
                name="dossier_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"Dossier {self.number} · consultation {self.tender_id}"
