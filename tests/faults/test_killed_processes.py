"""Web processes killed without warning while people score: no acknowledged score is lost."""

import time

import pytest

from .cluster import Cluster
from .savers import Crowd, Reader, Saver
from .site import Installation, Prepared

pytestmark = pytest.mark.long

CLIENTS = 4
SAVES = 250
"""A thousand in all."""

SECONDS_TO_COME_BACK = 5
"""From the return of PostgreSQL to the save or the page that waited for it."""


DOWN = (
    "Service momentanément indisponible / La base de données ne répond pas en ce moment."
    " L’exploitant en est averti par le journal du serveur."
)
"""What a page says instead of itself."""


def assert_nothing_is_lost(site: Installation, crowd: Crowd) -> None:
    """Each score stands as it was acknowledged, and the journal tells each save exactly once."""
    told = site.ledger()
    assert told["integrity"] == "ok"
    assert told["journal"] == []
    found = {
        (pk, ref): (version, value)
        for pk, ref, version, value in told["scores"]
        if version  # not of those who only read
    }
    expected = {
        (saver.assessment, ref): (saver.versions[ref], saver.values[ref])
        for saver in crowd.savers
        for ref in saver.refs
    }
    assert found == expected
    events = {
        f"assessment/{saver.assessment}/{ref}": saver.versions[ref]
        for saver in crowd.savers
        for ref in saver.refs
    }
    assert told["events"] == events


def score_all(site: Installation, prepared: Prepared) -> Crowd:
    crowd = Crowd.each_alone(site.port, prepared, saves=SAVES)
    site.start()
    site.wait_for_web_processes()
    crowd.start()
    return crowd


def strike_web_processes(site: Installation) -> None:
    prepared = site.prepare(CLIENTS)
    crowd = score_all(site, prepared)
    for acknowledged in range(150, CLIENTS * SAVES, 150):
        crowd.wait_for(acknowledged)
        site.kill_one_web_process()
    crowd.finish()
    assert crowd.acknowledged == CLIENTS * SAVES
    assert_nothing_is_lost(site, crowd)


def test_killed_on_the_embedded_database(on_sqlite: Installation) -> None:
    strike_web_processes(on_sqlite)


def test_killed_on_postgresql(on_postgres: Installation) -> None:
    strike_web_processes(on_postgres)


def test_everything_killed_at_once_then_started_again(on_sqlite: Installation) -> None:
    prepared = on_sqlite.prepare(CLIENTS)
    crowd = score_all(on_sqlite, prepared)
    for acknowledged in (200, 500, 800):
        crowd.wait_for(acknowledged)
        on_sqlite.kill_everything()
        on_sqlite.start()
    crowd.finish()
    assert_nothing_is_lost(on_sqlite, crowd)


def test_a_crash_of_postgresql_under_twenty_people(
    on_postgres: Installation, cluster: Cluster
) -> None:
    """Sixteen save and four read: they wait some seconds at most, and lose nothing.

    Whoever opens a page meanwhile reads what is down, and not that the program is broken.
    """
    prepared = on_postgres.prepare(20)
    crowd = Crowd.with_readers(on_postgres.port, prepared, saves=75, readers=4)
    on_postgres.start()
    on_postgres.wait_for_web_processes()
    crowd.start()
    crowd.wait_for(300)
    people: list[Saver | Reader] = [*crowd.savers, *crowd.readers]
    for one in people:
        one.longest = 0.0  # the first ones waited for the server to start
    away = 0.0
    for acknowledged in (300, 700):
        crowd.wait_for(acknowledged)
        began = time.monotonic()
        cluster.crash()
        cluster.start()
        away = max(away, time.monotonic() - began)
    crowd.finish()
    assert_nothing_is_lost(on_postgres, crowd)
    assert max(one.longest for one in people) <= away + SECONDS_TO_COME_BACK
    assert {status for saver in crowd.savers for status in saver.statuses} <= {0, 200, 503}
    pages = {status for reader in crowd.readers for status in reader.statuses}
    assert pages == {200, 503}
    sentences = set().union(*(reader.refusals for reader in crowd.readers))
    assert sentences == {DOWN}
