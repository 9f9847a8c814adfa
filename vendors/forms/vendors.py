"""What is typed about a vendor, its products and its candidacies."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.forms.search import SearchField, SearchForm
from uniha_clausier.accounts.forms.sign_in import BAD_EMAIL
from uniha_clausier.accounts.models import Facility

from ..domain import vendors
from ..enums import Country, ProductKind
from ..models import FRANCE, Lot, Product, Vendor
from .fields import FacilityField, LineField


class VendorForm(forms.Form):
    """What identifies a company, and whom to ask there.

    A French company gives its SIRET or its SIREN; another one, the identifier of its country. The
    sheet purchases.css shows the one that fits the country; both are there without it.
    """

    facility = FacilityField()
    name = LineField(
        label=_("Raison sociale"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Donnez la raison sociale de l’entreprise.")},
    )
    country = forms.ChoiceField(
        label=_("Pays où l’entreprise est établie"), choices=Country.choices, initial=FRANCE
    )
    number = LineField(
        label=_("SIRET ou SIREN"),
        required=False,
        max_length=40,
        help_text=_(
            "Pour une entreprise établie en France : 14 chiffres (SIRET) ou 9 (SIREN), avec ou "
            "sans espaces. Le SIRET donne le SIREN."
        ),
        widget=forms.TextInput(
            attrs={"class": "is-short", "inputmode": "numeric", "autocomplete": "off"}
        ),
    )
    foreign_id = LineField(
        label=_("Identifiant dans le pays"),
        required=False,
        max_length=50,
        help_text=_(
            "Pour une entreprise établie hors de France : n° de TVA intracommunautaire, n° du "
            "registre du commerce ou D-U-N-S."
        ),
        widget=forms.TextInput(attrs={"class": "is-short", "autocomplete": "off"}),
    )
    contact_name = LineField(
        label=_("Contact"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_email = forms.EmailField(
        label=_("Adresse électronique du contact"),
        required=False,
        error_messages={"invalid": BAD_EMAIL},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, facilities: list[Facility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only = facilities[0] if len(facilities) == 1 else None
        if self.only:
            del self.fields["facility"]
            return
        field = self.fields["facility"]
        assert isinstance(field, FacilityField)
        field.offer(facilities)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "country" in data and "number" in data and "foreign_id" in data:
            try:
                data["identity"] = vendors.identify(
                    country=data["country"], number=data["number"], foreign_id=data["foreign_id"]
                )
            except vendors.VendorRefused as error:
                self.add_error(error.field, str(error))
        return data

    def chosen_facility(self) -> Facility:
        """The facility that knows the vendor: the only one, or the one chosen."""
        chosen: Facility = self.only or self.cleaned_data["facility"]
        return chosen

    def values(self) -> dict[str, Any]:
        """Return what the domain asks for, the facility apart."""
        names = ("name", "identity", "contact_name", "contact_email")
        return {name: self.cleaned_data[name] for name in names}

    @staticmethod
    def initial_of(vendor: Vendor) -> dict[str, Any]:
        """Return what the form shows of a vendor that exists."""
        names = ("name", "country", "foreign_id", "contact_name", "contact_email")
        shown = {name: getattr(vendor, name) for name in names}
        return shown | {"number": vendor.siret or vendor.siren}


class VendorSearchForm(SearchForm):
    """Words to find a vendor; what is not understood finds everything."""

    q = SearchField(
        label=_("Rechercher un fournisseur"), placeholder=_("Nom, SIREN, SIRET ou solution")
    )


class ProductForm(forms.Form):
    """What a vendor sells."""

    name = LineField(
        label=_("Nom de la solution"),
        max_length=200,
        error_messages={"required": _("Donnez le nom de la solution.")},
    )
    version = LineField(
        label=_("Version"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"class": "is-short"}),
    )
    kind = forms.ChoiceField(
        label=_("Nature"), choices=ProductKind.choices, initial=ProductKind.SOFTWARE
    )


NONE, NEW = "", "new"


class CandidateForm(forms.Form):
    """What a vendor offers to a lot: a product that is known, a new one, or none yet."""

    lot = forms.ModelChoiceField(
        Lot.objects.none(),
        label=_("Lot"),
        empty_label=None,
        error_messages={"invalid_choice": _("Choisissez un lot de cette consultation.")},
    )
    product = forms.ChoiceField(label=_("Solution proposée"), required=False)
    product_name = LineField(
        label=_("Nom de la nouvelle solution"),
        required=False,
        max_length=200,
        help_text=_("À remplir si vous avez choisi « Une nouvelle solution »."),
    )
    product_version = LineField(
        label=_("Version"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"class": "is-short"}),
    )
    product_kind = forms.ChoiceField(
        label=_("Nature"), choices=ProductKind.choices, initial=ProductKind.SOFTWARE
    )

    def __init__(self, *args: Any, lots: list[Lot], products: list[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.only = lots[0] if len(lots) == 1 else None
        self.products = {str(product.pk): product for product in products}
        if self.only:
            del self.fields["lot"]
        else:
            field = self.fields["lot"]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Lot.objects.filter(pk__in=[lot.pk for lot in lots]).order_by("number")
        choice = self.fields["product"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            *[(key, str(product)) for key, product in self.products.items()],
            (NEW, _("Une nouvelle solution")),
            (NONE, _("Pas encore connue")),
        ]
        choice.initial = next(iter(self.products), NEW)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("product") == NEW and not data.get("product_name"):
            self.add_error("product_name", _("Donnez le nom de la solution."))
        return data

    def chosen_lot(self) -> Lot:
        """The lot that is answered: the only one, or the one chosen."""
        chosen: Lot = self.only or self.cleaned_data["lot"]
        return chosen

    def chosen_product(self) -> Product | None:
        """The product chosen among those that are known."""
        return self.products.get(self.cleaned_data["product"])

    def new_product(self) -> dict[str, str] | None:
        """The product to create, as the domain asks for it, or None."""
        if self.cleaned_data["product"] != NEW:
            return None
        return {name: self.cleaned_data[f"product_{name}"] for name in ("name", "version", "kind")}
