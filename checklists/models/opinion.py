"""An opinion that a buyer asks for by a date, and what is answered: each kept as it was written."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import signed_by

from ..enums import OpinionValue
from .assessment import Assessment
from .finding import REVIEWERS

QUESTION_MAX_LENGTH = 2_000
OPINION_MAX_LENGTH = 10_000
OPINION_REMINDER_DAYS = (3, 1)
"""How many days before the date an opinion is reminded of."""


class OpinionRequest(models.Model):
    """One question to a role or to a person, on an assessment or on some of its points.

    ``refs`` are the numbers of the points, one a line, and ``chapter`` names the chapter that they
    make up; both empty, the question is on the whole. It never changes: it may be withdrawn while
    nobody has answered it (migration 0034).
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="opinion_requests")
    number = models.PositiveIntegerField(_("Numéro"))
    role = models.CharField(_("Rôle"), max_length=20, choices=Role.choices, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    chapter = models.CharField(_("Chapitre"), max_length=300, blank=True)
    refs = models.TextField(_("Points"), blank=True)
    question = models.TextField(_("Question"), max_length=QUESTION_MAX_LENGTH)
    due_on = models.DateField(_("Attendu pour le"))
    asked_at = models.DateTimeField(_("Demandé le"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("Retiré le"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("demande d’avis")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "number"], name="opinion_request_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(role="", person__isnull=False)
                | models.Q(role__in=REVIEWERS, person=None),
                name="opinion_asked_of_a_role_or_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(chapter="") | ~models.Q(refs=""),
                name="opinion_chapter_with_its_points",
            ),
            models.CheckConstraint(condition=~models.Q(question=""), name="opinion_asks_something"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="opinion_request_withdrawn_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"Avis n°\u00a0{self.number}"

    @property
    def points(self) -> list[str]:
        """The numbers of the points asked about; none: the whole."""
        return self.refs.split()

    @property
    def asked_of(self) -> str:
        """The role or the person, in words."""
        return str(self.get_role_display() if self.role else self.person)


class Opinion(models.Model):
    """One answer to a request, never rewritten: the next one names it (migration 0034)."""

    request = models.ForeignKey(OpinionRequest, models.PROTECT, related_name="opinions")
    number = models.PositiveIntegerField(_("Numéro"))
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    value = models.CharField(_("Avis"), max_length=15, choices=OpinionValue.choices)
    text = models.TextField(_("Motifs"), blank=True, max_length=OPINION_MAX_LENGTH)
    filed_at = models.DateTimeField(_("Rendu le"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    in_place_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("Par délégation de"),
    )

    class Meta:
        verbose_name = _("avis")
        constraints = [
            models.UniqueConstraint(fields=["request", "number"], name="opinion_number_unique"),
            models.CheckConstraint(
                condition=models.Q(value__in=OpinionValue.values), name="opinion_value_known"
            ),
            models.CheckConstraint(
                condition=models.Q(value=OpinionValue.FAVOURABLE) | ~models.Q(text=""),
                name="opinion_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(number=1, replaces=None)
                | models.Q(number__gt=1, replaces__isnull=False),
                name="opinion_names_the_former",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}/{self.number}: {self.value}"

    @property
    def author(self) -> str:
        """Who filed it, and in whose place."""
        return signed_by(self.filed_by, self.in_place_of)

    @property
    def is_late(self) -> bool:
        """Whether it was filed after the date that was asked."""
        return timezone.localdate(self.filed_at) > self.request.due_on


class OpinionReminder(models.Model):
    """A reminder that was sent: each at most once, and kept."""

    request = models.ForeignKey(OpinionRequest, models.PROTECT, related_name="reminders")
    days = models.PositiveSmallIntegerField(_("Jours avant la date"))
    sent_at = models.DateTimeField(_("Envoyé le"))

    class Meta:
        verbose_name = _("rappel d’avis")
        constraints = [
            models.UniqueConstraint(fields=["request", "days"], name="opinion_reminder_once"),
            models.CheckConstraint(
                condition=models.Q(days__in=OPINION_REMINDER_DAYS),
                name="opinion_reminder_days_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.days}"
