"""What is typed about the retention of a tender, and the filters of its list."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.forms.search import SearchField
from uniha_clausier.common.date_fields import DayField
from vendors.forms.fields import RowsField
from vendors.models import Candidacy

from ..domain.queries.retention import Filters, Kept
from ..domain.retention import Dates
from ..enums import RetentionState
from ..models import Retention
from ..models.retention import REASON_MAX_LENGTH
from .facilities import FacilityFilterForm

NOT_A_DATE = _("Écrivez une date, par exemple 15/06/2026.")


def _date(label: Any, *, required: bool = True, **more: Any) -> DayField:
    return DayField(
        label=label,
        required=required,
        error_messages={"required": _("Donnez cette date."), "invalid": NOT_A_DATE},
        **more,
    )


def _reason(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Donnez le motif.")},
        **more,
    )


class HolderField(RowsField[Candidacy]):
    """The candidates who got the contract, by name and by lot."""

    def label_from_instance(self, obj: Candidacy) -> str:
        return f"{obj.vendor.name} ({obj.lot})" if obj.lot.tender.has_lots else obj.vendor.name


class RetentionForm(forms.Form):
    """When the contract was signed, with whom, and when its execution ended."""

    signed_on = _date(
        _("Contrat signé le"),
        help_text=_("En plusieurs lots, la date du dernier contrat signé."),
    )
    executed_on = _date(
        _("Fin d’exécution le"),
        required=False,
        help_text=_("Le solde du dernier contrat payé. Laissez vide tant qu’il s’exécute."),
    )
    holders = HolderField(
        Candidacy.objects.none(),
        label=_("Titulaires"),
        help_text=_(
            "Leurs pièces se conservent avec le marché, celles des autres moins longtemps."
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un titulaire.")},
    )

    def __init__(
        self, data: Any, *, candidacies: QuerySet[Candidacy], retention: Retention | None
    ) -> None:
        initial = (
            {
                "signed_on": retention.signed_on,
                "executed_on": retention.executed_on,
                "holders": list(retention.holders.values_list("pk", flat=True)),
            }
            if retention
            else {}
        )
        super().__init__(data, initial=initial)
        field = self.fields["holders"]
        assert isinstance(field, HolderField)
        field.queryset = candidacies.select_related("vendor", "lot__tender")

    def dates(self) -> Dates:
        """Return what was typed."""
        data = self.cleaned_data
        return Dates(data["signed_on"], data["executed_on"], list(data["holders"]))


class HoldForm(forms.Form):
    """Why nothing may be eliminated."""

    reason = _reason(
        _("Motif de la suspension"),
        help_text=_("Par exemple : référé précontractuel, numéro de l’affaire."),
    )


class LiftForm(forms.Form):
    """Why eliminations are possible again."""

    reason = _reason(_("Motif de la levée"))


class ProposalForm(forms.Form):
    """Which part of the file may go, and why."""

    scope = forms.ChoiceField(
        label=_("Pièces"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez les pièces à éliminer.")},
    )
    reason = _reason(_("Motif de la proposition"))

    def __init__(self, data: Any, *, parts: Sequence[Kept]) -> None:
        super().__init__(data)
        field = self.fields["scope"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(part.scope.value, part.scope.label) for part in parts]


class EliminationForm(forms.Form):
    """What is decided of a proposal; the visa of the archives is needed to approve it."""

    APPROVE, REFUSE = "approuver", "refuser"

    decision = forms.ChoiceField(
        label=_("Décision"),
        choices=[
            (APPROVE, _("Approuver : les fichiers sont supprimés, définitivement")),
            (REFUSE, _("Refuser : rien n’est supprimé")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une décision.")},
    )
    reason = _reason(_("Motif"))
    visa = forms.CharField(
        label=_("Visa d’élimination des archives"),
        required=False,
        max_length=200,
        help_text=_(
            "Le service et la référence du visa, sans lequel rien ne s’élimine (code du patrimoine, "
            "art. L212-2)."
        ),
    )
    visa_on = _date(_("Visa donné le"), required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the visa only of who approves."""
        data = super().clean() or {}
        if data.get("decision") == self.APPROVE:
            for name in ("visa", "visa_on"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Sans visa des archives, rien ne s’élimine."))
        return data

    def is_approval(self) -> bool:
        """Whether the files go."""
        return bool(self.cleaned_data["decision"] == self.APPROVE)

    def visa_day(self) -> dt.date:
        """Return the day of the visa of an approval."""
        day: dt.date = self.cleaned_data["visa_on"]
        return day


class RetentionFilterForm(FacilityFilterForm):
    """Search and filters of the list; what is not understood filters nothing."""

    field_order = ["q", "etat", "etablissement"]

    q = SearchField(label=_("Rechercher une consultation"), placeholder=_("Référence ou objet"))
    etat = forms.ChoiceField(
        label=_("État"), required=False, choices=[("", _("Tous")), *RetentionState.choices]
    )

    def filters(self) -> Filters:
        """Return what is asked, as the query takes it."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(data.get("q", ""), data.get("etat", ""), data.get("etablissement"))
