"""What a specialist finds on one point, apart from the claim and from the buyer's score."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role

from ..enums import FindingValue, Sharing
from .assessment import Assessment
from .checklist import ChecklistItem

REVIEWERS = (Role.CISO, Role.DPO, Role.BIOMEDICAL_ENGINEER, Role.BUYER)
"""The roles that a point may be routed to, in the order of the pages."""


class Finding(models.Model):
    """The finding of one role on one point of one assessment, made at its first write.

    Versions are those of ``Answer`` and ``Score``: one a row, one mark a field.
    ``answer_version`` is the version of the claim that was read when the value was given: a claim
    that changed since asks for another look. ``taken_from`` is the version of the assessment in
    which the finding was given, when a correction took it over and nobody has written it since.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="findings")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="findings")
    role = models.CharField(_("Rôle"), max_length=20, choices=Role.choices)
    value = models.CharField(
        _("Constat"), max_length=15, choices=FindingValue.choices, blank=True, default=""
    )
    comment = models.TextField(_("Commentaire"), blank=True)
    sharing = models.CharField(
        _("Communication"), max_length=10, choices=Sharing.choices, blank=True, default=""
    )
    answer_version = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField()
    value_version = models.PositiveIntegerField(default=0)
    comment_version = models.PositiveIntegerField(default=0)
    sharing_version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(_("Modifié le"))
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taken_from = models.PositiveSmallIntegerField(_("Repris de la version"), null=True, blank=True)

    class Meta:
        verbose_name = _("constat")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "item", "role"], name="finding_unique_a_role"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=REVIEWERS), name="finding_by_a_reviewer"
            ),
            models.CheckConstraint(
                condition=models.Q(value__in=FindingValue.values), name="finding_value_known"
            ),
            models.CheckConstraint(
                condition=models.Q(sharing__in=Sharing.values), name="finding_sharing_known"
            ),
            models.CheckConstraint(
                condition=models.Q(version__gt=0)
                & models.Q(value_version__lte=models.F("version"))
                & models.Q(comment_version__lte=models.F("version"))
                & models.Q(sharing_version__lte=models.F("version")),
                name="finding_versions_ordered",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_from=None) | models.Q(taken_from__gte=1),
                name="finding_taken_from_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.item_id}/{self.role}: {self.value}"
