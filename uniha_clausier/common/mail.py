"""Messages that leave after the commit: a mail server that does not answer undoes no act."""

import logging

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .models import SentMail

AWAY = gettext_lazy("Le serveur de messagerie ne répond pas.")

logger = logging.getLogger(__name__)


def send(message: EmailMessage, *, about: str) -> bool:
    """Send a message, its subject on one line; return whether it has left. ``about`` is logged."""
    message.subject = " ".join(message.subject.split())
    try:
        message.send()
    except OSError:  # of which SMTPException is one
        logger.exception("the message of %s could not be sent", about)
        return False
    return True


def send_once(message: EmailMessage, *, key: str, about: str) -> bool:
    """Send a message unless it has left before; return whether it has. ``key`` says which it is.

    It is marked before it leaves: a message that is lost with its process is better than two.
    """
    mark, is_new = SentMail.objects.get_or_create(key=key, defaults={"at": timezone.now()})
    if not is_new:
        return True
    has_left = send(message, about=about)
    if not has_left:
        mark.delete()
    return has_left
