"""The assessment of one candidate: what it claims, and apart from it, what the buyer decides.

Counters for lists are stored on ``Assessment`` and changed in the transaction that changes
them, so that a list of 600,000 assessments costs the same as a list of 10.

Versions: a row has one ``version``, raised by each write, and says for each of its two fields
at which version that field last changed. A writer that read the row at version *v* conflicts on
a field only when the field changed after *v*: different fields merge, the same field never
loses a value silently.
"""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from uniha_clausier.accounts.models import Facility
from vendors.models import Candidacy

from ..enums import Claim, ScoreValue
from .checklist import Checklist, ChecklistItem

TEXT_MAX_LENGTH = 10_000
"""Characters of a claim's text or of a comment: longer texts hang the renderer."""


class Assessment(models.Model):
    """The evaluation of one candidacy on one published checklist of its lot.

    A lot with several clausiers gives a candidate one assessment each: their rates never mix. A
    signed one is corrected by the next version, a row of its own that names the former.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="assessments")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="assessments")
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="assessments")
    created_at = models.DateTimeField(_("Commencée le"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("Modifiée le"), auto_now_add=True)
    total = models.PositiveIntegerField(_("Points à noter"), default=0)
    answered = models.PositiveIntegerField(_("Points répondus"), default=0)
    scored = models.PositiveIntegerField(_("Points notés"), default=0)
    weight_sum = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    score_sum = models.DecimalField(max_digits=11, decimal_places=3, default=Decimal(0))
    # The answers never change once their set has its hash (migration 0017).
    answers_sha256 = models.CharField(
        _("Empreinte des réponses"), max_length=64, blank=True, default="", db_default=""
    )
    answers_frozen_at = models.DateTimeField(_("Réponses arrêtées le"), null=True, blank=True)
    answers_frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answers_frozen_by_link = models.ForeignKey(
        "checklists.AnswerLink", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Once people have signed its document, nothing of an assessment changes (migration 0026).
    signed_at = models.DateTimeField(_("Signée le"), null=True, blank=True)
    number = models.PositiveSmallIntegerField(_("Version"), default=1, db_default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    correction_reason = models.TextField(
        _("Motif de la correction"), blank=True, default="", db_default=""
    )
    # The current version is the one that nothing replaces: lists read it without a join.
    replaced_at = models.DateTimeField(_("Remplacée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("évaluation")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    answers_sha256="",
                    answers_frozen_at=None,
                    answers_frozen_by=None,
                    answers_frozen_by_link=None,
                )
                | (
                    models.Q(answers_frozen_at__isnull=False)
                    & ~models.Q(answers_sha256="")
                    & (
                        models.Q(answers_frozen_by__isnull=False, answers_frozen_by_link=None)
                        | models.Q(answers_frozen_by=None, answers_frozen_by_link__isnull=False)
                    )
                ),
                name="assessment_answers_frozen_by_someone",
            ),
            models.UniqueConstraint(
                fields=["candidacy", "checklist"],
                condition=models.Q(replaced_at=None),
                name="assessment_unique_a_checklist",
            ),
            models.UniqueConstraint(
                fields=["candidacy", "checklist", "number"], name="assessment_version_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(number=1, replaces=None, correction_reason="")
                | (
                    models.Q(number__gt=1, replaces__isnull=False) & ~models.Q(correction_reason="")
                ),
                name="assessment_version_names_the_former",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_at=None) | models.Q(signed_at__isnull=False),
                name="assessment_replaced_once_signed",
            ),
            models.CheckConstraint(
                condition=models.Q(answered__lte=models.F("total"))
                & models.Q(scored__lte=models.F("total")),
                name="assessment_counters_within_total",
            ),
            models.CheckConstraint(
                condition=models.Q(score_sum__lte=models.F("weight_sum"))
                & models.Q(score_sum__gte=0),
                name="assessment_score_within_weight",
            ),
        ]
        indexes = [
            models.Index(fields=["facility", "-changed_at"], name="assessment_recent"),
            # « Mes points » lists those that are being scored; most of them are not, in the end.
            models.Index(
                fields=["facility"],
                condition=models.Q(scored__lt=models.F("total")),
                name="assessment_being_scored",
            ),
        ]

    def __str__(self) -> str:
        return f"Évaluation {self.pk}"

    @property
    def missing(self) -> int:
        """How many points still wait for a score."""
        return self.total - self.scored


class Answer(models.Model):
    """What the candidate claims on one point.

    Written by a person who enters it, or by the candidate behind a link: never by both at once.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="answers")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="answers")
    value = models.CharField(
        _("Réponse"), max_length=15, choices=Claim.choices, blank=True, default=""
    )
    text = models.TextField(_("Texte de la réponse"), blank=True)
    version = models.PositiveIntegerField(default=0)
    value_version = models.PositiveIntegerField(default=0)
    text_version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(_("Modifiée le"), null=True, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_by_link = models.ForeignKey(
        "checklists.AnswerLink", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("réponse")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="answer_unique"),
            models.CheckConstraint(
                condition=models.Q(value__in=Claim.values), name="answer_value_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    version=0, updated_at=None, updated_by=None, updated_by_link=None
                )
                | (
                    models.Q(version__gt=0, updated_at__isnull=False)
                    & (
                        models.Q(updated_by__isnull=False, updated_by_link=None)
                        | models.Q(updated_by=None, updated_by_link__isnull=False)
                    )
                ),
                name="answer_written_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(value_version__lte=models.F("version"))
                & models.Q(text_version__lte=models.F("version")),
                name="answer_versions_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.item_id}: {self.value}"


class Score(models.Model):
    """What the buyer decides on one point."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="scores")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="scores")
    value = models.CharField(
        pgettext_lazy("score", "Note"),
        max_length=15,
        choices=ScoreValue.choices,
        blank=True,
        default="",
    )
    comment = models.TextField(_("Commentaire"), blank=True)
    version = models.PositiveIntegerField(default=0)
    value_version = models.PositiveIntegerField(default=0)
    comment_version = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(_("Modifiée le"), null=True, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("note")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="score_unique"),
            models.CheckConstraint(
                condition=models.Q(value__in=ScoreValue.values), name="score_value_known"
            ),
            models.CheckConstraint(
                condition=models.Q(version=0, updated_at=None, updated_by=None)
                | models.Q(version__gt=0, updated_at__isnull=False, updated_by__isnull=False),
                name="score_written_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(value_version__lte=models.F("version"))
                & models.Q(comment_version__lte=models.F("version")),
                name="score_versions_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.item_id}: {self.value}"
