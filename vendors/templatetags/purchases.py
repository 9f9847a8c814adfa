"""How a vendor is written on a page."""

from django import template

from uniha_clausier.accounts.validators import in_groups

from ..models import Vendor

register = template.Library()

register.filter(in_groups)


@register.filter
def identifier(vendor: Vendor) -> str:
    """Write what identifies a company: its SIRET, its SIREN, or its country and identifier."""
    if vendor.foreign_id:
        return f"{vendor.country} · {vendor.foreign_id}"
    return in_groups(vendor.siret or vendor.siren) or "–"
