"""What is typed on the page of the CCTP parameters."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..domain import cctp
from ..domain.cctp import CHOICE, DURATION, EMPTY, MOST_AMOUNT, Question, Value, problem

_PARTS = {DURATION: ("amount", "unit"), CHOICE: ("choice", "detail")}


class ParametersForm(forms.Form):
    """One question after the other, by the fields that its kind needs; an empty answer is kept."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        questions: Mapping[Question, list[str]],
        values: Mapping[str, Value],
        seen: str,
    ) -> None:
        super().__init__(data, initial={"seen": seen})
        self.questions = questions
        for question in questions:
            for part in parts_of(question):
                field = _BUILDERS[part](question)
                field.initial = getattr(values.get(question.key, EMPTY), part)
                self.fields[f"{question.key}.{part}"] = field

    def clean(self) -> dict[str, Any]:
        """Check each answer as a whole: an amount and its unit, a choice and its words."""
        for question in self.questions:
            part, sentence = problem(question, self._value(question))
            field = f"{question.key}.{part}"
            if sentence and field not in self.errors:
                self.add_error(field, sentence)
        return self.cleaned_data

    @property
    def values(self) -> dict[str, Value]:
        """What is asked for, once the form is valid."""
        return {question.key: self._value(question) for question in self.questions}

    def _value(self, question: Question) -> Value:
        given = {part: self._given(question, part) for part in parts_of(question)}
        if given.get("amount") is None and f"{question.key}.amount" not in self.errors:
            given.pop("unit", None)  # a list always holds one of its units
        if "choice" in given and not given["choice"] and self._is_suggested(question):
            given.pop("detail")
        return Value(**given)

    def _given(self, question: Question, part: str) -> Any:
        name = f"{question.key}.{part}"
        empty = None if part == "amount" else ""
        return self.cleaned_data.get(name, empty)

    def _is_suggested(self, question: Question) -> bool:
        """Whether the words are those that the page offered: they answer nothing by themselves."""
        name = f"{question.key}.detail"
        return bool(self.cleaned_data.get(name) == self.fields[name].initial)

    def of(self, question: Question) -> list[BoundField]:
        """Return the fields of one question, in order."""
        return [self[f"{question.key}.{part}"] for part in parts_of(question)]


def parts_of(question: Question) -> tuple[str, ...]:
    """Return which parts of a value a question is answered by."""
    return _PARTS.get(question.kind, ("detail",))


def _amount(question: Question) -> forms.Field:
    return forms.IntegerField(
        label=str(question.label),
        required=False,
        min_value=1,
        max_value=MOST_AMOUNT,
        widget=forms.TextInput(
            attrs={"class": "form-control is-short", "inputmode": "numeric", "autocomplete": "off"}
        ),
        error_messages={"invalid": _("Donnez un nombre entier, 24 par exemple.")},
    )


def _unit(question: Question) -> forms.Field:
    return forms.ChoiceField(
        label=_("%(label)s, unité") % {"label": question.label},
        choices=[(unit.value, unit.label) for unit in question.units],
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _choice(question: Question) -> forms.Field:
    return forms.ChoiceField(
        label=str(question.label),
        choices=[("", _("À choisir")), *((one.code, one.label) for one in question.options)],
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def _detail(question: Question) -> forms.Field:
    attrs: dict[str, Any] = {"class": "form-control"}
    widget = (
        forms.TextInput(attrs)
        if question.kind == cctp.EMAIL
        else forms.Textarea(attrs | {"rows": 2})
    )
    return forms.CharField(
        label=_("%(label)s, précisions") % {"label": question.label}
        if question.kind == CHOICE
        else str(question.label),
        max_length=cctp.MOST_CHARACTERS,
        required=False,
        widget=widget,
        error_messages={
            "max_length": gettext_lazy("Raccourcissez : %(limit_value)d caractères au plus.")
        },
    )


_BUILDERS = {"amount": _amount, "unit": _unit, "choice": _choice, "detail": _detail}
