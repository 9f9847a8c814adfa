"""Vendors and their products; tenders, lots and candidacies."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.validators import validate_siren, validate_siret

from .enums import (
    WITHOUT_OPENING,
    CandidacyStage,
    CertificateKind,
    DeviceClass,
    HdsVersion,
    Procedure,
    ProductKind,
)

FRANCE = "FR"


class Vendor(models.Model):
    """A company known to one facility. French ones bear a SIREN, others their own identifier."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="vendors")
    name = models.CharField(_("Raison sociale"), max_length=200)
    country = models.CharField(_("Pays"), max_length=2, default=FRANCE)
    siren = models.CharField(_("SIREN"), max_length=9, blank=True, validators=[validate_siren])
    siret = models.CharField(_("SIRET"), max_length=14, blank=True, validators=[validate_siret])
    foreign_id = models.CharField(_("Identifiant étranger"), max_length=50, blank=True)
    contact_name = models.CharField(_("Contact"), max_length=150, blank=True)
    contact_email = models.EmailField(_("Adresse électronique du contact"), blank=True)
    created_at = models.DateTimeField(_("Créé le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Créé par")
    )

    class Meta:
        verbose_name = _("fournisseur")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "siren"],
                condition=~models.Q(siren=""),
                name="vendor_siren_unique",
                violation_error_message=_("Ce SIREN est déjà celui d’un fournisseur connu."),
            ),
            models.UniqueConstraint(
                fields=["facility", "country", "foreign_id"],
                condition=~models.Q(foreign_id=""),
                name="vendor_foreign_id_unique",
                violation_error_message=_("Cet identifiant est déjà celui d’un fournisseur connu."),
            ),
            models.CheckConstraint(
                condition=models.Q(country=FRANCE) | models.Q(siren="", siret=""),
                name="vendor_siren_is_french",
            ),
        ]
        indexes = [models.Index(fields=["facility", "name"], name="vendor_by_name")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What a vendor sells: a software, a hosted service, a device."""

    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="products")
    name = models.CharField(_("Nom de la solution"), max_length=200)
    version = models.CharField(_("Version"), max_length=50, blank=True)
    kind = models.CharField(
        _("Nature"), max_length=30, choices=ProductKind.choices, default=ProductKind.SOFTWARE
    )

    class Meta:
        verbose_name = _("solution")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "name", "version"], name="product_unique")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


class Certificate(models.Model):
    """What a vendor proves of itself or of its products, with its end; its file may be missing.

    One that another replaces stays; what an assessment took of it stays there as it was.
    """

    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="certificates")
    kind = models.CharField(_("Nature"), max_length=20, choices=CertificateKind.choices)
    number = models.CharField(_("Numéro"), max_length=100)
    issuer = models.CharField(_("Délivré par"), max_length=200)
    scope = models.CharField(_("Périmètre"), max_length=500, blank=True)
    hds_version = models.CharField(max_length=3, choices=HdsVersion.choices, blank=True)
    hds_activities = models.CharField(max_length=11, blank=True)
    device_class = models.CharField(max_length=3, choices=DeviceClass.choices, blank=True)
    issued_on = models.DateField(_("Délivré le"), null=True, blank=True)
    valid_until = models.DateField(_("Valable jusqu’au"), null=True, blank=True)
    sent_as = models.CharField(max_length=200, blank=True)
    file_kind = models.CharField(max_length=4, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    replaced_by = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    created_at = models.DateTimeField(_("Enregistré le"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    scan_state: str
    """Given by scanning.with_scan."""

    class Meta:
        verbose_name = _("certificat")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=CertificateKind.values), name="certificate_kind_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(number="") & ~models.Q(issuer=""),
                name="certificate_is_identified",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=CertificateKind.HDS, hds_version__in=HdsVersion.values)
                | (
                    ~models.Q(kind=CertificateKind.HDS)
                    & models.Q(hds_version="", hds_activities="")
                ),
                name="certificate_hds_says_its_version",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=CertificateKind.CE) | models.Q(device_class=""),
                name="certificate_class_is_of_a_device",
            ),
            models.CheckConstraint(
                condition=models.Q(issued_on=None)
                | models.Q(valid_until=None)
                | models.Q(issued_on__lte=models.F("valid_until")),
                name="certificate_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_as="", file_kind="", file_name="", file_sha256="")
                | (
                    ~models.Q(sent_as="")
                    & ~models.Q(file_kind="")
                    & ~models.Q(file_name="")
                    & ~models.Q(file_sha256="")
                ),
                name="certificate_file_whole_or_none",
            ),
            models.CheckConstraint(
                condition=models.Q(replaced_by=None) | ~models.Q(replaced_by=models.F("pk")),
                name="certificate_not_replaced_by_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Tender(models.Model):
    """A consultation: one purchase of one facility."""

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="tenders")
    reference = models.CharField(_("Référence"), max_length=50)
    title = models.CharField(_("Objet"), max_length=250)
    procedure = models.CharField(
        _("Procédure"), max_length=20, choices=Procedure.choices, default=Procedure.OPEN
    )
    publication_date = models.DateField(_("Date de publication"), null=True, blank=True)
    deadline = models.DateTimeField(_("Date limite de remise des offres"), null=True, blank=True)
    has_lots = models.BooleanField(_("Consultation allotie"), default=False)
    created_at = models.DateTimeField(_("Créée le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("Créée par")
    )

    class Meta:
        verbose_name = _("consultation")
        constraints = [
            models.UniqueConstraint(
                fields=["facility", "reference"],
                name="tender_reference_unique",
                violation_error_message=_("Cette référence est déjà celle d’une consultation."),
            ),
        ]
        indexes = [models.Index(fields=["facility", "-id"], name="tender_recent")]

    def __str__(self) -> str:
        return f"{self.reference} – {self.title}"

    @property
    def is_opened(self) -> bool:
        """Whether the opening of the offers is recorded."""
        return hasattr(self, "opening")

    @property
    def waits_for_opening(self) -> bool:
        """Whether nobody may read an answer yet (CCP R2132-9): the offers are not opened."""
        return self.procedure not in WITHOUT_OPENING and not self.is_opened


class Opening(models.Model):
    """The opening of the offers: an act, recorded once, that nothing changes (migration 0002).

    ``people`` names who was there, one a line.
    """

    tender = models.OneToOneField(Tender, models.PROTECT, related_name="opening")
    opened_at = models.DateTimeField(_("Date et heure d’ouverture"))
    people = models.TextField(_("Personnes présentes"))
    recorded_at = models.DateTimeField(_("Enregistrée le"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("ouverture des plis")
        constraints = [
            models.CheckConstraint(condition=~models.Q(people=""), name="opening_names_people"),
            models.CheckConstraint(
                condition=models.Q(opened_at__lte=models.F("recorded_at")),
                name="opening_recorded_after_it_happened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.opened_at}"


class Lot(models.Model):
    """A lot of a tender. A small purchase has one, which the screens don't show."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="lots")
    number = models.PositiveSmallIntegerField(_("Numéro"), default=1)
    title = models.CharField(_("Intitulé"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("lot")
        constraints = [models.UniqueConstraint(fields=["tender", "number"], name="lot_unique")]

    def __str__(self) -> str:
        return _("Lot %(number)d – %(title)s") % {"number": self.number, "title": self.title}


class LotBeneficiary(models.Model):
    """A facility of the group for which its lead buys a lot: its people read what is theirs.

    The facility that buys is never named: it is a beneficiary of all that it buys.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="beneficiaries")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="benefits")
    named_at = models.DateTimeField(_("Nommé le"), auto_now_add=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("bénéficiaire d’un lot")
        constraints = [
            models.UniqueConstraint(fields=["lot", "facility"], name="lot_beneficiary_unique")
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.facility}"


class Candidacy(models.Model):
    """A vendor that answers a lot, with the product it offers."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="candidacies")
    vendor = models.ForeignKey(Vendor, models.PROTECT, related_name="candidacies")
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="candidacies"
    )
    stage = models.CharField(
        _("Étape"), max_length=20, choices=CandidacyStage.choices, default=CandidacyStage.CANDIDATE
    )
    created_at = models.DateTimeField(_("Enregistrée le"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("Enregistrée par"),
    )

    class Meta:
        verbose_name = _("candidature")
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "vendor"],
                name="candidacy_unique",
                violation_error_message=_("Ce fournisseur est déjà candidat à ce lot."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.vendor} · {self.lot}"
