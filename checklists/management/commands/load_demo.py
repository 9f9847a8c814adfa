"""``manage.py load_demo``: a fictional hospital to try everything with."""

from functools import partial
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from checklists.domain import demo
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common.errors import DomainError

HEADINGS = ("Rôle", "Établissement", "Adresse électronique", "Mot de passe")
OPERATOR, EVERYWHERE = "Exploitant", "toute l’installation"


class Command(BaseCommand):
    help = (
        "Charge l’hôpital de démonstration, une fois pour toutes, et affiche ses comptes. "
        "Refusé sans DEMO=1."
    )

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "load_demo crée des comptes dont le mot de passe est public : la commande est "
                "réservée à la démonstration. Lancez-la avec DEMO=1, sur une base d’essai."
            )
        folder = settings.FIXTURE_FOLDER / "demo"
        story = _read(folder, "hopital.yaml")
        try:
            is_new = demo.load(story=story, read=partial(_read, folder))
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            "Démonstration chargée." if is_new else "Démonstration déjà là : rien n’a changé."
        )
        self.stdout.write("\nComptes de démonstration (mot de passe d’origine) :")
        for line in _aligned([HEADINGS, *_accounts(story)]):
            self.stdout.write(f"  {line}")


def _read(folder: Path, name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (folder / name).open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=loader)  # nosec B506


def _accounts(story: demo.Told) -> list[tuple[str, ...]]:
    return [
        (
            str(Role(told["role"]).label) if "role" in told else OPERATOR,
            story["facilities"][told["facility"]]["name"] if "role" in told else EVERYWHERE,
            told["email"],
            story["password"],
        )
        for told in story["people"]
    ]


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
