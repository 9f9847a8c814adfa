"""What identifies a French company, and the reason of each refusal."""

import pytest
from django.core.exceptions import ValidationError

from vendors.validators import FrenchNumber, french_number

SIREN = "999110018"
SIRET = "99911001800010"


@pytest.mark.parametrize(
    "typed", [SIREN, "999 110 018", " 999.110.018 ", "999-110-018", "999\u202f110\u00a0018"]
)
def test_a_siren_is_read_as_it_is_typed(typed: str) -> None:
    assert french_number(typed) == FrenchNumber(SIREN)


@pytest.mark.parametrize("typed", [SIRET, "999 110 018 00010"])
def test_a_siret_gives_its_siren(typed: str) -> None:
    assert french_number(typed) == FrenchNumber(SIREN, SIRET)


def test_la_poste_has_its_own_key() -> None:
    assert french_number("356 000 000 00048").siren == "356000000"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("999 110 019", "La clé de contrôle de ce SIREN est fausse"),
        ("999 110 018 00011", "La clé de contrôle de ce SIRET est fausse"),
        ("999 110", "Un SIRET compte 14 chiffres, un SIREN 9\u202f; vous en avez saisi 6."),
        ("999 110 018 0001", "vous en avez saisi 13"),
        ("FR 99911001", "ne contient que des chiffres"),
        ("99911001A", "ne contient que des chiffres"),
        ("٩٩٩١١٠٠١٨", "ne contient que des chiffres"),
    ],
)
def test_a_refusal_says_why(typed: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        french_number(typed)
    assert reason in refusal.value.messages[0]
