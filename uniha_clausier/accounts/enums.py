"""The roles that a person may hold in a facility."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member does for a facility. The operator is no member: see ``User.is_operator``."""

    BUYER = "buyer", _("Acheteur")
    CISO = "ciso", _("RSSI")
    DPO = "dpo", _("DPO")
    BIOMEDICAL_ENGINEER = "biomedical_engineer", _("Ingénieur biomédical")
    FACILITY_ADMIN = "facility_admin", _("Administrateur d’établissement")
    READER = "reader", _("Lecteur")
