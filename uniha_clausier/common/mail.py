"""Messages that leave after the commit: a mail server that does not answer undoes no act."""

import logging
from contextvars import ContextVar
from typing import Any

from django.core.mail import EmailMessage
from django.core.signals import request_finished, request_started
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy

from .models import SentMail

AWAY = gettext_lazy("Le serveur de messagerie ne répond pas.")

logger = logging.getLogger(__name__)

_waiting: ContextVar[list[tuple[EmailMessage, str]] | None] = ContextVar("waiting", default=None)
"""What leaves once the answer to the request under way has; None outside of a request."""


def send(message: EmailMessage, *, about: str) -> bool:
    """Send a message, its subject on one line; return whether it has left. ``about`` is logged."""
    message.subject = " ".join(message.subject.split())
    try:
        message.send()
    except OSError:  # of which SMTPException is one
        logger.exception("the message of %s could not be sent", about)
        return False
    return True


def send_after_answer(message: EmailMessage, *, about: str) -> None:
    """Send a message once the answer has left: its time then says nothing of who gets one."""
    waiting = _waiting.get()
    if waiting is None:
        send(message, about=about)
    else:
        waiting.append((message, about))


@receiver(request_started)
def _begin(**sent: Any) -> None:
    _waiting.set([])


@receiver(request_finished)
def _leave(**sent: Any) -> None:
    waiting = _waiting.get()
    _waiting.set(None)
    for message, about in waiting or ():
        send(message, about=about)


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
