"""Who: people, facilities, hospital groups and memberships."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from ..enums import Role
from ..validators import validate_finess, validate_siret


class UserManager(BaseUserManager["User"]):
    """Creates people by their e-mail address, and finds them whatever its case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        if not email:
            raise ValueError("an e-mail address is needed")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address."""

    email = models.EmailField(_("Adresse électronique"), unique=True)
    full_name = models.CharField(_("Nom et prénom"), max_length=150)
    is_active = models.BooleanField(_("Compte actif"), default=True)
    is_operator = models.BooleanField(
        _("Exploitant"),
        default=False,
        help_text=_(
            "Gère les versions du clausier pour tous les établissements de l’installation."
        ),
    )
    lacks_factor = models.BooleanField(
        db_default=False,  # the former release, which doesn't know it, still writes rows
        default=False,
        help_text=_(
            "A un rôle qui exige un second facteur, et n’en a pas : voir domain/factors.py."
        ),
    )
    password_is_provisional = models.BooleanField(
        db_default=False,
        default=False,
        help_text=_(
            "Donné par un exploitant : la personne choisit le sien avant toute autre chose."
        ),
    )
    deputy_until = models.DateField(
        null=True,
        blank=True,
        help_text=_(
            "Dernier jour des délégations reçues : voir domain/delegations.py. Sans elle, rien "
            "d’autre n’est lu."
        ),
    )
    date_joined = models.DateTimeField(_("Créé le"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("personne")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.full_name or self.email


class HospitalGroup(models.Model):
    """A GHT. It has no legal personality: its lead facility buys for the members (CSP L6132-3)."""

    name = models.CharField(_("Nom du GHT"), max_length=200, unique=True)
    lead_facility = models.ForeignKey(
        "Facility", models.PROTECT, null=True, blank=True, related_name="leads"
    )

    class Meta:
        verbose_name = _("groupement hospitalier de territoire")

    def __str__(self) -> str:
        return self.name


class Facility(models.Model):
    """A health facility (établissement): the tenant. Everything that is bought belongs to one."""

    name = models.CharField(_("Nom de l’établissement"), max_length=200)
    city = models.CharField(_("Ville"), max_length=100, blank=True)
    siret = models.CharField(_("SIRET"), max_length=14, blank=True, validators=[validate_siret])
    finess = models.CharField(
        _("FINESS juridique"), max_length=9, blank=True, validators=[validate_finess]
    )
    group = models.ForeignKey(
        HospitalGroup, models.PROTECT, null=True, blank=True, related_name="members"
    )
    dpo_email = models.EmailField(_("Adresse du DPO"), blank=True)
    ciso_email = models.EmailField(_("Adresse du RSSI"), blank=True)
    remote_gateway = models.CharField(
        _("Passerelle de télémaintenance"), max_length=200, blank=True
    )
    single_sign_on = models.CharField(
        _("Authentification unique (SSO)"), max_length=200, blank=True
    )
    endpoint_protection = models.CharField(_("Antivirus ou EDR"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("établissement")
        constraints = [
            models.UniqueConstraint(
                fields=["siret"], condition=~models.Q(siret=""), name="facility_siret_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one person in one facility. A person may hold several."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="memberships")
    role = models.CharField(_("Rôle"), max_length=30, choices=Role.choices)
    since = models.DateTimeField(_("Depuis le"), db_default=Now())

    class Meta:
        verbose_name = _("appartenance")
        constraints = [
            models.UniqueConstraint(fields=["user", "facility", "role"], name="membership_unique"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.facility}"
