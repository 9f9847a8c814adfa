"""The applicability profiles that a facility keeps, to start the next purchase of the same kind."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility

NAME_MAX_LENGTH = 80


class SavedProfile(models.Model):
    """A name and the flags that it stands for. Who kept it and when is in the journal."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="saved_profiles")
    name = models.CharField(_("Nom"), max_length=NAME_MAX_LENGTH)
    flags = models.JSONField(_("Profil d’applicabilité"), default=list)

    class Meta:
        verbose_name = _("profil enregistré")
        constraints = [
            models.UniqueConstraint("facility", Lower("name"), name="saved_profile_name_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_profile_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
