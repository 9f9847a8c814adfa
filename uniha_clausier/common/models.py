"""The journal: one hash chain a facility, append-only, without foreign keys; scanned files; the queue.

A facility that disappears, a person who is anonymised or an assessment that is archived
never breaks the chain: rows hold plain identifiers, and people are named through their
account at display time, so that erasure (RGPD art. 17) needs no change of the journal.
"""

from django.db import models

from .enums import ScanState


class JournalHead(models.Model):
    """The last event of a chain. Its row is the lock that orders the writers.

    ``tenant`` is the facility's identifier, or 0 for what belongs to no facility.
    """

    tenant = models.PositiveBigIntegerField(primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.tenant}: {self.seq}"


class AuditEvent(models.Model):
    """One fact: who did what, on what, when, with the values before and after."""

    tenant = models.PositiveBigIntegerField()
    seq = models.PositiveBigIntegerField()
    occurred_at = models.DateTimeField()
    actor = models.PositiveBigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    data = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "seq"], name="auditevent_seq_unique"),
            models.UniqueConstraint(
                fields=["tenant", "prev_hash"], name="auditevent_chain_has_no_fork"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "subject", "seq"], name="auditevent_subject")]

    def __str__(self) -> str:
        return f"{self.tenant}/{self.seq} {self.action} {self.subject}"


class FileScan(models.Model):
    """What the antivirus said of one kept file; a file without a row was never scanned.

    ``subject`` and ``tenant`` say where the journal tells of an infected one.
    """

    file_name = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=12, choices=ScanState.choices)
    signature = models.CharField(max_length=200, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    tenant = models.PositiveBigIntegerField()
    subject = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ScanState.values), name="scan_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state=ScanState.WAITING, scanned_at=None)
                | (~models.Q(state=ScanState.WAITING) & models.Q(scanned_at__isnull=False)),
                name="scan_state_and_moment_agree",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ScanState.INFECTED) ^ models.Q(signature=""),
                name="scan_names_what_it_found",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=ScanState.WAITING),
                name="scan_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.state}"


class TaskTrace(models.Model):
    """What is known of a queued task beside its own row, which belongs to the library.

    ``lease_until`` is set while a worker holds it, who renews it; ``tries`` says which worker: only
    the one that raised it last may write the result. ``dead_at`` stands on a task that is given up,
    until somebody settles it. No foreign key: the rows of the queue come and go.
    """

    task = models.UUIDField(primary_key=True)
    request_id = models.CharField(max_length=64, blank=True)
    tries = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=120, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=400, blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=models.Q(lease_until__isnull=False),
                name="tasktrace_lease",
            ),
            models.Index(
                fields=["dead_at"], condition=models.Q(dead_at__isnull=False), name="tasktrace_dead"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(dead_at=None) | models.Q(lease_until=None),
                name="tasktrace_held_or_dead",
            )
        ]

    def __str__(self) -> str:
        return f"{self.task}: {self.tries}"


class WorkerSign(models.Model):
    """A sign of life of one background process."""

    worker = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host}: {self.seen_at}"


class SentMail(models.Model):
    """A message that leaves once, whoever is asked to send it again. ``key`` says which."""

    key = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class ScheduledRun(models.Model):
    """One job on one day: the row that the workers race for, then what came of it."""

    job = models.CharField(max_length=40)
    day = models.DateField()
    queued_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    is_good = models.BooleanField(null=True, blank=True)
    result = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "day"], name="scheduledrun_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(finished_at=None, is_good=None)
                | models.Q(finished_at__isnull=False, is_good__isnull=False),
                name="scheduledrun_end_agrees",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.day}"
