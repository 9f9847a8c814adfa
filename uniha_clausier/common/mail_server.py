"""What becomes of messages on an installation that names no mail server."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

NONE = f"{__name__}.NoServer"


class NoServer(BaseEmailBackend):
    """Sends nothing, and says so: a message may hold a link that opens an account."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        raise OSError("EMAIL_HOST is not set: no message leaves")


@checks.register(checks.Tags.security, deploy=True)
def check_mail(*, app_configs: Any = None, **options: Any) -> list[checks.CheckMessage]:
    """Say it to whoever installs (``check --deploy``)."""
    if settings.EMAIL_BACKEND != NONE:
        return []
    told = (
        "Aucun serveur de messagerie : ni invitations, ni rappels, ni nouveaux mots de passe ne "
        "partent."
    )
    return [checks.Warning(told, hint="Posez EMAIL_HOST.", id="clausier.W002")]
