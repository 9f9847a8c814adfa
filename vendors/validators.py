"""What identifies a company, and the reason of a refusal."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from uniha_clausier.accounts.validators import compact, validate_siren, validate_siret

SIREN_LENGTH = 9
SIRET_LENGTH = 14


@dataclass(frozen=True)
class FrenchNumber:
    """A SIREN, and the SIRET when an establishment was named."""

    siren: str
    siret: str = ""


def french_number(value: str) -> FrenchNumber:
    """Read a SIRET or a SIREN as people type it: a SIRET begins with the SIREN of its company.

    Raises ValidationError, with the reason, for what is neither.
    """
    digits = compact(value)
    if len(digits) == SIREN_LENGTH:
        validate_siren(digits)
        return FrenchNumber(digits)
    if len(digits) != SIRET_LENGTH and digits.isascii() and digits.isdigit():
        raise ValidationError(
            _("Un SIRET compte 14 chiffres, un SIREN 9 ; vous en avez saisi %(given)d."),
            code="length",
            params={"given": len(digits)},
        )
    validate_siret(digits)
    return FrenchNumber(digits[:SIREN_LENGTH], digits)
