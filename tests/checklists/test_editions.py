"""Several clausiers on one lot, each in numbered editions."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from checklists.domain import checklists
from checklists.models import Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User


@pytest.fixture
def published(facility: Facility, buyer: User) -> Checklist:
    return factories.published_checklist(buyer, facility)


# -- What the database refuses ---------------------------------------------------------------------


def refused(by: User, **values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Checklist.objects.create(created_by=by, **values)


def test_a_lot_has_one_first_edition_a_clausier(published: Checklist, buyer: User) -> None:
    refused(buyer, lot=published.lot, version=published.version)
    other = factories.version()
    second = checklists.start_checklist(lot=published.lot, version=other, by=buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Checklist.objects.filter(pk=second.pk).update(version=published.version)


def test_a_correction_is_the_next_edition_of_what_is_published(
    published: Checklist, facility: Facility, buyer: User
) -> None:
    right = {
        "lot": published.lot,
        "version": published.version,
        "edition": 2,
        "replaces": published,
        "correction_reason": "Une coquille.",
    }
    draft = factories.draft_checklist(buyer, facility)
    refused(buyer, **right | {"edition": 3})
    refused(buyer, **right | {"replaces": None})
    refused(buyer, **right | {"correction_reason": ""})
    refused(buyer, **right | {"version": factories.version()})
    refused(buyer, **right | {"lot": factories.lot(facility, buyer)})
    refused(buyer, **right | {"replaces": draft, "lot": draft.lot, "version": draft.version})
    Checklist.objects.create(created_by=buyer, **right)
    refused(buyer, **right)  # one correction at a time
