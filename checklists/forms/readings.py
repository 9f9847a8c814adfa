"""What is typed to ask for a second look, and to give it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role

from ..enums import ReadingVerdict
from ..models.reading import READERS, TEXT_MAX_LENGTH

TOO_LONG = {"max_length": _("Raccourcissez ce texte : %(limit_value)d caractères au plus.")}


class AskForm(forms.Form):
    """Who is asked, and what in particular."""

    role = forms.ChoiceField(
        label=_("Demander à"), choices=[(role.value, Role(role).label) for role in READERS]
    )
    question = forms.CharField(
        label=_("Ce que vous voulez savoir"),
        required=False,
        max_length=TEXT_MAX_LENGTH,
        help_text=_("Facultatif. Par exemple : les points retirés vous conviennent-ils ?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=TOO_LONG,
    )


class AnswerForm(forms.Form):
    """An agreement, or reserves with their reasons."""

    verdict = forms.ChoiceField(
        choices=[choice for choice in ReadingVerdict.choices if choice[0]],
        error_messages={"required": _("Donnez votre accord ou des réserves.")},
    )
    remark = forms.CharField(
        label=_("Vos remarques"),
        required=False,
        max_length=TEXT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=TOO_LONG,
    )
