"""The journal: one hash chain a facility, append-only, without foreign keys; and scanned files.

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
