"""What is told to the operators by mail: the tasks that were given up, at most once an hour."""

import datetime as dt

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.common import mail, queue
from uniha_clausier.common.models import SentMail

from ..models import User

PAUSE = dt.timedelta(hours=1)
KEY = "given-up/"
LOST = "/lost"
MOST_NAMED = 20


def tell_of_given_up() -> bool:
    """Write to the operators about what was given up since the last message; return whether it left."""
    now = timezone.now()
    tries = SentMail.objects.filter(key__startswith=KEY)
    if tries.filter(at__gt=now - PAUSE).exists():
        return False
    last = tries.exclude(key__endswith=LOST).order_by("-at").first()
    letters = [one for one in queue.dead_letters() if last is None or one.dead_at > last.at]
    to = [settings.SUPPORT_EMAIL] if settings.SUPPORT_EMAIL else _addresses()
    if not letters or not to:
        return False
    title = ngettext(
        "[Clausier] %(count)d tâche en échec", "[Clausier] %(count)d tâches en échec", len(letters)
    ) % {"count": len(letters)}
    lines = [f"- {one.label} : {one.error} ({_tries(one.tries)})" for one in letters[:MOST_NAMED]]
    text = _("À relancer ou à abandonner : %(page)s") % {"page": _page()}
    message = EmailMessage(title, "\n".join([*lines, "", text]), to=to)
    # The hour, not the moment: of two workers at once, one sends.
    key = f"{KEY}{now.astimezone(dt.UTC):%Y-%m-%dT%H}"
    has_left = mail.send_once(message, key=key, about="the tasks given up")
    if not has_left:  # the server is away: it is tried again in an hour
        SentMail.objects.get_or_create(key=key + LOST, defaults={"at": now})
    return has_left


def _tries(count: int) -> str:
    return ngettext("%(n)d essai", "%(n)d essais", count) % {"n": count}


def _page() -> str:
    """The address of the page of the operators; no request says it to a worker, the settings may."""
    names = [name for name in settings.ALLOWED_HOSTS if name[:1] not in ("*", ".")]
    if settings.DEMO or not names:
        return _("la page Exploitation")
    return f"https://{names[0]}{reverse('operations')}"


def _addresses() -> list[str]:
    operators = User.objects.filter(is_operator=True, is_active=True)
    return list(operators.order_by("pk").values_list("email", flat=True))
