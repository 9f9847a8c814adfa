"""What a buyer asks candidates about their offers after the opening, and what they answer.

Two procedures share these rows and are never mixed: a *demande de précisions* goes to one candidate
and changes no claim; a *régularisation* goes to every candidate concerned, in the same words. The
text is frozen once sent, the answers once the exchange is closed (migration 0024).
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Claim, ExchangeKind, ExchangeState
from .answer_link import AnswerLink
from .assessment import Answer, Assessment
from .checklist import Checklist, ChecklistItem
from .evidence import EVIDENCE_KINDS

QUESTION_MAX_LENGTH = 2_000


def by_a_person_or_a_link(moment: str, person: str, link: str) -> models.Q:
    """Return the condition of a dated fact: registered by a person, or sent by the candidate."""
    return models.Q(**{f"{moment}__isnull": False}) & (
        models.Q(**{f"{person}__isnull": False, link: None})
        | models.Q(**{person: None, f"{link}__isnull": False})
    )


class Exchange(models.Model):
    """One letter to one or several candidates of a checklist; ``number`` counts those of its kind.

    ``answered_at`` is when the last of them answered.
    """

    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="exchanges")
    kind = models.CharField(_("Procédure"), max_length=15, choices=ExchangeKind.choices)
    number = models.PositiveIntegerField(_("Numéro"))
    deadline = models.DateTimeField(_("Réponse attendue avant le"))
    created_at = models.DateTimeField(_("Préparée le"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("Arrêtée le"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("Répondue le"), null=True, blank=True)
    closed_at = models.DateTimeField(_("Close le"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("échange avec des candidats")
        constraints = [
            models.UniqueConstraint(
                fields=["checklist", "kind", "number"], name="exchange_number_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ExchangeKind.values), name="exchange_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at=None, sent_by=None, answered_at=None, closed_at=None)
                | models.Q(sent_at__isnull=False, sent_by__isnull=False),
                name="exchange_sent_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="exchange_closed_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(deadline__gt=models.F("sent_at")),
                name="exchange_deadline_after_sending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} n° {self.number}"

    @property
    def state(self) -> ExchangeState:
        """Where it stands."""
        if self.closed_at:
            return ExchangeState.CLOSED
        if self.answered_at:
            return ExchangeState.ANSWERED
        return ExchangeState.SENT if self.sent_at else ExchangeState.DRAFT


class ExchangePoint(models.Model):
    """A point that is asked about, with the question: the same words for all."""

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="points")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    question = models.TextField(_("Question"), blank=True, max_length=QUESTION_MAX_LENGTH)

    class Meta:
        verbose_name = _("point d’un échange")
        constraints = [
            models.UniqueConstraint(fields=["exchange", "item"], name="exchange_point_unique")
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id}: {self.item_id}"


class ExchangeParty(models.Model):
    """A candidate to whom the letter goes. ``letter`` is what it says, frozen under its hash."""

    exchange = models.ForeignKey(Exchange, models.CASCADE, related_name="parties")
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="exchange_parties")
    letter = models.JSONField(_("Lettre"), default=dict)
    letter_sha256 = models.CharField(_("Empreinte de la lettre"), max_length=64, blank=True)
    replied_at = models.DateTimeField(_("Réponse reçue le"), null=True, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    replied_by_link = models.ForeignKey(
        AnswerLink, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("destinataire d’un échange")
        constraints = [
            models.UniqueConstraint(
                fields=["exchange", "assessment"], name="exchange_party_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(replied_at=None, replied_by=None, replied_by_link=None)
                | by_a_person_or_a_link("replied_at", "replied_by", "replied_by_link"),
                name="exchange_reply_registered_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exchange_id} → {self.assessment_id}"


class ExchangeReply(models.Model):
    """What a candidate answers on one point: the rows are those that its letter asks, no other.

    ``value`` is what it would answer from now on, in a regularisation that it sent by its link.
    """

    party = models.ForeignKey(ExchangeParty, models.PROTECT, related_name="replies")
    point = models.ForeignKey(ExchangePoint, models.PROTECT, related_name="replies")
    value = models.CharField(max_length=15, choices=Claim.choices, blank=True)
    text = models.TextField(_("Réponse"), blank=True)
    updated_at = models.DateTimeField(_("Saisie le"), null=True, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    updated_by_link = models.ForeignKey(
        AnswerLink, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("réponse à un échange")
        constraints = [
            models.UniqueConstraint(fields=["party", "point"], name="exchange_reply_unique"),
            models.CheckConstraint(
                condition=models.Q(
                    updated_at=None, updated_by=None, updated_by_link=None, value="", text=""
                )
                | by_a_person_or_a_link("updated_at", "updated_by", "updated_by_link"),
                name="exchange_reply_written_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.point_id}"


class ExchangeFile(models.Model):
    """A file that a candidate sent in answer, kept as it was received: a row never changes."""

    party = models.ForeignKey(ExchangeParty, models.PROTECT, related_name="files")
    number = models.PositiveIntegerField(_("Numéro"))
    received_at = models.DateTimeField(_("Reçu le"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_by_link = models.ForeignKey(
        AnswerLink, models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("Nom du fichier"), max_length=200)
    kind = models.CharField(_("Format"), max_length=4)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(_("Empreinte du fichier"), max_length=64)
    file_size = models.PositiveBigIntegerField(_("Taille, en octets"))

    scan_state: str
    """Given by scanning.with_scan, with what was found."""
    scan_signature: str

    class Meta:
        verbose_name = _("fichier reçu en réponse")
        constraints = [
            models.CheckConstraint(
                condition=by_a_person_or_a_link("received_at", "received_by", "received_by_link"),
                name="exchange_file_received_by_someone",
            ),
            models.UniqueConstraint(fields=["party", "number"], name="exchange_file_number_unique"),
            models.UniqueConstraint(fields=["party", "file_sha256"], name="exchange_file_unique"),
            models.CheckConstraint(
                condition=models.Q(kind__in=EVIDENCE_KINDS), name="exchange_file_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, file_size__gte=1)
                & ~models.Q(name="")
                & ~models.Q(file_name="")
                & ~models.Q(file_sha256=""),
                name="exchange_file_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Regularisation(models.Model):
    """What the buyer decides of the regularisation of one candidate: once, never changed.

    Accepted, the set of its answers went from one hash to another (migration 0028).
    """

    party = models.OneToOneField(ExchangeParty, models.PROTECT, related_name="regularisation")
    is_accepted = models.BooleanField(_("Acceptée"))
    reason = models.TextField(_("Motif"))
    decided_at = models.DateTimeField(_("Décidée le"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sha256_before = models.CharField(_("Empreinte d’avant"), max_length=64)
    sha256_after = models.CharField(_("Empreinte d’après"), max_length=64)

    class Meta:
        verbose_name = _("régularisation")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="regularisation_decided_with_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(is_accepted=True)
                | models.Q(sha256_after=models.F("sha256_before")),
                name="regularisation_refused_changes_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.is_accepted}"


class RegularisedAnswer(models.Model):
    """The one change of a frozen answer that a regularisation allows: before, then after.

    The row comes first; the database lets the answer pass from the one to the other, and no further.
    """

    reply = models.OneToOneField(ExchangeReply, models.PROTECT, related_name="regularised")
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="regularisations")
    version_before = models.PositiveIntegerField()
    value_before = models.CharField(max_length=15, choices=Claim.choices, blank=True)
    text_before = models.TextField(blank=True)
    value_after = models.CharField(max_length=15, choices=Claim.choices, blank=True)
    text_after = models.TextField(blank=True)

    class Meta:
        verbose_name = _("réponse régularisée")

    def __str__(self) -> str:
        return f"{self.answer_id}: {self.value_before} → {self.value_after}"
