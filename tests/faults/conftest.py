"""Installations for the faults: one on SQLite, one on a PostgreSQL that can crash."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .site import Installation


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as made:
        yield made


@pytest.fixture
def on_postgres(tmp_path: Path, cluster: Cluster) -> Iterator[Installation]:
    made = Installation(tmp_path, cluster.url)
    yield made
    made.stop()
