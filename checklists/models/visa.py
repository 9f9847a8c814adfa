"""The visas of the roles on an assessment: who must give one, who gave it, on what, and when."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, signed_by

from ..enums import VisaRoundState, VisaValue
from .assessment import Assessment
from .finding import REVIEWERS

REMARK_MAX_LENGTH = 2_000


class VisaStep(models.Model):
    """One role that gives a visa in a facility, and its place in the order."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="visa_steps")
    position = models.PositiveSmallIntegerField(_("Rang"))
    role = models.CharField(_("Rôle"), max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = _("visa demandé par l’établissement")
        constraints = [
            models.UniqueConstraint(fields=["facility", "role"], name="visa_step_once_a_role"),
            models.UniqueConstraint(fields=["facility", "position"], name="visa_step_one_a_place"),
            models.CheckConstraint(
                condition=models.Q(role__in=REVIEWERS), name="visa_step_by_a_reviewer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id}/{self.position}: {self.role}"


class VisaRound(models.Model):
    """The visas asked of an assessment at once, on what it said then (``content_sha256``).

    ``roles`` is the order of the facility that day; ``awaited_role`` is whose turn it is, the
    buyer's once a visa is refused, nobody's when nothing is awaited. A round never changes its
    subject, nor its end (migration 0036): another round is another row.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="visa_rounds")
    number = models.PositiveIntegerField(_("Numéro"))
    roles = models.JSONField(_("Ordre des visas"))
    content_sha256 = models.CharField(_("Empreinte de ce qui est visé"), max_length=64)
    requested_at = models.DateTimeField(_("Demandés le"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(
        _("État"),
        max_length=10,
        choices=VisaRoundState.choices,
        default=VisaRoundState.OPEN,
    )
    awaited_role = models.CharField(
        _("Attendu de"), max_length=20, choices=Role.choices, blank=True, default=""
    )

    class Meta:
        verbose_name = _("demande de visas")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "number"], name="visa_round_number_unique"
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=models.Q(state=VisaRoundState.OPEN),
                name="visa_round_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state=VisaRoundState.OPEN, awaited_role__in=REVIEWERS)
                | models.Q(state=VisaRoundState.REFUSED, awaited_role__in=["", Role.BUYER])
                | models.Q(
                    state__in=[VisaRoundState.GRANTED, VisaRoundState.REPLACED], awaited_role=""
                ),
                name="visa_round_awaits_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(content_sha256=""), name="visa_round_on_something"
            ),
        ]
        indexes = [
            # « Mes points » lists the rounds that wait for somebody: few of all that there were.
            models.Index(
                fields=["awaited_role"],
                condition=~models.Q(awaited_role=""),
                name="visa_round_awaited",
            )
        ]

    def __str__(self) -> str:
        return f"Visas {self.number} · évaluation {self.assessment_id}"


class Visa(models.Model):
    """The visa of one role, given or refused with a password asked again; it never changes.

    The database takes it from the role whose turn it is, and from no other (migration 0036).
    """

    round = models.ForeignKey(VisaRound, models.PROTECT, related_name="visas")
    role = models.CharField(_("Rôle"), max_length=20, choices=Role.choices)
    value = models.CharField(_("Visa"), max_length=10, choices=VisaValue.choices)
    remark = models.TextField(_("Mention"), blank=True, max_length=REMARK_MAX_LENGTH)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    in_place_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("Par délégation de"),
    )
    at = models.DateTimeField(_("Donné le"))

    class Meta:
        verbose_name = _("visa")
        constraints = [
            models.UniqueConstraint(fields=["round", "role"], name="visa_once_a_role"),
            models.CheckConstraint(
                condition=models.Q(value=VisaValue.GIVEN)
                | (models.Q(value=VisaValue.REFUSED) & ~models.Q(remark="")),
                name="visa_refused_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.role}: {self.value}"

    @property
    def author(self) -> str:
        """Who gave it, and in whose place."""
        return signed_by(self.person, self.in_place_of)
