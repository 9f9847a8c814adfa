"""Search and filters of the list of tenders; everything is in the address."""

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.forms.search import SearchField
from vendors.enums import Procedure

from ..domain.queries import group_purchases
from ..domain.queries.tenders import SORTS, Filters
from ..enums import TenderState
from .facilities import FacilityFilterForm


class TenderFilterForm(FacilityFilterForm):
    """What is not understood filters nothing."""

    field_order = ["q", "etat", "procedure", "etablissement", "tri"]

    q = SearchField(
        label=_("Rechercher une consultation"), placeholder=_("Référence, objet ou candidat")
    )
    etat = forms.ChoiceField(
        label=_("État"), required=False, choices=[("", _("Tous")), *TenderState.choices]
    )
    procedure = forms.ChoiceField(
        label=_("Procédure"), required=False, choices=[("", _("Toutes")), *Procedure.choices]
    )
    tri = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[(f"{sign}{name}", name) for name in SORTS for sign in ("", "-")],
    )

    def filters(self) -> Filters:
        """Return what is asked, as the query takes it."""
        self.is_valid()
        data = self.cleaned_data
        return Filters(
            text=data.get("q", ""),
            procedure=data.get("procedure", ""),
            state=data.get("etat", ""),
            facility=data.get("etablissement"),
            sort=data.get("tri", ""),
        )


class GroupPurchaseFilterForm(FacilityFilterForm):
    """The same for what is bought for a facility: candidates are not searched, some are secret."""

    field_order = ["q", "etat", "etablissement"]

    q = SearchField(
        label=_("Rechercher un achat"), placeholder=_("Référence, objet, lot ou acheteur")
    )
    etat = forms.ChoiceField(
        label=_("État"), required=False, choices=[("", _("Tous")), *TenderState.choices]
    )

    def filters(self) -> group_purchases.Filters:
        """Return what is asked, as the query takes it."""
        self.is_valid()
        data = self.cleaned_data
        return group_purchases.Filters(
            text=data.get("q", ""), state=data.get("etat", ""), facility=data.get("etablissement")
        )
