"""How a vendor is written on a page."""

from django import template

from ..models import Vendor

register = template.Library()

NO_BREAK_SPACE = "\u00a0"


@register.filter
def in_groups(number: str) -> str:
    """Write a SIREN or a SIRET as it is read: three groups of three digits, then the rest."""
    groups = [number[at : at + 3] for at in range(0, 9, 3)] + [number[9:]]
    return NO_BREAK_SPACE.join(group for group in groups if group)


@register.filter
def identifier(vendor: Vendor) -> str:
    """Write what identifies a company: its SIRET, its SIREN, or its country and identifier."""
    if vendor.foreign_id:
        return f"{vendor.country} · {vendor.foreign_id}"
    return in_groups(vendor.siret or vendor.siren) or "–"
