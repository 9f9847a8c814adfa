"""Personal tokens of the API: shown once, kept as a hash, taken back at any time."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import journal
from uniha_clausier.common.errors import FieldRefused

from ..models import ApiToken, User

PREFIX = "clausier_"
"""What a scanner of secrets recognises in a file that should not hold one."""

SECRET_BYTES = 32
MOST_TOKENS = 20
LONGEST_LIFE = dt.timedelta(days=366)
BETWEEN_TRACES = dt.timedelta(minutes=10)
"""The last use is written this often at most: a call that reads should not write each time."""


class TokenRefused(FieldRefused):
    """The token is not made."""


def create(*, name: str, expires_at: dt.datetime, by: User) -> tuple[ApiToken, str]:
    """Make a token of ``by``; return it with its secret, which nothing can tell again.

    Raises TokenRefused.
    """
    now = timezone.now()
    _check_expiry(expires_at, now)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        # Two requests count one after the other.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if len(usable(by, now)) >= MOST_TOKENS:
            raise TokenRefused(
                _("Vous avez déjà %(count)d jetons : retirez-en un.") % {"count": MOST_TOKENS}
            )
        token = ApiToken.objects.create(
            user=by,
            name=name,
            secret_sha256=hash_of(secret),
            created_at=now,
            expires_at=expires_at,
        )
        _record("api_token.created", token, now, {"expires_at": expires_at.isoformat()}, by=by)
    return token, secret


def revoke(*, token: ApiToken, by: User | None) -> ApiToken:
    """Take a token back, for ever. Taking it back twice changes nothing.

    ``by``: its person, or the administrator who takes their factors off; None: the operator.
    """
    now = timezone.now()
    with transaction.atomic():
        locked = ApiToken.objects.select_for_update(of=("self",)).get(pk=token.pk)
        if locked.revoked_at is None:
            locked.revoked_at = now
            locked.save(update_fields=["revoked_at"])
            _record("api_token.revoked", locked, now, {}, by=by)
    return locked


def revoke_all(*, of: User, by: User | None) -> None:
    """Take back every token of a person: whoever knew their password, or had their factor, may
    have one.
    """
    for token in usable(of, timezone.now()):
        revoke(token=token, by=by)


def usable(person: User, now: dt.datetime) -> list[ApiToken]:
    """Return the tokens of ``person`` that open something."""
    found = ApiToken.objects.filter(user=person, revoked_at=None, expires_at__gt=now)
    return list(found.order_by("-created_at", "-pk"))


def bearer(secret: str) -> ApiToken | None:
    """Return the valid token that has this secret, with its person, and note that it was used."""
    now = timezone.now()
    found = ApiToken.objects.filter(secret_sha256=hash_of(secret)).select_related("user").first()
    if found is None or not found.is_valid_at(now) or not found.user.is_active:
        return None
    if found.last_used_at is None or now - found.last_used_at >= BETWEEN_TRACES:
        found.last_used_at = now
        found.save(update_fields=["last_used_at"])
    return found


def hash_of(secret: str) -> str:
    """Return the hash kept of a secret. It is long and random: nothing slower is needed."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _check_expiry(expires_at: dt.datetime, now: dt.datetime) -> None:
    if expires_at <= now:
        raise TokenRefused(_("Choisissez une date à venir."), "expires_on")
    if expires_at > now + LONGEST_LIFE:
        raise TokenRefused(_("Un jeton vaut un an au plus."), "expires_on")


def _record(
    action: str, token: ApiToken, at: dt.datetime, data: dict[str, str], *, by: User | None
) -> None:
    """A token belongs to no facility: its person may be a member of several."""
    journal.record(
        tenant=journal.NO_TENANT,
        action=action,
        subject=f"user/{token.user_id}",
        data={"token": token.pk, "name": token.name} | data,
        at=at,
        by=by.pk if by else None,
    )
