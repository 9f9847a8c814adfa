"""An invitation to join a facility, sent to an address."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import Facility, User


class Invitation(models.Model):
    """What somebody is invited to be in a facility. Only the hash of its secret is kept.

    It ends once: accepted, withdrawn, or with its date.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="invitations")
    email = models.EmailField(_("Adresse électronique"))
    full_name = models.CharField(_("Nom et prénom"), max_length=150)
    roles = models.JSONField(_("Rôles"))
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("Envoyée le"))
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(_("Valable jusqu’au"))
    accepted_at = models.DateTimeField(_("Acceptée le"), null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("Retirée le"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_one_open_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_and_at_agree",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None),
                name="invitation_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} · {self.facility}"

    def is_open_at(self, moment: dt.datetime) -> bool:
        """Whether it may be accepted at ``moment``."""
        return self.accepted_at is None and self.withdrawn_at is None and moment < self.expires_at
