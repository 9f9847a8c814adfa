"""What protects an account: the roles that need a second factor, and the sessions that are open."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Role
from .people import Facility, User


class RequiredFactor(models.Model):
    """A role that may do nothing in a facility without a second factor (OWASP ASVS 5.0, 6.3.3)."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="required_factors")
    role = models.CharField(_("Rôle"), max_length=30, choices=Role.choices)

    class Meta:
        verbose_name = _("second facteur exigé")
        constraints = [
            models.UniqueConstraint(fields=["facility", "role"], name="required_factor_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="required_factor_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.facility}"


class BrowserSession(models.Model):
    """One browser in which a person is signed in, beside the session that the cookie names.

    The session itself says until when; this row says whose it is, and in which words to show it.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="browser_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(_("Navigateur"), max_length=60)
    started_at = models.DateTimeField(_("Ouverte le"))

    class Meta:
        verbose_name = _("session")

    def __str__(self) -> str:
        return self.browser
