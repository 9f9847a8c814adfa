"""Keeps, reads and removes a small file where the settings put the files, and says what is wrong."""

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from uniha_clausier.common import object_storage


class Command(BaseCommand):
    help = "Essaie le stockage des fichiers : écrire, relire, supprimer."

    def handle(self, **options: Any) -> None:
        if wrong := object_storage.check(default_storage):
            raise CommandError(wrong)
        place = settings.STORAGES["default"]["OPTIONS"]
        self.stdout.write(f"EN ORDRE\t{place.get('bucket_name') or place['location']}")
