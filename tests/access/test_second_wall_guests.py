"""The second wall lets a guest through to what is bought for them, and no further."""

import pytest
from django.db import connection

from .matrix import RULES
from .rules import BENEFICIARY, NEIGHBOUR, READERS
from .test_matrix import RULED, address, ask, clients
from .test_second_wall import postgres, wall, world
from .world import World

__all__ = ["connection", "wall", "world"]

THEIRS = [name for name in RULED if RULES[name].of and RULES[name].get == READERS]


def test_a_few_pages_are_theirs() -> None:
    assert len(THEIRS) == 5


@postgres
@pytest.mark.usefixtures("wall")
def test_a_guest_reads_them_and_a_neighbour_does_not(world: World) -> None:
    people = clients(world)
    for name in THEIRS:
        url = address(name, world)
        found = [ask(people[who], "GET", url).status_code for who in (BENEFICIARY, NEIGHBOUR)]
        assert found == [200, 404], name


@postgres
@pytest.mark.usefixtures("wall")
def test_their_list_names_the_lots_of_the_buyer(world: World) -> None:
    address("checklists:group_purchase", world)
    people = clients(world)
    url = address("checklists:group_purchase_list", world)
    assert world.tender.reference in people[BENEFICIARY].get(url).content.decode()
    assert world.tender.reference not in people[NEIGHBOUR].get(url).content.decode()
