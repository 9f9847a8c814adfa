"""What is wrong with the way to the mail server: none is named, or a password goes in clear."""

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
    if settings.EMAIL_BACKEND == NONE:
        told = (
            "Aucun serveur de messagerie : ni invitations, ni rappels, ni nouveaux mots de passe ne "
            "partent."
        )
        return [checks.Warning(told, hint="Posez EMAIL_HOST.", id="clausier.W002")]
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        told = "Le mot de passe de la messagerie, et les messages, voyagent en clair."
        return [checks.Warning(told, hint="Posez EMAIL_TLS.", id="clausier.W003")]
    return []
