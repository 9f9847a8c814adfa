"""What the address of a comparison asks. What is not understood filters nothing."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..domain.comparing import Comparison, Filters, Show

SHOWN: dict[str, tuple[Show, Any]] = {
    "eliminatoires": (Show.KNOCK_OUTS, _("Points éliminatoires")),
    "exiges": (Show.REQUIRED, _("Points exigés")),
    "a-qualifier": (Show.AT_STAKE, _("Points à qualifier")),
}
"""The points by the words of the address."""

IN_ORDER = "clausier"


class ComparisonFilterForm(forms.Form):
    """The filters of a comparison; everything is in the address."""

    use_required_attribute = False

    voir = forms.ChoiceField(
        label=_("Points"),
        required=False,
        choices=[("", _("Tous les points")), *((word, name) for word, (_v, name) in SHOWN.items())],
    )
    chapitre = forms.TypedChoiceField(
        label=_("Chapitre"), required=False, coerce=int, empty_value=None
    )
    ordre = forms.ChoiceField(
        label=_("Ordre"),
        required=False,
        choices=[("", _("Éliminatoires d’abord")), (IN_ORDER, _("Ordre du clausier"))],
    )
    ecarts = forms.BooleanField(
        label=_("Différences seulement"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "oui"}),
    )
    candidat = forms.TypedMultipleChoiceField(
        label=_("Candidats"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict, *, comparison: Comparison) -> None:
        super().__init__(data, auto_id="filtre-%s")
        places = dict.fromkeys(point.chapter for point in comparison.points)
        chapters = [comparison.chapters[place] for place in places]
        names = [(one.position, f"{one.ref} {one.title}".strip()) for one in chapters]
        self._choose("chapitre", [("", _("Tous")), *names])
        self._choose("candidat", [(one.assessment, one.name) for one in comparison.candidates])
        for field in self.fields.values():
            if isinstance(field.widget, forms.Select):
                field.widget.attrs["class"] = "form-select"

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def selects(self) -> list[forms.BoundField]:
        return [self[name] for name in ("voir", "chapitre", "ordre")]

    def filters(self) -> Filters:
        """Return what is asked, as the domain takes it."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            show=SHOWN.get(data.get("voir", ""), (Show.ALL,))[0],
            chapter=data.get("chapitre"),
            only_differences=data.get("ecarts", False),
            candidates=frozenset(data.get("candidat", ())),
            in_order=data.get("ordre") == IN_ORDER,
        )
