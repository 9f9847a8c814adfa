"""The closed lists of a purchase."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Procedure(models.TextChoices):
    """How the contract is awarded (code de la commande publique, L2120-1 and following)."""

    OPEN = "open", _("Appel d’offres ouvert")
    RESTRICTED = "restricted", _("Appel d’offres restreint")
    NEGOTIATED = "negotiated", _("Procédure avec négociation")
    DIALOGUE = "dialogue", _("Dialogue compétitif")
    ADAPTED = "adapted", _("Procédure adaptée (MAPA)")
    NO_PUBLICITY = "no_publicity", _("Sans publicité ni mise en concurrence préalables")
    FRAMEWORK = "framework", _("Marché subséquent ou bon de commande d’une centrale d’achat")


class ProductKind(models.TextChoices):
    """What is offered."""

    SOFTWARE = "software", _("Logiciel installé sur site")
    HOSTED_SERVICE = "hosted_service", _("Service hébergé (SaaS, IaaS)")
    CONNECTED_DEVICE = "connected_device", _("Dispositif connecté")
    MOBILE_FLEET = "mobile_fleet", _("Équipements mobiles")
    SERVICE = "service", _("Prestation")


class CandidacyStage(models.TextChoices):
    """Where an operator stands: *candidat* until an offer, *titulaire* after notification."""

    CANDIDATE = "candidate", _("Candidat")
    TENDERER = "tenderer", _("Soumissionnaire")
    AWARDEE = "awardee", _("Attributaire")
    CONTRACTOR = "contractor", _("Titulaire")
    REJECTED = "rejected", _("Non retenu")
