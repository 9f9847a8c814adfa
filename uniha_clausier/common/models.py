"""The journal: one hash chain a facility, append-only, without foreign keys.

A facility that disappears, a person who is anonymised or an assessment that is archived
never breaks the chain: rows hold plain identifiers, and people are named through their
account at display time, so that erasure (RGPD art. 17) needs no change of the journal.
"""

from django.db import models


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
