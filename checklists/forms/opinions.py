"""What is typed to ask for an opinion, and to file one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common.date_fields import DayField

from ..domain.opinions import Question
from ..domain.queries.grid import Catalogue
from ..enums import OpinionValue
from ..models.finding import REVIEWERS
from ..models.opinion import OPINION_MAX_LENGTH, QUESTION_MAX_LENGTH

TOO_LONG = {"max_length": _("Raccourcissez ce texte : %(limit_value)d caractères au plus.")}
ROLE, PERSON, CHAPTER = "role-", "personne-", "chapitre-"


class AskOpinionForm(forms.Form):
    """Who is asked, what, by when, and on what."""

    whom = forms.ChoiceField(
        label=_("Demander à"),
        error_messages={"required": _("Choisissez un rôle ou une personne.")},
    )
    question = forms.CharField(
        label=_("Question"),
        max_length=QUESTION_MAX_LENGTH,
        help_text=_("Elle figure dans le PDF, avec l’avis."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=TOO_LONG | {"required": _("Écrivez votre question.")},
    )
    due_on = DayField(
        label=_("Avis attendu pour le"),
        error_messages={
            "required": _("Donnez une date."),
            "invalid": _("Écrivez la date : jour, mois, année."),
        },
    )
    scope = forms.ChoiceField(label=_("Porte sur"), required=False)
    refs = forms.CharField(
        label=_("Ou seulement sur ces points"),
        required=False,
        max_length=2_000,
        help_text=_("Leurs numéros, séparés par des espaces. Par exemple : O-7.1 O-7.4"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages=TOO_LONG,
    )

    def __init__(
        self,
        *args: Any,
        people: Sequence[tuple[User, list[str]]],
        asked: Sequence[str],
        texts: Catalogue,
        **kwargs: Any,
    ) -> None:
        """Offer who may answer, and the chapters of the points ``asked`` of the candidates."""
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person, _roles in people}
        self.chapters: dict[str, tuple[str, list[str]]] = {}
        for ref in asked:
            chapter = texts.chapters[texts.root_of(ref)]
            key = f"{CHAPTER}{chapter.position}"
            title = f"{chapter.ref}. {chapter.title}" if chapter.ref else chapter.title
            self.chapters.setdefault(key, (title, []))[1].append(ref)
        held = {role for _person, roles in people for role in roles}
        self._choices("whom", _whom(people, held))
        self._choices(
            "scope",
            [("", _("Toute l’évaluation")), *((k, t) for k, (t, _refs) in self.chapters.items())],
        )

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def question_asked(self) -> Question:
        """Return what the domain asks for."""
        data = self.cleaned_data
        kind, _dash, key = data["whom"].partition("-")
        chosen = data["refs"].replace(",", " ").replace(";", " ").split()
        chapter, refs = ("", chosen) if chosen else self.chapters.get(data["scope"], ("", []))
        return Question(
            text=data["question"].replace("\r\n", "\n"),
            due_on=data["due_on"],
            role=key if f"{kind}-" == ROLE else "",
            person=self.people[int(key)] if f"{kind}-" == PERSON else None,
            chapter=chapter,
            refs=tuple(dict.fromkeys(refs)),
        )


def _whom(people: Sequence[tuple[User, list[str]]], held: set[str]) -> list[Any]:
    roles = [(f"{ROLE}{role}", Role(role).label) for role in REVIEWERS if role in held]
    names = [
        (f"{PERSON}{person.pk}", f"{person} ({', '.join(str(Role(role).label) for role in roles)})")
        for person, roles in people
    ]
    return [("", _("Choisissez")), (_("Un rôle"), roles), (_("Une personne"), names)]


class OpinionForm(forms.Form):
    """An opinion and its reasons, with the number of the last one that was read."""

    value = forms.ChoiceField(
        choices=OpinionValue.choices,
        error_messages={"required": _("Choisissez votre avis.")},
    )
    text = forms.CharField(
        label=_("Vos motifs"),
        required=False,
        max_length=OPINION_MAX_LENGTH,
        help_text=_("Obligatoires pour un avis réservé ou défavorable."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages=TOO_LONG,
    )
    base = forms.IntegerField(
        required=False, min_value=0, max_value=9_999, widget=forms.HiddenInput
    )
