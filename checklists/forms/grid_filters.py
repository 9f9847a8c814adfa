"""What the address of the grid asks: filters, view, density. What is not understood asks nothing."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..domain.filtering import Filters
from ..domain.queries.grid import ChapterText
from ..enums import Claim, ScoreValue

SCORES: dict[str, tuple[str, Any]] = {
    "non-notes": (ScoreValue.NONE, _("Non notés")),
    "conforme": (ScoreValue.COMPLIANT, ScoreValue.COMPLIANT.label),
    "partiel": (ScoreValue.PARTIAL, ScoreValue.PARTIAL.label),
    "non-conforme": (ScoreValue.NON_COMPLIANT, ScoreValue.NON_COMPLIANT.label),
    "a-preciser": (ScoreValue.TO_CLARIFY, ScoreValue.TO_CLARIFY.label),
    "sans-objet": (ScoreValue.NOT_APPLICABLE, ScoreValue.NOT_APPLICABLE.label),
}
"""The scores by the words of the address."""

CLAIMS: dict[str, tuple[str, Any]] = {
    "oui": (Claim.YES, Claim.YES.label),
    "non": (Claim.NO, Claim.NO.label),
    "nc": (Claim.NOT_CONCERNED, _("NC (non concerné)")),
    "sans-reponse": (Claim.NONE, Claim.NONE.label),
}
"""The claims by the words of the address."""

COMMENTS = {"avec": (True, _("Avec")), "sans": (False, _("Sans"))}

FORMER = {"voir": "note"}
"""Names that an address kept in a bookmark may still hold."""


def _choice(label: Any, empty: Any, words: dict[str, tuple[Any, Any]]) -> forms.ChoiceField:
    choices = [("", empty), *((word, name) for word, (_value, name) in words.items())]
    return forms.ChoiceField(label=label, required=False, choices=choices)


def _box(label: Any) -> forms.BooleanField:
    return forms.BooleanField(
        label=label, required=False, widget=forms.CheckboxInput(attrs={"value": "oui"})
    )


class GridFilterForm(forms.Form):
    """The filters of the grid; everything is in the address."""

    use_required_attribute = False

    q = forms.CharField(
        label=_("Rechercher un point"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "id": "filtre-texte",
                "type": "search",
                "class": "form-control",
                "placeholder": _("Numéro, titre ou exigence"),
                "autocomplete": "off",
            }
        ),
    )
    note = _choice(pgettext_lazy("score", "Note"), _("Toutes"), SCORES)
    reponse = _choice(_("Réponse"), _("Toutes"), CLAIMS)
    chapitre = forms.TypedChoiceField(
        label=_("Chapitre"), required=False, coerce=int, empty_value=None
    )
    commentaire = _choice(_("Commentaire"), _("Avec ou sans"), COMMENTS)
    eliminatoires = _box(_("Éliminatoires"))
    ecart = _box(_("OUI du candidat, note autre que Conforme"))
    nouveau = _box(_("Modifiés par d’autres depuis ma saisie"))
    mes = _box(_("Mes points"))

    def __init__(self, data: QueryDict, *, chapters: list[ChapterText]) -> None:
        asked = data.copy()
        for former, name in FORMER.items():
            if former in asked:
                asked.setdefault(name, str(asked[former]))
        super().__init__(asked, auto_id="filtre-%s")
        field = self.fields["chapitre"]
        assert isinstance(field, forms.TypedChoiceField)
        names = [(one.position, f"{one.ref} {one.title}".strip()) for one in chapters]
        field.choices = [("", _("Tous")), *names]
        for one in self.fields.values():
            if isinstance(one.widget, forms.Select):
                one.widget.attrs["class"] = "form-select"

    @property
    def selects(self) -> list[forms.BoundField]:
        return [self[name] for name in ("note", "reponse", "chapitre", "commentaire")]

    def boxes(self, *, has_new: bool, has_mine: bool) -> list[forms.BoundField]:
        """The boxes that have something to find, and those that are ticked all the same."""
        useful = {"eliminatoires": True, "ecart": True, "nouveau": has_new, "mes": has_mine}
        return [self[name] for name, is_useful in useful.items() if is_useful or self[name].value()]

    def filters(self) -> Filters:
        """Return what is asked, as the domain takes it."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            text=data.get("q", ""),
            score=SCORES.get(data.get("note", ""), (None,))[0],
            claim=CLAIMS.get(data.get("reponse", ""), (None,))[0],
            chapter=data.get("chapitre"),
            has_comment=COMMENTS.get(data.get("commentaire", ""), (None,))[0],
            only_knock_out=data.get("eliminatoires", False),
            only_gap=data.get("ecart", False),
            only_new=data.get("nouveau", False),
            only_mine=data.get("mes", False),
        )
