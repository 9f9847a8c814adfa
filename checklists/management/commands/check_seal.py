"""Seals an empty page with the key of the settings, checks it, and says with whose certificate."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from checklists.documents import seal_keys
from uniha_clausier.common.errors import SigningFailed


class Command(BaseCommand):
    help = "Essaie la clé de scellement des réglages : certificat, échéance, niveau."

    def handle(self, **options: Any) -> None:
        try:
            trial = seal_keys.tried()
        except SigningFailed as error:
            raise CommandError(str(error)) from None
        origin = "autorité locale" if trial.local else "certificat des réglages"
        self.stdout.write(f"{trial.name}\t{origin}\t{trial.expires_at:%d/%m/%Y}\t{trial.level}")
