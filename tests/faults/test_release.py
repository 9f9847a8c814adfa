"""An upgrade while people score, and the release before on the database of this one."""

import http.client
import subprocess
import sys
from pathlib import Path

import pytest

from uniha_clausier.common.patience import LOCK_SECONDS

from .cluster import Cluster
from .release import Release, unpacked
from .savers import Crowd
from .site import ROOT, Installation, Prepared
from .test_killed_processes import assert_nothing_is_lost

pytestmark = pytest.mark.long

CLIENTS, SAVES = 4, 5_000
SECONDS_TO_WAIT = LOCK_SECONDS + 1
"""The longest save: one change of a table that waits as long as it may, and the save itself.

These three seconds are what docs/security.md and docs/operations.md promise.
"""


def get(site: Installation, prepared: Prepared, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request("GET", path, headers=prepared.headers)
        return connection.getresponse().status
    finally:
        connection.close()


def statuses(site: Installation, prepared: Prepared) -> set[int]:
    """How the pages that people open most are answered."""
    one = next(iter(prepared.assessments))
    pages = ["/consultations/", "/fournisseurs/", "/clausiers/", "/mes-points/"]
    pages += [f"/evaluations/{one}/", f"/evaluations/{one}/synthese/"]
    return {get(site, prepared, page) for page in pages}


def test_the_upgrade_under_load_and_the_release_before_after_it(
    tmp_path: Path, cluster: Cluster
) -> None:
    (tmp_path / "code").mkdir()
    before = Release(tmp_path, cluster.url, unpacked(tmp_path / "code"))
    today = Installation(tmp_path, cluster.url)
    try:
        prepared = before.prepare(CLIENTS)
        crowd = Crowd.each_alone(before.port, prepared, saves=SAVES)
        before.start()
        before.wait_for_web_processes()
        crowd.start()
        crowd.wait_for(100)
        for saver in crowd.savers:
            saver.longest = 0.0  # the first ones waited for the server to start
        today.run("manage.py", "migrate", "-v0")
        assert crowd.acknowledged < CLIENTS * SAVES  # they were at work all along
        longest = max(saver.longest for saver in crowd.savers)
        assert longest <= SECONDS_TO_WAIT
        # The code of the release before, on the tables of this one: what it reads and saves.
        crowd.wait_for(crowd.acknowledged + 100)
        assert statuses(before, prepared) == {200}
        for saver in crowd.savers:
            saver.is_done = True
        crowd.finish()
        before.stop()
        assert {status for saver in crowd.savers for status in saver.statuses} == {200}
        assert_nothing_is_lost(today, crowd)

        today.start()
        today.wait_for_web_processes()
        for saver in crowd.savers:
            saver.port, saver.saves, saver.is_done = today.port, 20, False
            saver.work()
        assert_nothing_is_lost(today, crowd)
    finally:
        before.stop()
        today.stop()


def test_the_upgrade_of_the_embedded_database(tmp_path: Path) -> None:
    """With the services stopped, as it is upgraded: all that was there is there, and goes on."""
    (tmp_path / "code").mkdir()
    before = Release(tmp_path, "", unpacked(tmp_path / "code"))
    today = Installation(tmp_path)
    try:
        prepared = before.prepare(CLIENTS)
        crowd = Crowd.each_alone(before.port, prepared, saves=50)
        before.start()
        crowd.start()
        crowd.finish()
        before.stop()
        today.run("manage.py", "migrate", "-v0")
        assert_nothing_is_lost(today, crowd)

        today.start()
        today.wait_for_web_processes()
        assert statuses(today, prepared) == {200}
        for saver in crowd.savers:
            saver.port, saver.saves = today.port, 20
            saver.work()
        assert_nothing_is_lost(today, crowd)
    finally:
        before.stop()
        today.stop()


def test_a_migration_lets_people_pass_and_comes_back(tmp_path: Path, cluster: Cluster) -> None:
    """Somebody holds what the migration needs for longer than it waits."""
    site = Installation(tmp_path, cluster.url)
    try:
        site.run("manage.py", "migrate", "contenttypes", "0001", "-v0")
        program = str(cluster.programs / "psql")
        user = cluster.command.DATABASE_USER
        with (
            subprocess.Popen(
                [program, "-h", str(cluster.folder), "-U", user, "-q", "clausier"],
                stdin=subprocess.PIPE,
                text=True,
            ) as holder,
            subprocess.Popen(
                [sys.executable, "manage.py", "migrate", "contenttypes"],
                cwd=ROOT,
                env=site.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as upgrade,
        ):
            assert holder.stdin is not None and upgrade.stdout is not None
            assert upgrade.stderr is not None
            holder.stdin.write(
                "SET idle_in_transaction_session_timeout = '60s'; BEGIN;\n"
                "LOCK TABLE django_content_type IN ACCESS SHARE MODE;\n"
            )
            holder.stdin.flush()
            assert any("Une table est occupée" in line for line in upgrade.stderr)
            holder.communicate("COMMIT;\n", timeout=30)
            assert "contenttypes.0002_remove_content_type_name... OK" in upgrade.stdout.read()
            assert upgrade.wait(30) == 0
    finally:
        site.stop()
