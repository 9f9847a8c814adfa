"""A PostgreSQL server set as in production: what it acknowledges is on the disk."""

from tests.faults.cluster import Cluster

SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
}
"""For two cores and 8 GB: what docs/operations.md advises, beside fsync, which stays on."""


class Production(Cluster):
    """As ``Cluster``, with the settings of a server that only does this."""

    def __init__(self) -> None:
        super().__init__()
        vars(self.command)["SETTINGS"].update(SETTINGS)
