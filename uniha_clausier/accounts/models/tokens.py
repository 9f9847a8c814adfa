"""Personal tokens of the API."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import User


class ApiToken(models.Model):
    """What lets a program call the API as one person. Only the hash of its secret is kept.

    It gives no right of its own: at each call, those that the person holds then. The database
    refuses any change but its last use and its end (migration 0002).
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("Nom du jeton"), max_length=80)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("Créé le"))
    expires_at = models.DateTimeField(_("Valable jusqu’au"))
    last_used_at = models.DateTimeField(_("Dernier appel"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("Retiré le"), null=True, blank=True)

    class Meta:
        verbose_name = _("jeton d’accès")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(secret_sha256=""),
                name="api_token_named_with_hash",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="api_token_expires_after_creation",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_valid_at(self, moment: dt.datetime) -> bool:
        """Whether it opens anything at ``moment``."""
        return self.revoked_at is None and moment < self.expires_at
