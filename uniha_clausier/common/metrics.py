"""Figures for Prometheus: counted in each process, gathered when they are asked for.

Requests are counted in files of ``CLAUSIER_HOME/metrics``, one a process (the multiprocess mode of
prometheus_client, once ``metrics_folder.prepare`` has run): any process of a web server answers for
all of that server. What the database or the disk knows is read at that moment, by the ``read`` of
each gauge.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

Sample = tuple[tuple[str, ...], float]

CONTENT_TYPE = CONTENT_TYPE_LATEST
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.8, 2.0, 5.0, 15.0)

logger = logging.getLogger(__name__)

_own = CollectorRegistry()
_requests = Counter(
    "clausier_requests",
    "Requêtes, par route, méthode et statut",
    ["route", "method", "status"],
    registry=_own,
)
_seconds = Histogram(
    "clausier_request_seconds",
    "Durée des requêtes, par route",
    ["route"],
    buckets=BUCKETS,
    registry=_own,
)


_is_off = False


def stop() -> None:
    """Count no requests in this process: the disk has no room for its figures."""
    global _is_off  # noqa: PLW0603 - of this process
    _is_off = True


def tell_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one request."""
    if _is_off:
        return
    _requests.labels(route, method, str(status)).inc()
    _seconds.labels(route).observe(seconds)


@dataclass(frozen=True)
class Gauge:
    """A figure that is read when it is asked for: pairs of label values and a number."""

    name: str
    help: str
    labels: tuple[str, ...]
    read: Callable[[], Iterable[Sample]]


_gauges: dict[str, Gauge] = {}


def gauge(
    name: str, help: str, labels: tuple[str, ...] = ()
) -> Callable[[Callable[[], Iterable[Sample]]], Callable[[], Iterable[Sample]]]:
    """Declare the function below as the reading of a figure."""

    def declare(read: Callable[[], Iterable[Sample]]) -> Callable[[], Iterable[Sample]]:
        _gauges[name] = Gauge(name, help, labels, read)
        return read

    return declare


class _Gauges:
    """What is read at the moment. A figure that can't be read is left out, and logged."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for one in _gauges.values():
            family = GaugeMetricFamily(one.name, one.help, labels=one.labels)
            try:
                for values, number in one.read():
                    family.add_metric(values, number)
            except Exception:
                logger.exception("the figure %s could not be read", one.name)
                continue
            yield family


def exposition() -> bytes:
    """Return every figure, in the text format of Prometheus. ``METRICS`` names their modules."""
    for module in settings.METRICS:
        import_module(module)
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_own)
    registry.register(_Gauges())
    return bytes(generate_latest(registry))
