"""Three words of Django's templates, as French writes what they give: a date, now, a size.

The settings put them in every template under Django's own names, so that no page, mail or document
can forget them.
"""

import datetime as dt

from django import template
from django.utils import timezone

from ..dates import date_format
from ..sizes import size_in_words

register = template.Library()
register.filter("filesizeformat", size_in_words)


@register.filter(expects_localtime=True)
def date(value: object, form: str) -> str:
    """A day or a moment by the letters of Django's formats; nothing for what is none, as Django's."""
    return date_format(value, form) if isinstance(value, dt.date) else ""


@register.simple_tag
def now(form: str) -> str:
    """The present moment."""
    return date_format(timezone.localtime(), form)
