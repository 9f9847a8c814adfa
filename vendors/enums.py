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


WITHOUT_OPENING = (Procedure.NO_PUBLICITY, Procedure.FRAMEWORK)
"""Procedures in which no offers of competitors wait to be opened together."""


FORMAL = (Procedure.OPEN, Procedure.RESTRICTED, Procedure.NEGOTIATED, Procedure.DIALOGUE)
"""Formal procedures: the buyer profile carries all that is said with candidates, and dates it."""


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


class Country(models.TextChoices):
    """Where a company is established (ISO 3166-1); France first, then those that sell here."""

    FR = "FR", _("France")
    DE = "DE", _("Allemagne")
    AD = "AD", _("Andorre")
    AU = "AU", _("Australie")
    AT = "AT", _("Autriche")
    BE = "BE", _("Belgique")
    BR = "BR", _("Brésil")
    BG = "BG", _("Bulgarie")
    CA = "CA", _("Canada")
    CN = "CN", _("Chine")
    CY = "CY", _("Chypre")
    KR = "KR", _("Corée du Sud")
    HR = "HR", _("Croatie")
    DK = "DK", _("Danemark")
    ES = "ES", _("Espagne")
    EE = "EE", _("Estonie")
    US = "US", _("États-Unis")
    FI = "FI", _("Finlande")
    GR = "GR", _("Grèce")
    HU = "HU", _("Hongrie")
    IN = "IN", _("Inde")
    IE = "IE", _("Irlande")
    IS = "IS", _("Islande")
    IL = "IL", _("Israël")
    IT = "IT", _("Italie")
    JP = "JP", _("Japon")
    LV = "LV", _("Lettonie")
    LI = "LI", _("Liechtenstein")
    LT = "LT", _("Lituanie")
    LU = "LU", _("Luxembourg")
    MT = "MT", _("Malte")
    MA = "MA", _("Maroc")
    MC = "MC", _("Monaco")
    NO = "NO", _("Norvège")
    NZ = "NZ", _("Nouvelle-Zélande")
    NL = "NL", _("Pays-Bas")
    PL = "PL", _("Pologne")
    PT = "PT", _("Portugal")
    RO = "RO", _("Roumanie")
    GB = "GB", _("Royaume-Uni")
    SG = "SG", _("Singapour")
    SK = "SK", _("Slovaquie")
    SI = "SI", _("Slovénie")
    SE = "SE", _("Suède")
    CH = "CH", _("Suisse")
    TW = "TW", _("Taïwan")
    CZ = "CZ", _("Tchéquie")
    TN = "TN", _("Tunisie")
    TR = "TR", _("Turquie")
    OTHER = "ZZ", _("Autre pays")


class CertificateKind(models.TextChoices):
    """What a vendor proves once for all its tenders."""

    HDS = "hds", _("Certification HDS")
    ISO_27001 = "iso_27001", _("Certification ISO 27001")
    SECNUMCLOUD = "secnumcloud", _("Qualification SecNumCloud")
    CE = "ce", _("Marquage CE (dispositif médical)")
    MDS2 = "mds2", _("Déclaration MDS2 du fabricant")
    OTHER = "other", _("Autre certificat")


class HdsVersion(models.TextChoices):
    """The referential under which an HDS certificate was given."""

    V2 = "2", _("HDS v2 (arrêté du 26 avril 2024)")
    V1_1 = "1.1", _("HDS v1.1")


class HdsActivity(models.TextChoices):
    """What an HDS certificate covers (CSP R1111-9)."""

    SITES = "1", _("1 – sites physiques")
    HARDWARE = "2", _("2 – infrastructure matérielle")
    VIRTUAL = "3", _("3 – infrastructure virtuelle")
    PLATFORM = "4", _("4 – plateforme logicielle")
    OPERATION = "5", _("5 – administration et exploitation")
    BACKUP = "6", _("6 – sauvegarde externalisée")


class DeviceClass(models.TextChoices):
    """The class of a medical device (règlement (UE) 2017/745)."""

    I = "I", _("Classe I")  # noqa: E741 as the regulation writes it
    IIA = "IIa", _("Classe IIa")
    IIB = "IIb", _("Classe IIb")
    III = "III", _("Classe III")
