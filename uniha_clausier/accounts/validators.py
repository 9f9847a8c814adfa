"""Identifiers of French organisations, with the reason of a refusal."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import luhn
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

FINESS_LENGTH = 9
NO_BREAK_SPACE = "\u00a0"


def compact(value: str) -> str:
    """Return ``value`` without the spaces, dots and dashes that people type in numbers."""
    return re.sub(r"[\s.\-\u00a0\u202f]", "", value)


def in_groups(number: str) -> str:
    """Write a SIREN or a SIRET as it is read: three groups of three digits, then the rest."""
    groups = [number[at : at + 3] for at in range(0, 9, 3)] + [number[9:]]
    return NO_BREAK_SPACE.join(group for group in groups if group)


def _check_digits(value: str, *, name: str, length: int) -> None:
    if not value.isascii() or not value.isdigit():
        raise ValidationError(
            _("Le numéro %(name)s ne contient que des chiffres : vérifiez la saisie."),
            code="not_digits",
            params={"name": name},
        )
    if len(value) != length:
        raise ValidationError(
            _("Le numéro %(name)s compte %(length)d chiffres ; vous en avez saisi %(given)d."),
            code="length",
            params={"name": name, "length": length, "given": len(value)},
        )


def validate_siren(value: str) -> None:
    """Refuse what is not a SIREN (9 digits, Luhn key; INSEE). Raises ValidationError."""
    _check_digits(value, name="SIREN", length=9)
    if not stdnum_siren.is_valid(value):
        raise ValidationError(
            _("La clé de contrôle de ce SIREN est fausse : un chiffre a dû être mal recopié."),
            code="checksum",
        )


def validate_siret(value: str) -> None:
    """Refuse what is not a SIRET (14 digits, Luhn key, La Poste excepted). Raises ValidationError."""
    _check_digits(value, name="SIRET", length=14)
    if not stdnum_siret.is_valid(value):
        raise ValidationError(
            _("La clé de contrôle de ce SIRET est fausse : un chiffre a dû être mal recopié."),
            code="checksum",
        )


def validate_finess(value: str) -> None:
    """Refuse what is not a FINESS number (9 characters, Luhn key when all are digits)."""
    if len(value) != FINESS_LENGTH or not value.isascii() or not value.isalnum():
        raise ValidationError(
            _("Le numéro FINESS compte 9 caractères, sans espace."), code="length"
        )
    if value.isdigit() and not luhn.is_valid(value):
        raise ValidationError(
            _("La clé de contrôle de ce numéro FINESS est fausse."), code="checksum"
        )
