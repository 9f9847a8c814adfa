"""Which roles review a point or a chapter in one facility, where it departs from the clausier."""

from itertools import combinations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.models import Facility

from .clausier import Clausier
from .finding import REVIEWERS

ROLE_SETS = [
    " ".join(roles)
    for size in range(1, len(REVIEWERS) + 1)
    for roles in combinations(REVIEWERS, size)
]
"""Each set of roles that may review, as it is written: at least one role, in their order."""


class ReviewRoute(models.Model):
    """One rule of a facility: on a chapter, or on one point in spite of its chapter.

    A point is known by its number and a chapter by its own, else its title: the rule outlives the
    versions of the clausier. A rule is never rewritten: it ends, and another begins, so that what
    a signed assessment showed can be told for ever (migration 0030).
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="review_routes")
    clausier = models.ForeignKey(Clausier, models.PROTECT, related_name="+")
    chapter = models.CharField(_("Chapitre"), max_length=250, blank=True)
    ref = models.CharField(_("Point"), max_length=40, blank=True)
    roles = models.CharField(_("Relecteurs"), max_length=60)
    set_at = models.DateTimeField(_("Décidé le"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("Levé le"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("routage des relectures")
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(chapter="") & ~models.Q(ref=""))
                | (models.Q(ref="") & ~models.Q(chapter="")),
                name="review_route_of_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(roles__in=ROLE_SETS), name="review_route_roles_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by=None)
                | models.Q(
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                    ended_at__gte=models.F("set_at"),
                ),
                name="review_route_ended_by_someone",
            ),
            models.UniqueConstraint(
                fields=["facility", "clausier", "chapter", "ref"],
                condition=models.Q(ended_at=None),
                name="review_route_once_a_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.facility_id}/{self.chapter or self.ref}: {self.roles}"
