"""Web processes killed without warning while people score: no acknowledged score is lost."""

import pytest

from .cluster import Cluster
from .savers import Crowd
from .site import Installation, Prepared

pytestmark = pytest.mark.long

CLIENTS = 4
SAVES = 250
"""A thousand in all."""


def assert_nothing_is_lost(site: Installation, crowd: Crowd) -> None:
    """Each score stands as it was acknowledged, and the journal tells each save exactly once."""
    told = site.ledger()
    assert told["integrity"] == "ok"
    assert told["journal"] == []
    found = {(pk, ref): (version, value) for pk, ref, version, value in told["scores"]}
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
    """They wait some seconds at most, read no error page of a broken program, and lose nothing."""
    prepared = on_postgres.prepare(20)
    crowd = Crowd.each_alone(on_postgres.port, prepared, saves=60)
    on_postgres.start()
    on_postgres.wait_for_web_processes()
    crowd.start()
    for acknowledged in (300, 700):
        crowd.wait_for(acknowledged)
        cluster.crash()
        cluster.start()
    crowd.finish()
    assert_nothing_is_lost(on_postgres, crowd)
    assert max(saver.longest for saver in crowd.savers) <= 10
    assert {status for saver in crowd.savers for status in saver.statuses} <= {0, 200, 503}
