"""What a candidate prepares behind the link of a letter, before it is sent.

None of it is an answer until it is sent: then it is copied into the rows that the buyer reads, and
never changes here either (migration 0037).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Claim
from .answer_link import AnswerLink
from .evidence import EVIDENCE_KINDS
from .exchange import ExchangeReply


class LinkReply(models.Model):
    """What is prepared on one point asked; versions as those of an answer, for two windows at once."""

    link = models.ForeignKey(AnswerLink, models.PROTECT, related_name="prepared")
    reply = models.ForeignKey(ExchangeReply, models.PROTECT, related_name="prepared")
    value = models.CharField(max_length=15, choices=Claim.choices, blank=True)
    value_version = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    text_version = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(_("Saisie le"), null=True, blank=True)

    class Meta:
        verbose_name = _("réponse préparée")
        constraints = [
            models.UniqueConstraint(fields=["link", "reply"], name="link_reply_unique"),
            models.CheckConstraint(
                condition=models.Q(
                    value_version__lte=models.F("version"), text_version__lte=models.F("version")
                ),
                name="link_reply_versions",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.reply_id}"


class LinkFile(models.Model):
    """A file that is joined to what is prepared, kept as it came; it may be taken back until sent."""

    link = models.ForeignKey(AnswerLink, models.PROTECT, related_name="files")
    added_at = models.DateTimeField(_("Joint le"))
    name = models.CharField(_("Nom du fichier"), max_length=200)
    kind = models.CharField(_("Format"), max_length=4)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))

    class Meta:
        verbose_name = _("fichier préparé en réponse")
        constraints = [
            models.UniqueConstraint(fields=["link", "file_sha256"], name="link_file_unique"),
            models.CheckConstraint(
                condition=models.Q(kind__in=EVIDENCE_KINDS), name="link_file_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(file_size__gte=1)
                & ~models.Q(name="")
                & ~models.Q(file_name="")
                & ~models.Q(file_sha256=""),
                name="link_file_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return self.name
