"""The personal link by which one candidate answers, without an account.

Without a ``party`` it opens the questionnaire of a checklist; with one, the points that a letter
asks about the offer, until the date that the letter gives.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from .assessment import Assessment

REMINDER_DAYS = (7, 3, 1)
"""How many days before the end of a link its candidate is reminded."""


class AnswerLink(models.Model):
    """A link of one assessment; only the hash of its secret is kept.

    ``number`` counts the links of the assessment; one is open at a time. ``opened_at`` is the first
    act of the candidate, ``submitted_at`` the last: nothing changes afterwards, nor once the link
    is revoked (migration 0015). ``content_sha256`` is the hash of the answers that were submitted.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="answer_links")
    party = models.ForeignKey(
        "checklists.ExchangeParty", models.PROTECT, null=True, blank=True, related_name="links"
    )
    number = models.PositiveIntegerField(_("Numéro"))
    token_sha256 = models.CharField(max_length=64, unique=True)
    email = models.EmailField(_("Envoyé à"), blank=True)
    created_at = models.DateTimeField(_("Créé le"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(_("Valable jusqu’au"))
    revoked_at = models.DateTimeField(_("Retiré le"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField(_("Ouvert le"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("Envoyé le"), null=True, blank=True)
    content_sha256 = models.CharField(_("Empreinte des réponses"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("lien de réponse")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "number"], name="answer_link_number_unique"
            ),
            models.UniqueConstraint(
                fields=["assessment"],
                condition=models.Q(party=None, revoked_at=None, submitted_at=None),
                name="answer_link_one_open",
            ),
            models.UniqueConstraint(
                fields=["party"],
                condition=models.Q(party__isnull=False, revoked_at=None),
                name="answer_link_one_a_letter",
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1) & ~models.Q(token_sha256=""),
                name="answer_link_has_its_secret",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")),
                name="answer_link_expires_after_its_creation",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False, submitted_at=None),
                name="answer_link_revoked_by_someone_before_submission",
            ),
            models.CheckConstraint(
                condition=models.Q(submitted_at=None, content_sha256="")
                | (
                    models.Q(
                        opened_at__isnull=False,
                        submitted_at__gte=models.F("opened_at"),
                        submitted_at__lt=models.F("expires_at"),
                    )
                    & ~models.Q(content_sha256="")
                ),
                name="answer_link_submitted_in_time_with_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return _t("Lien %(number)d") % {"number": self.number}


class Reminder(models.Model):
    """A reminder of one link, at so many days before its end: each at most once, and kept."""

    link = models.ForeignKey(AnswerLink, models.PROTECT, related_name="reminders")
    days = models.PositiveSmallIntegerField(_("Jours avant la fin"))
    sent_at = models.DateTimeField(_("Envoyé le"))

    class Meta:
        verbose_name = _("rappel")
        constraints = [
            models.UniqueConstraint(fields=["link", "days"], name="reminder_once"),
            models.CheckConstraint(
                condition=models.Q(days__in=REMINDER_DAYS), name="reminder_days_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.days}"
