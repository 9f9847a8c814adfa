"""Who wrote a value: a person, or a candidate through a personal link."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common.models import AuditEvent

from ..models import AnswerLink

Author = User | AnswerLink


def actor_of(by: Author) -> int | None:
    """Return whom the journal names: nobody when it is a candidate, whose link it tells instead."""
    return by.pk if isinstance(by, User) else None


def trace_of(by: Author) -> dict[str, Any]:
    """Return what the journal keeps of the author besides: the number of the link."""
    return {"link": by.number} if isinstance(by, AnswerLink) else {}


def in_words(number: int) -> str:
    """Return how a page names the candidate who wrote through a link."""
    return _("Le candidat, par le lien %(number)d") % {"number": number}


def naming(events: Iterable[AuditEvent]) -> Callable[[AuditEvent], str]:
    """Return how to name the author of each of ``events``; a closed account has no name."""
    actors = {event.actor for event in events if event.actor}
    people = User.objects.filter(pk__in=actors) if actors else ()
    names = {user.pk: str(user) for user in people}

    def name(event: AuditEvent) -> str:
        link = event.data.get("link")
        return in_words(link) if link else names.get(event.actor or 0, "")

    return name
