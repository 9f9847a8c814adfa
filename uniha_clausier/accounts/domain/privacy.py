"""What is kept of a person, given to them, and taken away where the law lets it go (RGPD).

A person whom the file of a tender names stays named while that file is kept: the buyer must be
able to say who scored, found and decided (RGPD, article 17, 3 b and d). The journal holds numbers
only, and sealed documents never change: neither is touched here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.models import AuditEvent

from .. import queries
from ..models import ApiToken, Delegation, Facility, Invitation, User
from . import browser_sessions, delegations, invitations, members, tokens

FORMAT = "clausier-personne-1"
ERASED_DOMAIN = "effacee.invalid"

KINDS = {
    Authenticator.Type.TOTP: gettext_lazy("Application de codes"),
    Authenticator.Type.WEBAUTHN: gettext_lazy("Clé d’accès"),
    Authenticator.Type.RECOVERY_CODES: gettext_lazy("Codes de secours"),
}
"""The second factors, in the words of their page."""

OWN = (ApiToken, Delegation, Invitation)
"""They name the person and belong to no file of a tender: they go with the name."""


@dataclass(frozen=True)
class Mention:
    """In which kind of row a person is named, as what, and how many times."""

    kind: str
    field: str
    count: int

    def __str__(self) -> str:
        return f"{self.kind} ({self.field}) : {self.count}"


class StillNamed(DomainError):
    """The files of tenders name the person; ``mentions`` says where."""

    def __init__(self, mentions: list[Mention]) -> None:
        super().__init__(
            _(
                "Des dossiers de consultation nomment encore cette personne : son nom y reste tant "
                "qu’ils sont conservés. Fermez son compte, puis recommencez après leur élimination."
            )
        )
        self.mentions = mentions


def mentions(user: User) -> list[Mention]:
    """Return where the files of tenders name ``user``; empty when nothing forbids to erase."""
    found = [
        Mention(
            str(relation.related_model._meta.verbose_name),  # noqa: SLF001 - public options
            relation.field.name,
            relation.related_model._base_manager.filter(  # noqa: SLF001 - all rows
                **{relation.field.name: user}
            ).count(),
        )
        for relation in _relations(models.PROTECT)
        if relation.related_model not in OWN
    ]
    return sorted((one for one in found if one.count), key=lambda one: (one.kind, one.field))


def close_account(*, user: User, by: User | None) -> None:
    """Close the sign-in of ``user``: sessions, tokens, factors, roles. The name stays.

    Raises members.LastAdministrator.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _close(locked, by)
        _record("account.closed", locked, by)


def erase(*, user: User, by: User | None) -> User:
    """Close the account and take its name and address away, for ever.

    Raises StillNamed, members.LastAdministrator.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if named := mentions(locked):
            raise StillNamed(named)
        _close(locked, by)
        ApiToken.objects.filter(user=locked).delete()
        invitations.forget(locked)
        delegations.forget(locked)
        locked.full_name = _("Personne n°\u00a0%(number)s (effacée)") % {"number": locked.pk}
        locked.email = f"personne-{locked.pk}@{ERASED_DOMAIN}"
        locked.last_login = None
        locked.save(update_fields=["full_name", "email", "last_login"])
        _record("account.erased", locked, by)
    return locked


def is_erased(user: User) -> bool:
    """Whether the name and the address of ``user`` were taken away."""
    return user.email.endswith(f"@{ERASED_DOMAIN}")


def _close(user: User, by: User | None) -> None:
    browser_sessions.end_all(user=user, by=by)
    tokens.revoke_all(of=user, by=by)
    invitations.withdraw_all(to=user, by=by)
    for facility in Facility.objects.filter(memberships__user=user).distinct().order_by("pk"):
        members.remove(user=user, facility=facility, by=by)
    for relation in _relations(models.CASCADE):
        rows = relation.related_model._base_manager  # noqa: SLF001 - all rows
        rows.filter(**{relation.field.name: user}).delete()
    user.is_active = user.is_operator = user.lacks_factor = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "is_operator", "lacks_factor", "password"])


def _relations(on_delete: Any) -> list[Any]:
    """The keys of every application to a person that behave so: what is theirs, or names them."""
    every = User._meta.get_fields(include_hidden=True)  # noqa: SLF001 - public options
    keys = (one for one in every if one.auto_created and (one.one_to_many or one.one_to_one))
    return [key for key in keys if getattr(key, "on_delete", None) is on_delete]


def _record(action: str, user: User, by: User | None) -> None:
    journal.record(
        tenant=journal.NO_TENANT,
        action=action,
        subject=f"user/{user.pk}",
        by=by.pk if by else None,
    )


# -- Given to the person -----------------------------------------------------------------------


def account_data(user: User) -> dict[str, Any]:
    """Return what is kept of the account itself, as plain JSON values."""
    return {
        "format": FORMAT,
        "exported_at": timezone.now().isoformat(),
        "account": {
            "number": user.pk,
            "email": user.email,
            "full_name": user.full_name,
            "is_active": user.is_active,
            "is_operator": user.is_operator,
            "date_joined": user.date_joined.isoformat(),
            "last_login": user.last_login.isoformat() if user.last_login else None,
        },
        "roles": [
            {"facility": role.facility.name, "role": role.get_role_display()}
            for role in user.memberships.select_related("facility").order_by("pk")
        ],
        "delegations": [
            {
                "facility": one.facility.name,
                "role": one.get_role_display(),
                "received": one.delegate_id == user.pk,
                "first_day": one.first_day.isoformat(),
                "last_day": one.last_day.isoformat(),
                "reason": one.reason,
            }
            for one in queries.every_delegation_of(user)
        ],
        "sessions": [
            {"browser": one.browser, "started_at": one.started_at.isoformat()}
            for one in user.browser_sessions.order_by("pk")
        ],
        "factors": [
            {"kind": str(KINDS[one.type]), "created_at": one.created_at.isoformat()}
            for one in Authenticator.objects.filter(user=user).order_by("pk")
        ],
        "identities": [
            {
                "issuer": one.issuer,
                "subject": one.subject,
                "name": one.label,
                "linked_at": one.linked_at.isoformat(),
                "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
                "factor_proved_at": (
                    one.factor_proved_at.isoformat() if one.factor_proved_at else None
                ),
            }
            for one in user.identities.order_by("pk")
        ],
        "tokens": [
            {
                "name": token.name,
                "created_at": token.created_at.isoformat(),
                "expires_at": token.expires_at.isoformat(),
                "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
            }
            for token in user.api_tokens.order_by("pk")
        ],
    }


def whole_data(user: User) -> dict[str, Any]:
    """Return the same, with the rows that name the person and what the journal tells of them.

    It reads whole tables: for the operator's command, never for a page.
    """
    return account_data(user) | {
        "rows": [row for relation in _relations(models.PROTECT) for row in _rows(relation, user)],
        "journal": [
            {
                "tenant": event.tenant,
                "seq": event.seq,
                "occurred_at": event.occurred_at.isoformat(),
                "action": event.action,
                "subject": event.subject,
            }
            for event in AuditEvent.objects.filter(actor=user.pk).order_by("tenant", "seq")
        ],
    }


def _rows(relation: Any, user: User) -> Iterator[dict[str, Any]]:
    model, field = relation.related_model, relation.field.name
    found = model._base_manager.filter(**{field: user}).order_by("pk")  # noqa: SLF001 - all rows
    for row in found.iterator():
        yield {"kind": str(model._meta.verbose_name), "as": field, "number": row.pk}  # noqa: SLF001
