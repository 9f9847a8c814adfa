"""Acts at the same instant queue: rows are locked before the head of the journal, in no circle.

In the other order, or under a stronger lock, each of these is a deadlock, of which PostgreSQL gives up one side.
"""

import pytest

from tests import at_once, factories
from uniha_clausier.accounts.domain import members
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from vendors.domain import vendors

pytestmark = [at_once.needs_locks, pytest.mark.django_db(transaction=True)]


def test_a_row_that_refers_to_a_locked_one_is_committed_meanwhile(
    facility: Facility, buyer: User
) -> None:
    """The vendor locks its facility, and waits for the journal that the new member holds."""
    person = factories.user()
    made = at_once.behind(
        lambda: members.add_member(user=person, facility=facility, role=Role.READER, by=None),
        lambda: vendors.create_vendor(
            facility=facility,
            name="Levant Santé",
            identity=vendors.identify(country="FR", number="732829320"),
            by=buyer,
        ),
    )
    assert made.facility == facility
    assert person.memberships.get().facility == facility
