"""The comments that a facility keeps ready, to be inserted while scoring."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility

from ..enums import ScoreValue

TITLE_MAX_LENGTH = 80
TEMPLATE_MAX_LENGTH = 2_000
"""Characters of a template: a comment is made of several, and has its own limit."""


class CommentTemplate(models.Model):
    """A text with a title, and the score that it usually goes with, if any.

    Who wrote it and when is in the journal; ``position`` orders the list, from 1.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="comment_templates")
    title = models.CharField(_("Titre"), max_length=TITLE_MAX_LENGTH)
    text = models.TextField(_("Texte"), max_length=TEMPLATE_MAX_LENGTH)
    score = models.CharField(
        _("Note concernée"), max_length=15, choices=ScoreValue.choices, blank=True, default=""
    )
    position = models.PositiveIntegerField(_("Rang"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("modèle de commentaire")
        constraints = [
            models.UniqueConstraint(
                "facility", Lower("title"), name="comment_template_title_unique"
            ),
            models.CheckConstraint(
                condition=~models.Q(title="") & ~models.Q(text=""),
                name="comment_template_says_something",
            ),
            models.CheckConstraint(
                condition=models.Q(score__in=ScoreValue.values),
                name="comment_template_score_known",
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1), name="comment_template_position_from_one"
            ),
        ]

    def __str__(self) -> str:
        return self.title
