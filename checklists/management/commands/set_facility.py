"""Describes a facility, puts it in a hospital group, names it its lead."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from checklists.domain import groups
from uniha_clausier.accounts.domain import facilities
from uniha_clausier.accounts.models import Facility, HospitalGroup
from uniha_clausier.common.errors import DomainError

OPTIONS = {
    "new_name": "name",
    "city": "city",
    "siret": "siret",
    "finess": "finess",
    "dpo": "dpo_email",
    "ciso": "ciso_email",
    "gateway": "remote_gateway",
    "sso": "single_sign_on",
    "antivirus": "endpoint_protection",
}
"""Each option, and what it writes."""


class Command(BaseCommand):
    """``manage.py set_facility NOM [--city …] [--group NOM [--lead]]``; an empty value erases."""

    help = "Renseigne un établissement, le met dans un groupement, l’en nomme support."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="nom de l’établissement")
        parser.add_argument("--new-name", help="nouveau nom")
        parser.add_argument("--city", help="ville")
        parser.add_argument("--siret", help="SIRET")
        parser.add_argument("--finess", help="FINESS juridique")
        parser.add_argument("--dpo", help="adresse du DPO")
        parser.add_argument("--ciso", help="adresse du RSSI")
        parser.add_argument("--gateway", help="passerelle de télémaintenance")
        parser.add_argument("--sso", help="authentification unique")
        parser.add_argument("--antivirus", help="antivirus ou EDR")
        parser.add_argument(
            "--group", help="nom du groupement, créé s’il n’existe pas ; vide : en sortir"
        )
        parser.add_argument(
            "--lead", action="store_true", help="établissement support de son groupement"
        )
        parser.add_argument(
            "--despite-tenders",
            action="store_true",
            help="changer le groupement ou son support malgré des consultations en cours",
        )

    def handle(self, *, name: str, **options: Any) -> None:
        facility = Facility.objects.filter(name=name).first()
        if facility is None:
            raise CommandError(f"Aucun établissement ne s’appelle « {name} » : add_member le crée.")
        try:
            with transaction.atomic():
                facility = _set(facility, options)
        except DomainError as error:
            raise CommandError(str(error)) from None
        group = facility.group
        leads = group is not None and group.lead_facility_id == facility.pk
        cells = [str(facility.pk), *(getattr(facility, name) for name in facilities.FIELDS[:4])]
        self.stdout.write("\t".join([*cells, group.name if group else "", "support" * leads]))


def _set(facility: Facility, options: dict[str, Any]) -> Facility:
    given = {
        field: options[option] for option, field in OPTIONS.items() if options[option] is not None
    }
    facility = facilities.change_facility(facility=facility, values=given, by=None)
    despite = options["despite_tenders"]
    if options["group"] is not None:
        group = _group(options["group"])
        facility = groups.place_facility(
            facility=facility, group=group, despite_tenders=despite, by=None
        )
    if options["lead"]:
        if facility.group is None:
            raise CommandError("--lead demande un groupement : donnez --group.")
        facility.group = groups.change_group(
            group=facility.group,
            name=facility.group.name,
            lead=facility,
            despite_tenders=despite,
            by=None,
        )
    return facility


def _group(name: str) -> HospitalGroup | None:
    """Return the group of this name, made when there is none; nothing for no name."""
    if not name.strip():
        return None
    return HospitalGroup.objects.filter(name__iexact=name.strip()).first() or groups.create_group(
        name=name, by=None
    )
