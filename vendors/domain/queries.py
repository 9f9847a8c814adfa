"""Reads about purchases, each scoped by the one row asked or by the facilities of the person."""

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.models import User
from uniha_clausier.accounts.validators import compact
from uniha_clausier.common.search import Folded, fold

from ..models import Candidacy, Lot, Product, Tender, Vendor

MOST_PROPOSED = 20
"""Vendors shown under a search: more, and the words of the search should be more precise."""


def tenders() -> QuerySet[Tender]:
    """Return tenders with their facility."""
    return Tender.objects.select_related("facility")


def lots() -> QuerySet[Lot]:
    """Return lots with their tender and its facility."""
    return Lot.objects.select_related("tender__facility")


def vendors() -> QuerySet[Vendor]:
    """Return vendors with their facility."""
    return Vendor.objects.select_related("facility")


def candidacies() -> QuerySet[Candidacy]:
    """Return candidacies with all that names them."""
    return Candidacy.objects.select_related("lot__tender__facility", "vendor", "product")


def vendors_of(user: User, text: str = "") -> QuerySet[Vendor]:
    """Return the vendors of the facilities of ``user`` that ``text`` finds, by name."""
    mine = vendors().filter(facility__in=account_queries.facility_ids_of(user))
    counted = mine.annotate(
        product_count=Count("products", distinct=True),
        candidacy_count=Count("candidacies", distinct=True),
    )
    return _searched(counted, text).order_by("name", "pk")


def proposed(tender: Tender, text: str) -> QuerySet[Vendor]:
    """Return the vendors of the facility of ``tender`` that may answer one more lot, by name."""
    waiting = Lot.objects.filter(tender=tender).exclude(candidacies__vendor=OuterRef("pk"))
    mine = Vendor.objects.filter(Exists(waiting), facility_id=tender.facility_id)
    return _searched(mine, text).order_by("name", "pk")


def candidacies_of(vendor: Vendor) -> list[Candidacy]:
    """Return the candidacies of a vendor, the latest first."""
    found = vendor.candidacies.select_related("lot__tender", "product")
    return list(found.order_by("-created_at", "-pk"))


def _searched(vendors: QuerySet[Vendor], text: str) -> QuerySet[Vendor]:
    """Keep the vendors with each word of ``text`` in the name, a product or an identifier.

    A number is found with its spaces too: « 999 110 018 ».
    """
    products = Product.objects.filter(vendor=OuterRef("pk")).alias(folded=Folded("name"))
    found = Q()
    for word in fold(text).split():
        sold = Exists(products.filter(folded__contains=word))
        found &= Q(folded_name__contains=word) | Q(sold) | _numbered(word)
    digits = compact(text)
    if digits.isdigit():
        found |= _numbered(digits)
    return vendors.alias(folded_name=Folded("name")).filter(found)


def _numbered(text: str) -> Q:
    return Q(siren__startswith=text) | Q(siret__startswith=text) | Q(foreign_id__icontains=text)
