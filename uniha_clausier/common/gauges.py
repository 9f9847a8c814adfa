"""The figures that are read in the database or on the disk when Prometheus asks for them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from . import health, operations
from .expiries import expiries
from .metrics import Sample, gauge
from .models import AuditEvent, TaskTrace


@gauge("clausier_queue_tasks", "Tâches de la file, par état", ("status",))
def tasks() -> Iterator[Sample]:
    """The finished ones are those of the last thirty days."""
    counts = dict.fromkeys((str(status).lower() for status in TaskResultStatus.values), 0)
    rows = DBTaskResult.objects.order_by().values_list("status").annotate(Count("pk"))
    counts |= {str(status).lower(): count for status, count in rows}
    yield from (((status,), count) for status, count in counts.items())


@gauge("clausier_queue_oldest_seconds", "Âge de la tâche prête la plus ancienne")
def oldest() -> Iterator[Sample]:
    yield ((), operations.queue_state().oldest_seconds)


@gauge("clausier_queue_given_up", "Tâches en échec, à régler")
def given_up() -> Iterator[Sample]:
    yield ((), TaskTrace.objects.filter(dead_at__isnull=False).count())


@gauge("clausier_workers", "Processus de fond vus depuis une minute")
def workers() -> Iterator[Sample]:
    yield ((), health.workers_seen())


@gauge(
    "clausier_certificate_expires_seconds", "Temps avant la fin d’un certificat", ("use", "name")
)
def certificates() -> Iterator[Sample]:
    """Of two with one name, the one that ends first."""
    now, ends = timezone.now(), {}
    for one in reversed(expiries()):
        ends[one.use, one.name] = (one.end - now).total_seconds()
    yield from ends.items()


@gauge("clausier_storage_free_bytes", "Place libre là où sont les fichiers")
def storage_free() -> Iterator[Sample]:
    yield ((), shutil.disk_usage(health.existing(Path(settings.CLAUSIER_HOME))).free)


@gauge("clausier_backup_age_seconds", "Temps écoulé depuis la dernière sauvegarde")
def backup() -> Iterator[Sample]:
    """Without a backup there is no age."""
    last = operations.last_backup()
    if last is not None:
        yield ((), (timezone.now() - last).total_seconds())


@gauge("clausier_clock_ahead_seconds", "Avance de l’horloge sur celle de la base de données")
def clock() -> Iterator[Sample]:
    yield ((), health.clock_difference())


@gauge("clausier_journal_last_event_seconds", "Temps écoulé depuis le dernier événement du journal")
def journal() -> Iterator[Sample]:
    last = AuditEvent.objects.order_by("-pk").values_list("occurred_at", flat=True).first()
    if last is not None:
        yield ((), (timezone.now() - last).total_seconds())
