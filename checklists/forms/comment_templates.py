"""The form of one comment kept ready."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.forms.fields import LineField

from ..domain.comment_templates import Wording
from ..enums import ScoreValue
from ..models import CommentTemplate
from ..models.comment_template import TEMPLATE_MAX_LENGTH, TITLE_MAX_LENGTH


class CommentTemplateForm(forms.Form):
    """Its title, its text, the score it goes with, its rank; and the version that was read."""

    title = LineField(
        label=_("Titre"),
        max_length=TITLE_MAX_LENGTH,
        help_text=_("Ce que vous chercherez dans la liste : quelques mots."),
        error_messages={"required": _("Donnez un titre au modèle.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=_("Texte"),
        max_length=TEMPLATE_MAX_LENGTH,
        help_text=_("Inséré tel quel dans le commentaire ; vous le complétez ensuite."),
        error_messages={"required": _("Écrivez le texte du modèle.")},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    score = forms.ChoiceField(
        label=_("Note concernée"),
        required=False,
        choices=[("", _("Toutes les notes")), *ScoreValue.choices[1:]],
        help_text=_("Dans la grille, les modèles de la note donnée viennent en premier."),
    )
    place = forms.IntegerField(
        label=_("Rang dans la liste"),
        required=False,
        min_value=1,
        help_text=_(
            "Les neuf premiers s’insèrent par leur chiffre. Sans rang, le modèle reste à sa "
            "place, ou va à la fin."
        ),
        error_messages={
            "invalid": _("Donnez un nombre entier."),
            "min_value": _("Le premier rang est 1."),
        },
        widget=forms.NumberInput(attrs={"class": "is-short", "min": 1}),
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def wording(self) -> Wording:
        """Return what the domain asks for."""
        data = self.cleaned_data
        text = data["text"].replace("\r\n", "\n")
        return Wording(data["title"], text, data["score"], data["place"] or 0)

    def version_read(self) -> int:
        """The version of the template that the page showed; 0 when it says none."""
        return self.cleaned_data.get("version") or 0

    @staticmethod
    def initial_of(template: CommentTemplate) -> dict[str, Any]:
        """Return what the form shows of a template that exists."""
        names = ("title", "text", "score", "version")
        shown = {name: getattr(template, name) for name in names}
        return shown | {"place": template.position}
