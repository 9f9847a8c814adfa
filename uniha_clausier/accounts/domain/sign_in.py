"""What the journal keeps of signing in: who, when, never an address nor a password.

These events belong to no facility: a person may be a member of several (OWASP ASVS 5.0, V16.3).
"""

from django.core.cache import cache
from django.db import transaction

from uniha_clausier.common import journal

from ..models import User

LOCK_SECONDS = 300
"""As long as the limit of ``ACCOUNT_RATE_LIMITS``: one event a lock, however many tries."""


def record_signed_in(*, user: User) -> None:
    """Write that ``user`` has signed in."""
    _record("account.signed_in", f"user/{user.pk}", by=user)


def record_password_set(*, user: User) -> None:
    """Write that the password of ``user`` was changed, by themselves or by a link they received."""
    _record("account.password_set", f"user/{user.pk}", by=user)


def record_locked(*, email: str) -> None:
    """Write, once a lock, that too many tries were made on the account of ``email``.

    Addresses without an account share one event: nobody fills the journal by inventing them.
    """
    user = User.objects.filter(email=email.lower()).first()
    subject = f"user/{user.pk}" if user else "user/unknown"
    if cache.add(f"sign-in-locked:{subject}", 1, timeout=LOCK_SECONDS):
        _record("account.locked", subject, by=None)


def _record(action: str, subject: str, *, by: User | None) -> None:
    with transaction.atomic():
        journal.record(
            tenant=journal.NO_TENANT,
            action=action,
            subject=subject,
            by=by.pk if by else None,
        )
