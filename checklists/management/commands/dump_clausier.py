"""``manage.py dump_clausier CODE VERSION``: the canonical JSON of a published version.

One JSON object on one line: the content (``code``, ``version``, …, ``chapters``, ``points``, each
point with its ``ref``) and its ``sha256``. The fingerprint is the SHA-256 of the same object
without ``sha256``, written with sorted keys, without spaces, in UTF-8.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from checklists.domain.clausier import canonical_content
from checklists.management.versions import add_version_arguments, version_or_error
from uniha_clausier.common.canonical import canonical_json


class Command(BaseCommand):
    help = "Écrit une version publiée en JSON canonique, avec son empreinte (clé sha256)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_version_arguments(parser)

    def handle(self, *, code: str, number: str, **options: Any) -> None:
        version = version_or_error(code, number)
        content = canonical_content(version)
        self.stdout.write(canonical_json({**content, "sha256": version.content_sha256}))
