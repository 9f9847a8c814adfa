"""Twelve people who score at once through four connections shared by PgBouncer."""

from pathlib import Path

import pytest

from .bouncer import Bouncer
from .cluster import Cluster
from .savers import Crowd
from .site import Installation
from .test_killed_processes import assert_nothing_is_lost

pytestmark = pytest.mark.long

CLIENTS, SAVES = 12, 60


@pytest.mark.parametrize("age", ["0", "60"])
def test_saves_through_a_bouncer(tmp_path: Path, cluster: Cluster, age: str) -> None:
    """Everything goes through it, the migrations included."""
    with Bouncer(cluster) as bouncer:
        site = Installation(tmp_path, bouncer.url)
        site.environment |= {"DATABASE_PREPARE": "0", "CONN_MAX_AGE": age}
        try:
            prepared = site.prepare(CLIENTS)
            crowd = Crowd.each_alone(site.port, prepared, saves=SAVES)
            site.start()
            site.wait_for_web_processes()
            crowd.start()
            crowd.finish()
            assert crowd.acknowledged == CLIENTS * SAVES
            assert_nothing_is_lost(site, crowd)
            assert {status for saver in crowd.savers for status in saver.statuses} == {200}
        finally:
            site.stop()
