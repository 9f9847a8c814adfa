"""The closed lists of the bottom layer."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScanState(models.TextChoices):
    """What the antivirus said of a file."""

    NOT_SCANNED = "not_scanned", _("Non analysé")
    WAITING = "waiting", _("Analyse en attente")
    CLEAN = "clean", _("Sain")
    INFECTED = "infected", _("Infecté")


class Validity(models.TextChoices):
    """Whether a paper is still good."""

    UNKNOWN = "", _("Sans date de fin")
    VALID = "valid", _("En cours")
    SOON = "soon", _("Expire bientôt")
    EXPIRED = "expired", _("Expiré")
