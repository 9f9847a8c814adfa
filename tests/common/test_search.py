"""Search without accents nor capitals, the same in Python and in the database."""

import pytest

from tests import factories
from uniha_clausier.accounts.models import Facility
from uniha_clausier.common.search import LETTERS, PLAIN, Folded, fold

NAMES = ["Éditeur Santé", "ÇA ET LÀ", "Œuvre", "Société d’Ægir", "Plain ASCII 100 %", "Niño’s"]


def test_each_letter_has_its_plain_one() -> None:
    assert len(LETTERS) == len(PLAIN)
    assert PLAIN.isascii()


@pytest.mark.parametrize("typed", ["Éditeur", "éditeur", "EDITEUR", "e\u0301diteur"])
def test_what_is_typed_is_folded(typed: str) -> None:
    assert fold(typed) == "editeur"


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_the_database_folds_as_python_does(name: str) -> None:
    made = factories.facility(name=name)
    found = Facility.objects.annotate(folded=Folded("name")).get(pk=made.pk)
    assert found.folded == fold(name)


@pytest.mark.django_db
def test_a_sign_of_the_pattern_is_only_itself() -> None:
    factories.facility(name="Cent pour cent")
    made = factories.facility(name="100 % Santé")
    found = Facility.objects.alias(folded=Folded("name")).filter(folded__contains=fold("% SANTÉ"))
    assert list(found) == [made]
