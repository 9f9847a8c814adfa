"""The files that back the answers of a candidate."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Disclosure
from .answer_link import AnswerLink
from .assessment import Assessment
from .checklist import ChecklistItem

EVIDENCE_KINDS = (
    "pdf", "png", "jpg", "docx", "xlsx", "pptx", "odt", "ods", "odp",
)  # fmt: skip


class Evidence(models.Model):
    """One file of one candidate, kept once as it came, that may back several points.

    Its content never changes; it is frozen with the answers, its links to points too (migration
    0021). ``name`` is the one it was sent under, ``kind`` what its content was found to be. A file
    that another replaces stays, without points. What the hospital says of it (how long it is good,
    whether it may be communicated) may be said later than the answers.
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

    replaced_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    valid_until = models.DateField(_("Valable jusqu’au"), null=True, blank=True)
    disclosure = models.CharField(
        _("Communication"), max_length=12, choices=Disclosure.choices, blank=True
    )
    qualified_at = models.DateTimeField(null=True, blank=True)
    qualified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    scan_state: str
    """Given by scanning.with_scan, with what was found."""
    scan_signature: str

    class Meta:
        verbose_name = _("justificatif")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(disclosure__in=Disclosure.values),
                name="evidence_disclosure_known",
            ),
            models.CheckConstraint(
                condition=models.Q(qualified_at__isnull=False, qualified_by__isnull=False)
                | models.Q(qualified_at=None, qualified_by=None, disclosure="", valid_until=None),
                name="evidence_qualified_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_by=None) | ~models.Q(replaced_by=models.F("pk")),
                name="evidence_not_replaced_by_itself",
            ),
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

    @property
    def former(self) -> "Evidence | None":
        """The file that this one replaces: select ``replaces`` with it."""
        return getattr(self, "replaces", None)
