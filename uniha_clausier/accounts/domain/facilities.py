"""The facilities themselves: opened, and described as their documents and their buyers need it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.errors import FieldRefused, StaleVersion

from ..models import Facility, User
from ..validators import compact
from . import factors

NUMBERS = ("siret", "finess")
ADDRESSES = ("dpo_email", "ciso_email")
EQUIPMENT = ("remote_gateway", "single_sign_on", "endpoint_protection")
FIELDS = ("name", "city", *NUMBERS, *ADDRESSES, *EQUIPMENT)
"""What describes a facility; its group is the operator's to say."""


class FacilityRefused(FieldRefused):
    """A value of a facility that a rule refuses."""


def label_of(name: str) -> str:
    """Return what the pages call one of FIELDS."""
    field: Any = Facility._meta.get_field(name)  # noqa: SLF001 - public options
    return str(field.verbose_name)


def seen_of(facility: Facility) -> str:
    """Return the fingerprint of what describes a facility: what a page says that it showed."""
    return sha256_of([getattr(facility, name) for name in FIELDS])


def open_facility(*, name: str, by: User | None) -> tuple[Facility, bool]:
    """Return the facility of this name, and whether it was made now, with its usual rules."""
    with transaction.atomic():
        journal.lock(journal.NO_TENANT)
        facility, created = Facility.objects.get_or_create(name=name)
        if created:
            _record(facility, "opened", {"name": name}, by)
            factors.require_usual(facility=facility, by=by)
    return facility, created


def create_facility(*, values: Mapping[str, str], by: User) -> Facility:
    """Open a facility under a name that none has, and describe it. Raises FacilityRefused."""
    name = _line(values["name"])
    with transaction.atomic():
        journal.lock(journal.NO_TENANT)  # of two clicks, or two operators, one creates
        _check_name(name)
        facility, _created = open_facility(name=name, by=by)
        return change_facility(facility=facility, values=values, by=by)


def change_facility(
    *, facility: Facility, values: Mapping[str, str], seen: str | None = None, by: User | None
) -> Facility:
    """Change what describes a facility; only what differs is written and told.

    ``values`` are some of FIELDS; ``seen`` is the fingerprint that was read, None for who read
    nothing. Raises FacilityRefused, or StaleVersion when somebody changed it since.
    """
    wanted = {name: _plain(name, value) for name, value in values.items()}
    with transaction.atomic():
        if {"name", *NUMBERS} & wanted.keys():
            journal.lock(journal.NO_TENANT)  # two facilities could take one name, or one number
        facility = Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
        before = {name: getattr(facility, name) for name in wanted}
        changed = [name for name in FIELDS if name in wanted and wanted[name] != before[name]]
        if not changed:
            return facility
        if seen is not None and seen != seen_of(facility):
            raise StaleVersion(_stale(facility, changed))
        for name in changed:
            setattr(facility, name, wanted[name])
        _check(facility, changed)
        _check_trusted(before, wanted, by)
        facility.save(update_fields=changed)
        data = {name: _told(name, before[name], wanted[name]) for name in changed}
        _record(facility, "changed", data, by)
    return facility


def _check(facility: Facility, changed: list[str]) -> None:
    """Refuse what a field refuses, and a name or a number of another facility."""
    if "name" in changed:
        _check_name(facility.name, but=facility)
    try:
        facility.clean_fields(exclude={*FIELDS, "group"} - set(changed))
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise FacilityRefused(sentences[0], field) from None
    for name in NUMBERS:
        number = getattr(facility, name)
        others = Facility.objects.exclude(pk=facility.pk).filter(**{name: number})
        if name in changed and number and others.exists():
            words = _("Le numéro %(number)s est celui d’un autre établissement.")
            raise FacilityRefused(words % {"number": number}, name)


def _check_trusted(before: Mapping[str, str], wanted: Mapping[str, str], by: User | None) -> None:
    """A number that opens an identity provider is the operator's to write: see openid.may_use."""
    if by is None or by.is_operator:
        return
    trusted = {number for provider in settings.OPENID_PROVIDERS for number in provider.facilities}
    for name in NUMBERS:
        if name not in wanted or wanted[name] == before[name]:
            continue
        if trusted & {wanted[name], before[name]}:
            words = _(
                "Ce numéro ouvre un fournisseur d’identité : demandez à l’exploitant de le changer."
            )
            raise FacilityRefused(words, name)


def _check_name(name: str, but: Facility | None = None) -> None:
    """Two facilities of one name could not be told apart by the people of a group."""
    if not name:
        raise FacilityRefused(_("Donnez le nom de l’établissement."), "name")
    found = Facility.objects.filter(name__iexact=name)
    if any(one != but for one in found):
        raise FacilityRefused(
            _("Un établissement s’appelle déjà « %(name)s ».") % {"name": name}, "name"
        )


def _plain(name: str, value: str) -> str:
    return compact(value).upper() if name in NUMBERS else _line(value)


def _line(value: str) -> str:
    return " ".join(value.split())


def _stale(facility: Facility, changed: list[str]) -> str:
    """Say what the facility now is, of what the person was changing."""
    now = [f"{label_of(name)}\u00a0: « {getattr(facility, name)} »" for name in changed]
    return _(
        "Quelqu’un a changé ces renseignements pendant votre saisie, et rien n’est enregistré. "
        "Ils sont maintenant : %(now)s. Vérifiez, puis enregistrez de nouveau."
    ) % {"now": "\u00a0; ".join(now)}


def _told(name: str, before: str, after: str) -> dict[str, Any]:
    """Without the addresses, which may name a person: the journal is never erased (RGPD, art. 17)."""
    if name in ADDRESSES:
        return {"before": bool(before), "after": bool(after)}
    return {"before": before, "after": after}


def _record(facility: Facility, act: str, data: dict[str, Any], by: User | None) -> None:
    journal.record(
        tenant=facility.pk,
        action=f"facility.{act}",
        subject=f"facility/{facility.pk}",
        data=data,
        by=by.pk if by else None,
    )
