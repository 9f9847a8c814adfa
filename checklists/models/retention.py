"""How long the file of a tender is kept, what stops its elimination, and what was eliminated.

The file of a contract is public archives: nothing of it is eliminated before its date, during a
litigation, without the visa of the archives, or by one person alone (migration 0032).
"""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vendors.models import Candidacy, Tender

from ..enums import EliminationDecision, RetentionScope

REASON_MAX_LENGTH = 2_000


class Retention(models.Model):
    """The dates from which the file of a tender is kept, and until when.

    ``holders`` are the candidates who got the contract: their files are kept the longest.
    """

    tender = models.OneToOneField(Tender, models.PROTECT, related_name="retention")
    signed_on = models.DateField(_("Contrat signé le"))
    executed_on = models.DateField(_("Fin d’exécution le"), null=True, blank=True)
    holders = models.ManyToManyField(Candidacy, related_name="+", verbose_name=_("Titulaires"))
    procedure_until = models.DateField(_("Procédure conservée jusqu’au"))
    contract_until = models.DateField(_("Marché conservé jusqu’au"), null=True, blank=True)
    changed_at = models.DateTimeField(_("Saisi le"))
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("conservation")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(executed_on=None)
                | models.Q(executed_on__gte=models.F("signed_on")),
                name="retention_executed_after_it_was_signed",
            ),
            models.CheckConstraint(
                condition=models.Q(executed_on=None, contract_until=None)
                | models.Q(executed_on__isnull=False, contract_until__isnull=False),
                name="retention_of_the_contract_from_its_end",
            ),
        ]
        indexes = [
            models.Index(fields=["procedure_until"], name="retention_procedure"),
            models.Index(fields=["contract_until"], name="retention_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.signed_on}"

    def until(self, scope: str) -> dt.date | None:
        """Return the day from which a part may be eliminated; None while it is not known."""
        is_contract = scope == RetentionScope.CONTRACT
        return self.contract_until if is_contract else self.procedure_until


class RetentionHold(models.Model):
    """A litigation or another reason to keep everything: while one stands, nothing is eliminated."""

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="retention_holds")
    reason = models.TextField(_("Motif"), max_length=REASON_MAX_LENGTH)
    placed_at = models.DateTimeField(_("Suspendue le"))
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lift_reason = models.TextField(_("Motif de la levée"), blank=True, max_length=REASON_MAX_LENGTH)
    lifted_at = models.DateTimeField(_("Levée le"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("suspension de l’élimination")
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="hold_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(lifted_at=None, lifted_by=None, lift_reason="")
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False)
                & ~models.Q(lift_reason=""),
                name="hold_lifted_by_someone_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}: {self.reason[:40]}"


class Elimination(models.Model):
    """A proposal to eliminate one part of the file, and what another person decided of it, once.

    Approved, it bears the visa of the archives and a sealed list of what was eliminated.
    """

    tender = models.ForeignKey(Tender, models.PROTECT, related_name="eliminations")
    scope = models.CharField(_("Pièces"), max_length=10, choices=RetentionScope.choices)
    due_on = models.DateField(_("Éliminable à partir du"))
    reason = models.TextField(_("Motif"), max_length=REASON_MAX_LENGTH)
    proposed_at = models.DateTimeField(_("Proposée le"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = models.CharField(
        _("Décision"), max_length=10, choices=EliminationDecision.choices, blank=True, default=""
    )
    decision_reason = models.TextField(
        _("Motif de la décision"), blank=True, max_length=REASON_MAX_LENGTH
    )
    decided_at = models.DateTimeField(_("Décidée le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    visa = models.CharField(_("Visa des archives"), max_length=200, blank=True)
    visa_on = models.DateField(_("Visa donné le"), null=True, blank=True)
    certificate_name = models.CharField(max_length=200, blank=True)
    certificate_sha256 = models.CharField(_("Empreinte du bordereau"), max_length=64, blank=True)
    removed_at = models.DateTimeField(_("Fichiers supprimés le"), null=True, blank=True)

    class Meta:
        verbose_name = _("élimination")
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "scope"],
                condition=~models.Q(decision=EliminationDecision.REFUSED),
                name="elimination_proposed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(scope__in=RetentionScope.values), name="elimination_scope_known"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="elimination_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("proposed_by")),
                name="elimination_decided_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    decision=EliminationDecision.WAITING,
                    decided_at=None,
                    decided_by=None,
                    decision_reason="",
                    visa="",
                    visa_on=None,
                    certificate_name="",
                    certificate_sha256="",
                    removed_at=None,
                )
                | models.Q(
                    decision=EliminationDecision.REFUSED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    visa="",
                    visa_on=None,
                    certificate_name="",
                    certificate_sha256="",
                    removed_at=None,
                )
                & ~models.Q(decision_reason="")
                | models.Q(
                    decision=EliminationDecision.APPROVED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    visa_on__isnull=False,
                )
                & ~models.Q(decision_reason="")
                & ~models.Q(visa="")
                & ~models.Q(certificate_name="")
                & ~models.Q(certificate_sha256=""),
                name="elimination_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id}/{self.scope}: {self.decision}"

    @property
    def is_waiting(self) -> bool:
        """Whether another person still has to decide."""
        return self.decision == EliminationDecision.WAITING

    @property
    def is_approved(self) -> bool:
        """Whether the files are gone, or on their way out."""
        return self.decision == EliminationDecision.APPROVED


class EliminatedFile(models.Model):
    """One file that an elimination removed: what it was, and its hash, for ever."""

    TELLS_OF_REMOVED_FILES = True  # see common.kept_files

    elimination = models.ForeignKey(Elimination, models.PROTECT, related_name="files")
    file_name = models.CharField(max_length=200)
    title = models.CharField(_("Pièce"), max_length=400)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))

    class Meta:
        verbose_name = _("pièce éliminée")
        constraints = [
            models.UniqueConstraint(
                fields=["elimination", "file_name"], name="eliminated_file_unique"
            )
        ]

    def __str__(self) -> str:
        return self.title
