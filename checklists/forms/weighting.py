"""What is typed on the page of the weights and legal effects."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..domain import weights
from ..domain.queries.checklists import Row, Section
from ..domain.weighting import Setting, Weighting, problem
from ..enums import LegalEffect

_MOST_TOTAL = Decimal(100_000)


class WeightingForm(forms.Form):
    """The note, the announced total, then an effect and a weight a chapter and a point.

    What is given to a chapter replaces what its points have. A weight left empty is 1; what is
    asked for information weighs nothing, whatever was typed.
    """

    max_note = forms.DecimalField(
        label=gettext_lazy("Note maximale du critère"),
        min_value=Decimal("0.01"),
        max_value=weights.MOST,
        decimal_places=2,
        localize=True,
        help_text=gettext_lazy("Le critère compte sur cette note : 20, par exemple."),
        error_messages={
            "required": gettext_lazy("Donnez la note maximale, 20 par exemple."),
            "min_value": gettext_lazy("Donnez une note supérieure à zéro."),
        },
    )
    total = forms.DecimalField(
        label=gettext_lazy("Total annoncé des poids"),
        min_value=Decimal("0.01"),
        max_value=_MOST_TOTAL,
        decimal_places=2,
        localize=True,
        required=False,
        help_text=gettext_lazy(
            "Par exemple 100. Laissé vide, les poids comptent par leur part de la somme."
        ),
        error_messages={"min_value": gettext_lazy("Donnez un total supérieur à zéro.")},
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, sections: Sequence[Section], weighting: Weighting, seen: str
    ) -> None:
        total = "" if weighting.total is None else weights.written(weighting.total)
        initial = {"max_note": weights.written(weighting.max_note), "total": total, "seen": seen}
        super().__init__(data, initial=initial)
        self.sections = sections
        for section in sections:
            self._add_chapter(section)
            for row in section.rows:
                self._add_point(row, weighting.settings[row.point.ref])
        for name in ("max_note", "total"):
            self.fields[name].widget.attrs |= _number("is-short")

    def _add_chapter(self, section: Section) -> None:
        key, named = _chapter(section), str(section.chapter)
        self.fields[f"{key}.effect"] = forms.ChoiceField(
            label=_("Effet pour tout le chapitre %(chapter)s") % {"chapter": named},
            choices=[("", _("Point par point")), *LegalEffect.choices],
            required=False,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields[f"{key}.weight"] = _weight_field(
            _("Poids de chaque point du chapitre %(chapter)s") % {"chapter": named}
        )

    def _add_point(self, row: Row, setting: Setting) -> None:
        ref = row.point.ref
        self.fields[f"{ref}.effect"] = forms.ChoiceField(
            label=_("Effet de %(ref)s") % {"ref": ref},
            choices=LegalEffect.choices,
            initial=setting.effect,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        is_information = setting.effect == LegalEffect.INFORMATION
        self.fields[f"{ref}.weight"] = _weight_field(
            _("Poids de %(ref)s") % {"ref": ref},
            "" if is_information else weights.written(setting.weight),
        )

    def clean(self) -> dict[str, Any]:
        """Check what no field can say alone: an effect that its weight contradicts."""
        settings = self._settings()
        for section in self.sections:
            for row in section.rows:
                name, sentence = problem(
                    settings[row.point.ref], is_knock_out=row.item.is_knock_out
                )
                if sentence and f"{row.point.ref}.{name}" not in self.errors:
                    self.add_error(f"{row.point.ref}.{name}", sentence)
        return self.cleaned_data

    @property
    def weighting(self) -> Weighting:
        """What is asked for, once the form is valid."""
        data = self.cleaned_data
        return Weighting(data["max_note"], data["total"], self._settings())

    def _settings(self) -> dict[str, Setting]:
        return {
            row.point.ref: self._setting(_chapter(section), row.point.ref)
            for section in self.sections
            for row in section.rows
        }

    def _setting(self, chapter: str, ref: str) -> Setting:
        data = self.cleaned_data
        effect = data.get(f"{chapter}.effect") or data.get(f"{ref}.effect") or ""
        weight = data.get(f"{chapter}.weight")
        if weight is None:
            weight = data.get(f"{ref}.weight")
        if effect == LegalEffect.INFORMATION:
            weight = Decimal(0)
        return Setting(effect, weights.EQUAL if weight is None else weight)

    def of(self, key: str) -> dict[str, BoundField]:
        """Return the two fields of a chapter or of a point."""
        return {"effect": self[f"{key}.effect"], "weight": self[f"{key}.weight"]}

    def of_chapter(self, section: Section) -> dict[str, BoundField]:
        """Return the two fields by which all the points of a section are set at once."""
        return self.of(_chapter(section))


def _chapter(section: Section) -> str:
    return f"chapitre-{section.chapter.position}"


def _weight_field(label: str, initial: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        initial=initial,
        min_value=Decimal(0),
        max_value=weights.MOST,
        decimal_places=2,
        localize=True,
        required=False,
        widget=forms.TextInput(attrs=_number("weight-box")),
        error_messages={"invalid": _("Écrivez un nombre : 2 ou 1,5.")},
    )


def _number(css: str) -> dict[str, str]:
    return {"class": f"form-control {css}", "inputmode": "decimal", "autocomplete": "off"}
