"""A role held in the place of another person, from one day to another (decision 0037)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Role
from .people import Facility, User

DELEGABLE = tuple(role for role in Role if role != Role.FACILITY_ADMIN)
"""Not the administration: who gives roles for a day would give them for good."""


def signed_by(person: User, principal: User | None) -> str:
    """Return who signs an act, and in whose place, as pages and documents say it."""
    if principal is None:
        return str(person)
    told = _("%(person)s, par délégation de %(principal)s")
    return told % {"person": person, "principal": principal}


class Delegation(models.Model):
    """``delegate`` has the role of ``principal`` in a facility, both days included, as in Paris.

    Nothing ends it but its date, or an act: no job does. See accounts.queries.standing.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="delegations")
    role = models.CharField(_("Rôle"), max_length=30, choices=Role.choices)
    principal = models.ForeignKey(User, models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(User, models.PROTECT, related_name="delegations_received")
    first_day = models.DateField(_("Premier jour"))
    last_day = models.DateField(_("Dernier jour"))
    reason = models.CharField(_("Motif"), max_length=200)
    given_at = models.DateTimeField(_("Donnée le"))
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("Terminée le"), null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("délégation")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=DELEGABLE), name="delegation_role_may_be_delegated"
            ),
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")),
                name="delegation_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("delegate")),
                name="delegation_to_another_person",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="delegation_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=False) | models.Q(ended_by=None),
                name="delegation_ended_by_and_at_agree",
            ),
        ]
        indexes = [
            models.Index(
                fields=["delegate", "facility"],
                condition=models.Q(ended_at=None),
                name="delegation_standing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.delegate} · {self.get_role_display()} · {self.principal}"
