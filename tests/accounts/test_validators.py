"""The numbers of facilities and companies: what is mistyped is said, with what to look at."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from uniha_clausier.accounts.validators import validate_finess, validate_siren, validate_siret


@pytest.mark.parametrize(
    ("validate", "value", "sentence"),
    [
        (validate_siren, "55210055", "compte 9 chiffres"),
        (validate_siren, "5521OO554", "que des chiffres"),
        (validate_siren, "552100555", "clé de contrôle de ce SIREN"),
        (validate_siret, "5521005540001", "vous en avez saisi 13"),
        (validate_siret, "55210055400014", "clé de contrôle de ce SIRET"),
        (validate_finess, "75071218", "9 caractères"),
        (validate_finess, "75-071218", "9 caractères"),
        (validate_finess, "750712185", "clé de contrôle de ce numéro FINESS"),
    ],
)
def test_a_number_that_is_mistyped_is_refused(
    validate: Callable[[str], None], value: str, sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        validate(value)


@pytest.mark.parametrize(
    ("validate", "value"),
    [
        (validate_siren, "552100554"),
        (validate_siret, "55210055400013"),
        (validate_siret, "35600000049837"),  # La Poste has another key
        (validate_finess, "750712184"),
        (validate_finess, "2A0000014"),  # Corsica: letters, and no key
    ],
)
def test_a_right_number_is_taken(validate: Callable[[str], None], value: str) -> None:
    validate(value)
