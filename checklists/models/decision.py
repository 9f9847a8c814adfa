"""What the buyer decides once every point has its score: of each point, then of the whole."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import DecisionValue
from .assessment import Assessment
from .checklist import ChecklistItem

COMMITMENT_MAX_LENGTH = 2_000
OWNER_MAX_LENGTH = 200
REASON_MAX_LENGTH = 4_000

GIVEN = (DecisionValue.ACCEPTED, DecisionValue.RESERVED, DecisionValue.REFUSED)


class PointDecision(models.Model):
    """The decision on one point of one assessment, made when it is given.

    A reservation carries a commitment, an owner and a date. ``answer_version`` and
    ``score_version`` are those that were read: a claim or a score that changed since asks for
    another decision. Frozen with the signatures (migration 0029).
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="point_decisions")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="decisions")
    value = models.CharField(_("Décision"), max_length=10, choices=DecisionValue.choices)
    commitment = models.TextField(_("Engagement"), blank=True, max_length=COMMITMENT_MAX_LENGTH)
    owner = models.CharField(_("Responsable"), max_length=OWNER_MAX_LENGTH, blank=True)
    due_on = models.DateField(_("Échéance"), null=True, blank=True)
    answer_version = models.PositiveIntegerField()
    score_version = models.PositiveIntegerField()
    version = models.PositiveIntegerField()
    decided_at = models.DateTimeField(_("Décidé le"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("décision sur un point")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "item"], name="point_decision_unique_a_point"
            ),
            models.CheckConstraint(
                condition=models.Q(value__in=GIVEN), name="point_decision_value_known"
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(value=DecisionValue.RESERVED, due_on__isnull=False)
                    & ~models.Q(commitment="")
                    & ~models.Q(owner="")
                )
                | (
                    ~models.Q(value=DecisionValue.RESERVED)
                    & models.Q(commitment="", owner="", due_on=None)
                ),
                name="point_decision_reservation_complete",
            ),
            models.CheckConstraint(
                condition=models.Q(version__gt=0), name="point_decision_version_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.item_id}: {self.value}"


class AssessmentDecision(models.Model):
    """The decision on the whole of one assessment, with its reason. Frozen with the signatures."""

    assessment = models.OneToOneField(Assessment, models.PROTECT, related_name="decision")
    value = models.CharField(_("Décision"), max_length=10, choices=DecisionValue.choices)
    reason = models.TextField(_("Motif"), blank=True, max_length=REASON_MAX_LENGTH)
    version = models.PositiveIntegerField()
    decided_at = models.DateTimeField(_("Décidé le"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("décision")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__in=GIVEN), name="assessment_decision_value_known"
            ),
            models.CheckConstraint(
                condition=models.Q(value=DecisionValue.ACCEPTED) | ~models.Q(reason=""),
                name="assessment_decision_explained",
            ),
            models.CheckConstraint(
                condition=models.Q(version__gt=0), name="assessment_decision_version_counts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.value}"
