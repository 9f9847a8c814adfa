"""Lists on a streaming replica: used when fresh, never missed when late, away or stopped."""

import http.client
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .site import Installation, Prepared
from .standby import Standby

pytestmark = pytest.mark.long

LIST = "/fournisseurs/"


@pytest.fixture
def standby(cluster: Cluster) -> Iterator[Standby]:
    with Standby(cluster) as made:
        yield made


@pytest.fixture
def site(tmp_path: Path, cluster: Cluster, standby: Standby) -> Iterator[Installation]:
    made = Installation(tmp_path, cluster.url)
    made.environment |= {"REPLICA_URL": standby.url, "WEB_WORKERS": "1"}
    yield made
    made.stop()


@pytest.fixture
def prepared(site: Installation) -> Prepared:
    found = site.prepare(1)
    site.start()
    get(site, found, LIST)  # the connections are made
    return found


def ask(
    site: Installation, prepared: Prepared, method: str, path: str, body: str = ""
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = dict(prepared.headers)
    if body:
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def get(site: Installation, prepared: Prepared, path: str) -> str:
    status, page = ask(site, prepared, "GET", path)
    assert status == 200, page[:500]
    return page


def rename(site: Installation, prepared: Prepared, name: str) -> None:
    path = f"/fournisseurs/{prepared.vendor}/modifier/"
    body = urllib.parse.urlencode(
        {"name": name, "kind": "publisher", "country": "DE", "foreign_id": "DE-1"}
    )
    status, page = ask(site, prepared, "POST", path, body)
    assert status == 302, page


def reads(standby: Standby) -> int:
    return sum('FROM "vendors_vendor"' in query for query in standby.queries())


def test_a_list_is_read_on_the_replica_and_the_rest_is_not(
    site: Installation, prepared: Prepared, standby: Standby
) -> None:
    before = reads(standby)
    page = get(site, prepared, LIST)
    assert reads(standby) > before
    assert f"/fournisseurs/{prepared.vendor}/" in page
    before = len(standby.queries())
    get(site, prepared, f"/fournisseurs/{prepared.vendor}/")
    rename(site, prepared, "Brumeval Logiciels")
    assert len(standby.queries()) == before


def test_who_wrote_reads_it_at_once(
    site: Installation, prepared: Prepared, standby: Standby
) -> None:
    """Twenty times: on the replica when it has followed, else on the database."""
    before = reads(standby)
    for number in range(20):
        rename(site, prepared, f"Éditions {number}")
        assert f"Éditions {number}" in get(site, prepared, LIST)
    assert reads(standby) > before


def test_a_replica_that_is_late_is_not_read(
    site: Installation, prepared: Prepared, standby: Standby
) -> None:
    standby.pause()
    rename(site, prepared, "Après la pause")
    before = reads(standby)
    assert "Après la pause" in get(site, prepared, LIST)
    assert reads(standby) == before
    assert standby.ask("SELECT count(*) FROM vendors_vendor WHERE name = 'Après la pause'") == "0"
    standby.resume()
    rename(site, prepared, "Reprise")
    assert "Reprise" in get(site, prepared, LIST)


def test_a_replica_that_stops_costs_nobody_anything(
    site: Installation, prepared: Prepared, standby: Standby
) -> None:
    standby.stop()
    for number in range(5):
        rename(site, prepared, f"Sans réplique {number}")
        assert f"Sans réplique {number}" in get(site, prepared, LIST)
