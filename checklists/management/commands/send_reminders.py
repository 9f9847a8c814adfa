"""Reminds candidates whose link ends soon, and reviewers of an opinion; the worker does it once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.domain import reminders


class Command(BaseCommand):
    """``send_reminders``: 7, 3 and 1 days before the end of a link, 3 and 1 before an opinion is due."""

    help = (
        "Rappelle aux candidats que leur lien de réponse se termine, aux relecteurs qu’un avis est "
        "attendu (le processus de fond le fait chaque jour)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        sent, lost = reminders.send_due()
        self.stdout.write(f"{sent}\trappels envoyés")
        if lost:
            raise CommandError(f"{lost} rappels n’ont pas pu partir : vérifiez la messagerie.")
