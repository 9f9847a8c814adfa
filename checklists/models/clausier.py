"""The clausier: its versions, chapters and control points.

A published version is immutable: triggers refuse any change of it (migration 0002).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..enums import AnswerKind, Owner, VersionState
from ..validators import validate_condition


class Clausier(models.Model):
    """A family of questions: numerical security, HDS, CaRE …"""

    code = models.SlugField(_("Code"), max_length=60, unique=True)
    title = models.CharField(_("Titre"), max_length=250)

    class Meta:
        verbose_name = _("clausier")

    def __str__(self) -> str:
        return self.title


class ClausierVersion(models.Model):
    """One edition of a clausier, from one source, frozen by its publication."""

    clausier = models.ForeignKey(Clausier, models.PROTECT, related_name="versions")
    number = models.CharField(_("Version"), max_length=30)
    title = models.CharField(_("Titre"), max_length=250)
    edition_date = models.DateField(_("Date de l’édition"), null=True, blank=True)
    source = models.TextField(_("Source"), blank=True)
    licence_note = models.TextField(_("Droits"), blank=True)
    preamble = models.TextField(_("Préambule"), blank=True)
    is_official_text = models.BooleanField(_("Texte officiel"), default=False)
    is_proposal = models.BooleanField(
        pgettext_lazy("clausier", "Proposition"), default=False, db_default=False
    )
    state = models.CharField(
        _("État"), max_length=10, choices=VersionState.choices, default=VersionState.DRAFT
    )
    published_at = models.DateTimeField(_("Publiée le"), null=True, blank=True)
    content_sha256 = models.CharField(_("Empreinte"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("version du clausier")
        constraints = [
            models.UniqueConstraint(fields=["clausier", "number"], name="clausier_version_unique"),
            models.CheckConstraint(
                condition=models.Q(state=VersionState.DRAFT, published_at=None, content_sha256="")
                | (
                    models.Q(state=VersionState.PUBLISHED, published_at__isnull=False)
                    & ~models.Q(content_sha256="")
                ),
                name="clausier_version_published_with_hash",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_official_text=True, is_proposal=True),
                name="clausier_version_official_or_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} – v{self.number}"

    @property
    def is_published(self) -> bool:
        return self.state == VersionState.PUBLISHED


class Chapter(models.Model):
    """A chapter or sub-chapter. Its ``ref`` may be empty: some official headings have none."""

    version = models.ForeignKey(ClausierVersion, models.CASCADE, related_name="chapters")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    ref = models.CharField(_("Numéro"), max_length=30, blank=True)
    title = models.CharField(_("Titre"), max_length=250)
    note = models.TextField(pgettext_lazy("chapter", "Note"), blank=True)
    position = models.PositiveIntegerField(_("Ordre"))

    class Meta:
        verbose_name = _("chapitre")
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="chapter_position_unique")
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}".strip()


class ControlPoint(models.Model):
    """One point to answer, known by its official number ``ref`` (O-7.1).

    Order by ``position``, never by ``ref``: O-9.1.1 comes after O-9.15 in the official text.
    """

    version = models.ForeignKey(ClausierVersion, models.CASCADE, related_name="points")
    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="points")
    ref = models.CharField(_("Numéro"), max_length=40)
    position = models.PositiveIntegerField(_("Ordre"))
    title = models.CharField(_("Titre"), max_length=250)
    requirement = models.TextField(_("Exigence"))
    expected = models.TextField(_("Réponse attendue"), blank=True)
    answer_kind = models.CharField(
        _("Nature de la réponse"), max_length=20, choices=AnswerKind.choices
    )
    condition = models.CharField(
        _("Condition"), max_length=120, default="ALWAYS", validators=[validate_condition]
    )
    owner = models.CharField(
        _("Porteur"), max_length=10, choices=Owner.choices, default=Owner.CANDIDATE
    )
    reviewers = models.JSONField(_("Relecteurs"), default=list)
    kinds = models.JSONField(_("Natures"), default=list)
    parameters = models.JSONField(_("Paramètres"), default=list)
    references = models.JSONField(_("Références"), default=list)
    guide_compliant = models.TextField(_("Conforme si"), blank=True)
    guide_partial = models.TextField(_("Partiel si"), blank=True)
    guide_non_compliant = models.TextField(_("Non conforme si"), blank=True)
    erratum = models.TextField(_("Note sur le texte officiel"), blank=True)

    class Meta:
        verbose_name = _("point de contrôle")
        constraints = [
            models.UniqueConstraint(fields=["version", "ref"], name="point_ref_unique"),
            models.UniqueConstraint(fields=["version", "position"], name="point_position_unique"),
            models.CheckConstraint(
                condition=models.Q(answer_kind__in=AnswerKind.values), name="point_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(owner__in=Owner.values), name="point_owner_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def is_scored(self) -> bool:
        """Whether a candidate answers it: a duty of the facility itself is shown, never scored."""
        return self.answer_kind != AnswerKind.NONE
