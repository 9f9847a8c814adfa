"""The files that back the answers of a candidate."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .answer_link import AnswerLink
from .assessment import Assessment
from .checklist import ChecklistItem

EVIDENCE_KINDS = (
    "pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "odp",
)  # fmt: skip


class Evidence(models.Model):
    """One file of one candidate, kept once as it came, that may back several points.

    Its content never changes; it is frozen with the answers, its links to points too (migration
    0021). ``name`` is the one it was sent under, ``kind`` what its content was found to be.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="evidence")
    items = models.ManyToManyField(ChecklistItem, related_name="evidence", verbose_name=_("Points"))
    name = models.CharField(_("Nom du fichier"), max_length=200)
    kind = models.CharField(_("Format"), max_length=4)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))
    added_at = models.DateTimeField(_("Joint le"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_by_link = models.ForeignKey(
        AnswerLink, models.PROTECT, null=True, blank=True, related_name="evidence"
    )

    class Meta:
        verbose_name = _("justificatif")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "file_sha256"], name="evidence_file_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=EVIDENCE_KINDS), name="evidence_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(file_size__gte=1)
                & ~models.Q(name="")
                & ~models.Q(file_name="")
                & ~models.Q(file_sha256=""),
                name="evidence_has_its_file",
            ),
            models.CheckConstraint(
                condition=models.Q(added_by__isnull=False, added_by_link=None)
                | models.Q(added_by=None, added_by_link__isnull=False),
                name="evidence_added_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.name
