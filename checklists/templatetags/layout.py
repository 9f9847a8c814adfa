"""Tags of the frame of the page."""

from django import template
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def is_inside(path: str, prefixes: tuple[str, ...]) -> bool:
    """Tell whether a path is one of the prefixes or under it."""
    return any(path.startswith(prefix) for prefix in prefixes)


@register.filter
def error_count(form: BaseForm) -> int:
    """Count the errors that a form shows: one field may have several."""
    return sum(map(len, form.errors.values()))


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, view_name: str, label: str, *also: str) -> SafeString:
    """Write one entry of a navigation list, marked when it leads where the person already is.

    ``also`` lists other paths that belong to this entry: an assessment belongs to the tenders.
    """
    url = reverse(view_name)
    request: HttpRequest | None = context.get("request")
    path = request.path if request else ""
    current = SafeString("")
    if path == url:
        current = SafeString(' aria-current="page"')
    elif is_inside(path, (url, *also)):
        current = SafeString(' aria-current="true"')
    return format_html('<li><a href="{}"{}>{}</a></li>', url, current, label)
