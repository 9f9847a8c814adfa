"""The checklist of a lot: which points are asked, and why."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from vendors.models import Lot

from ..enums import Force, LegalEffect, VersionState
from .clausier import ClausierVersion, ControlPoint

DEFAULT_NOTE = Decimal(20)
"""What a security criterion counts out of, until the buyer says otherwise."""


class Checklist(models.Model):
    """The points of one clausier asked in one lot, in one numbered edition.

    Frozen, with its hash, by its publication (migration 0002). A lot carries one checklist a
    clausier (migration 0012); a correction is a new edition that names the one it ``replaces``.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="checklists")
    version = models.ForeignKey(ClausierVersion, models.PROTECT, related_name="checklists")
    edition = models.PositiveIntegerField(_("Édition"), default=1, db_default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    correction_reason = models.TextField(_("Motif de la correction"), blank=True, db_default="")
    profile = models.JSONField(_("Profil d’applicabilité"), default=list)
    state = models.CharField(
        _("État"), max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    created_at = models.DateTimeField(_("Créée le"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("Publiée le"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    content_sha256 = models.CharField(_("Empreinte"), max_length=64, blank=True)
    max_note = models.DecimalField(
        _("Note maximale du critère"),
        max_digits=6,
        decimal_places=2,
        default=DEFAULT_NOTE,
        db_default=DEFAULT_NOTE,
    )
    weight_total = models.DecimalField(
        _("Total annoncé des poids"), max_digits=8, decimal_places=2, null=True, blank=True
    )

    class Meta:
        verbose_name = _("check-list")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_note__gt=0), name="checklist_note_out_of"
            ),
            models.CheckConstraint(
                condition=models.Q(weight_total__isnull=True) | models.Q(weight_total__gt=0),
                name="checklist_weight_total_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(edition=1, replaces=None, correction_reason="")
                | (
                    models.Q(edition__gt=1, replaces__isnull=False)
                    & ~models.Q(correction_reason="")
                ),
                name="checklist_correction_replaces_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state=VersionState.DRAFT,
                    published_at=None,
                    published_by=None,
                    content_sha256="",
                )
                | (
                    models.Q(
                        state=VersionState.PUBLISHED,
                        published_at__isnull=False,
                        published_by__isnull=False,
                    )
                    & ~models.Q(content_sha256="")
                ),
                name="checklist_published_by_someone_with_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"Check-list · {self.lot} · édition {self.edition}"

    @property
    def is_published(self) -> bool:
        return self.state == VersionState.PUBLISHED


class ChecklistItem(models.Model):
    """One control point in one checklist: asked or not, by the rule or by the buyer."""

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="items")
    point = models.ForeignKey(ControlPoint, models.PROTECT, related_name="items")
    position = models.PositiveIntegerField(_("Ordre"))
    is_applicable = models.BooleanField(_("Demandé"), default=True)
    force = models.CharField(
        _("Décision de l’acheteur"), max_length=3, choices=Force.choices, blank=True, default=""
    )
    force_reason = models.TextField(_("Motif"), blank=True)
    forced_at = models.DateTimeField(null=True, blank=True)
    forced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_knock_out = models.BooleanField(_("Point éliminatoire"), default=False)
    weight = models.DecimalField(
        _("Poids"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
    )
    legal_effect = models.CharField(
        _("Effet juridique"),
        max_length=12,
        choices=LegalEffect.choices,
        default=LegalEffect.SCORED_ZERO,
        db_default=LegalEffect.SCORED_ZERO,
    )

    class Meta:
        verbose_name = _("point de la check-list")
        constraints = [
            models.UniqueConstraint(fields=["checklist", "point"], name="item_unique"),
            models.CheckConstraint(
                condition=models.Q(force="", force_reason="", forced_at=None, forced_by=None)
                | (
                    models.Q(
                        force__in=[Force.IN, Force.OUT],
                        forced_at__isnull=False,
                        forced_by__isnull=False,
                    )
                    & ~models.Q(force_reason="")
                ),
                name="item_forced_with_reason",
            ),
            models.CheckConstraint(
                condition=~models.Q(force=Force.IN) | models.Q(is_applicable=True),
                name="item_forced_in_is_applicable",
            ),
            models.CheckConstraint(
                condition=~models.Q(force=Force.OUT) | models.Q(is_applicable=False),
                name="item_forced_out_is_not_applicable",
            ),
            models.CheckConstraint(condition=models.Q(weight__gte=0), name="item_weight_positive"),
            # What only informs is outside of the note, and cannot eliminate.
            models.CheckConstraint(
                condition=models.Q(legal_effect=LegalEffect.REQUIRED)
                | models.Q(legal_effect=LegalEffect.SCORED_ZERO, weight__gt=0)
                | models.Q(legal_effect=LegalEffect.INFORMATION, weight=0, is_knock_out=False),
                name="item_effect_agrees_with_weight",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id}: {self.point_id}"
