"""A sealed or signed file made to last: the same file, with its proofs, under a time-stamp."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .document import Document
from .signed_file import SignedFile


class LongTermCopy(models.Model):
    """One copy, made once: a row never changes (migration 0035).

    It extends the file of ``document``, or that of ``signed_file`` when there is one, byte for
    byte: that one stays as it is. ``number`` counts the copies of one file, each of which extends
    the one before; ``good_until`` is the end of the certificate of the last time-stamp.
    """

    document = models.ForeignKey(Document, models.PROTECT, related_name="long_term_copies")
    signed_file = models.ForeignKey(
        SignedFile, models.PROTECT, null=True, blank=True, related_name="long_term_copies"
    )
    number = models.PositiveIntegerField(_("Numéro"))
    made_at = models.DateTimeField(_("Prolongé le"))
    good_until = models.DateTimeField(_("Prolongé jusqu’au"))
    extends_sha256 = models.CharField(_("Empreinte du fichier prolongé"), max_length=64)
    file_name = models.CharField(_("Fichier"), max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64, unique=True)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))

    class Meta:
        verbose_name = _("copie prolongée")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"],
                condition=models.Q(signed_file=None),
                name="long_term_copy_number_a_document",
            ),
            models.UniqueConstraint(
                fields=["signed_file", "number"],
                condition=models.Q(signed_file__isnull=False),
                name="long_term_copy_number_a_signed_file",
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, good_until__gt=models.F("made_at"))
                & ~models.Q(file_name="")
                & ~models.Q(file_sha256="")
                & ~models.Q(extends_sha256=""),
                name="long_term_copy_lasts",
            ),
        ]

    def __str__(self) -> str:
        return f"Copie prolongée {self.number} · document {self.document_id}"
