"""The identity providers of this installation, for the pages that offer them."""

from django import template
from django.conf import settings

from uniha_clausier.common.openid_providers import Provider

register = template.Library()


@register.simple_tag
def identity_providers() -> tuple[Provider, ...]:
    """Return the providers that the operator declared, in their order."""
    return tuple(settings.OPENID_PROVIDERS)


@register.simple_tag
def password_is_hidden() -> bool:
    """Whether people sign in through a provider alone (``OPENID_ONLY``)."""
    return bool(settings.OPENID_ONLY)
