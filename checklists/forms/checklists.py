"""What is typed on the pages of a checklist."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.forms.search import SearchField

from ..domain.checklists import REASON_MAX_LENGTH
from ..domain.derogations import WORDING_MAX_LENGTH
from ..domain.queries import checklists as queries
from ..enums import DerogationKind, Flag, Force
from ..models import ClausierVersion


class VersionForm(forms.Form):
    """The version of the clausier on which a checklist is made."""

    version = forms.ModelChoiceField(
        label=_("Version du clausier"),
        queryset=ClausierVersion.objects.none(),
        empty_label=None,
        error_messages={
            "required": _("Choisissez une version."),
            "invalid_choice": _("Cette version n’est plus proposée : choisissez-en une autre."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queries.versions()


class CorrectionForm(forms.Form):
    """Why a published checklist is corrected."""

    reason = forms.CharField(
        label=_("Motif de la correction"),
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Il figure dans l’édition corrigée, que tous les candidats reçoivent."),
        error_messages={
            "required": _("Écrivez le motif."),
            "max_length": _("Raccourcissez le motif : %(limit_value)d caractères au plus."),
        },
    )


class ProfileForm(forms.Form):
    """The ticked questions, and the profile that the page showed when it was opened."""

    flags = forms.MultipleChoiceField(label=_("Profil"), choices=Flag.choices, required=False)
    seen = forms.MultipleChoiceField(choices=Flag.choices, required=False)


class ForceForm(forms.Form):
    """A decision on one point against the rule, with its reason."""

    force = forms.ChoiceField(
        choices=[(Force.IN, Force.IN.label), (Force.OUT, Force.OUT.label)],
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        label=_("Motif"),
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Une ou deux phrases : elles figurent dans la check-list publiée et dans le document "
            "scellé, sous votre nom."
        ),
        error_messages={
            "required": _("Écrivez le motif : il figure dans la check-list publiée."),
            "max_length": _("Raccourcissez le motif : %(limit_value)d caractères au plus."),
        },
    )


class DerogationForm(forms.Form):
    """A point set aside or reworded in the CCTP, and why."""

    kind = forms.ChoiceField(
        label=_("Dérogation"),
        choices=DerogationKind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez d’écarter le point ou d’adapter sa rédaction."),
        },
    )
    wording = forms.CharField(
        label=_("Rédaction adaptée"),
        max_length=WORDING_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Seulement si vous adaptez le point : le candidat lira cette phrase aussi."),
        error_messages={
            "max_length": _("Raccourcissez : %(limit_value)d caractères au plus."),
        },
    )
    reason = forms.CharField(
        label=_("Motif de la dérogation"),
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Il figure dans l’annexe des dérogations, sous votre nom."),
        error_messages={
            "required": _("Écrivez le motif : il figure dans l’annexe des dérogations."),
            "max_length": _("Raccourcissez le motif : %(limit_value)d caractères au plus."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"auto_id": "id_derogation_%s"})

    def clean(self) -> dict[str, Any]:
        """Ask for the wording of what is adapted."""
        data = self.cleaned_data
        if data.get("kind") == DerogationKind.ADAPTED and not data.get("wording"):
            self.add_error(
                "wording", _("Écrivez la rédaction adaptée : c’est elle que le candidat lira.")
            )
        return data


class KnockOutForm(forms.Form):
    """Whether a point is a knock-out."""

    is_knock_out = forms.BooleanField(label=_("Ce point est éliminatoire"), required=False)


class PointFilterForm(forms.Form):
    """Search and filter of the points; everything is in the address."""

    q = SearchField(label=_("Rechercher un point"))
    voir = forms.ChoiceField(label=_("Voir"), required=False)

    def __init__(self, data: Any, *, summary: queries.Summary) -> None:
        super().__init__(data)
        field = self.fields["voir"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Tous (%d)") % summary.total),
            ("demandes", _("Demandés (%d)") % summary.asked),
            ("ecartes", _("Écartés (%d)") % summary.left_out),
            ("forces", _("Ajoutés ou retirés à la main (%d)") % summary.forced),
            ("derogations", _("Avec une dérogation (%d)") % summary.derogations),
            ("eliminatoires", _("Éliminatoires (%d)") % summary.knock_outs),
        ]

    def values(self) -> tuple[str, str]:
        """Return the filter and the text; what is not understood filters nothing."""
        self.is_valid()
        data = self.cleaned_data
        return data.get("voir", ""), data.get("q", "")


class PublishForm(forms.Form):
    """The fingerprint of the content that the person has read."""

    content = forms.CharField(max_length=64, widget=forms.HiddenInput)
