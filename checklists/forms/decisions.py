"""What a buyer decides: of one point, with the reservation if there is one, and of the whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common.date_fields import DayField, DayInput
from vendors.forms.fields import LineField

from ..domain.deciding import possible_wholes
from ..domain.decisions import Edit
from ..domain.queries.decisions import Line
from ..enums import DecisionValue
from ..models import AssessmentDecision
from ..models.decision import (
    COMMITMENT_MAX_LENGTH,
    GIVEN,
    OWNER_MAX_LENGTH,
    REASON_MAX_LENGTH,
)

CHOICES = [(value.value, value.label) for value in GIVEN]


class PointForm(forms.Form):
    """One point of the page: its radios, and the three fields of a reservation."""

    decision = forms.ChoiceField(
        label=_("Décision"), choices=CHOICES, required=False, widget=forms.RadioSelect
    )
    commitment = forms.CharField(
        label=_("Engagement du candidat"),
        required=False,
        max_length=COMMITMENT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
    owner = LineField(
        label=_("Responsable"),
        required=False,
        max_length=OWNER_MAX_LENGTH,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    due_on = DayField(
        label=_("Échéance"),
        required=False,
        widget=DayInput("form-control"),
        error_messages={"invalid": _("Écrivez une date, par exemple 15/06/2026.")},
    )
    read = forms.RegexField(r"^\d{1,9}\.\d{1,9}\.\d{1,9}$", widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, line: Line) -> None:
        # What was decided on a claim or a score that changed since is decided anew.
        known = "" if line.is_outdated else line.decision
        super().__init__(
            data,
            prefix=line.ref,
            initial={
                "decision": known,
                "commitment": line.commitment,
                "owner": line.owner,
                "due_on": line.due_on,
            },
        )
        self.line = line

    @property
    def read_now(self) -> str:
        """What the page shows, as its hidden field says it: never what an older page had read."""
        return f"{self.line.version}.{self.line.answer_version}.{self.line.score_version}"

    def clean(self) -> dict[str, Any]:
        """Ask for the three fields of a reservation, each at its place."""
        data = super().clean() or self.cleaned_data
        if data.get("decision") == DecisionValue.RESERVED:
            for name, sentence in (
                ("commitment", _("Écrivez l’engagement.")),
                ("owner", _("Nommez le responsable.")),
                ("due_on", _("Donnez l’échéance.")),
            ):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return data

    def edit(self) -> Edit | None:
        """Return what is decided of the point, None when nothing is."""
        data = self.cleaned_data
        if not data["decision"]:
            return None
        base, answer, score = map(int, data["read"].split("."))
        is_reserved = data["decision"] == DecisionValue.RESERVED
        return Edit(
            self.line.ref,
            data["decision"],
            commitment=data["commitment"].replace("\r\n", "\n") if is_reserved else "",
            owner=data["owner"] if is_reserved else "",
            due_on=data["due_on"] if is_reserved else None,
            base_version=base,
            answer_version=answer,
            score_version=score,
        )


class WholeForm(forms.Form):
    """The decision on the whole, among those that hold with the decisions on the points."""

    value = forms.ChoiceField(
        label=_("Décision sur l’ensemble"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une décision.")},
    )
    reason = forms.CharField(
        label=_("Motif"),
        required=False,
        max_length=REASON_MAX_LENGTH,
        help_text=_("Demandé pour un refus, une réserve, ou quand un point est refusé."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    base_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, data: Any = None, *, lines: list[Line], known: AssessmentDecision | None
    ) -> None:
        initial: dict[str, Any] = {"base_version": known.version if known else 0}
        if known:
            initial |= {"value": known.value, "reason": known.reason}
        super().__init__(data, initial=initial)
        choices = self.fields["value"]
        assert isinstance(choices, forms.ChoiceField)
        possible = possible_wholes(line.decision for line in lines)
        choices.choices = [(value.value, value.label) for value in possible]
