"""Messages that leave after the commit: a mail server that does not answer undoes no act."""

import logging

from django.core.mail import EmailMessage

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
