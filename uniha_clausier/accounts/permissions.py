"""What a person may do in one facility, and the sentence that says why not.

A right is decided by a join from the one row asked to the memberships of the user: nothing ever
lists all that a user may see in order to check one row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from uniha_clausier.common import journal, logs

from . import queries
from .enums import Role
from .models import Delegation, User


@dataclass(frozen=True)
class Permit:
    """A yes, or a no with its reason in French: the reason is shown beside the button.

    ``stand_in`` says in whose place the yes is had; None: in nobody's. ``wants_role`` says of a no
    that another role would have been let in, whatever the state of the thing.
    """

    allowed: bool
    reason: str = ""
    stand_in: journal.StandIn | None = field(default=None, compare=False)
    wants_role: bool = field(default=False, compare=False)

    def __bool__(self) -> bool:
        return self.allowed


YES = Permit(True)


class RoleMissing(PermissionDenied):
    """A refusal by the role of the person, and not by the state of the thing: its page says so."""


@dataclass(frozen=True)
class Access:
    """One person in one facility, with the roles held there.

    None for who only reads what the facility buys for another: see vendors.permissions. Those of
    ``delegated`` are had in the place of somebody, today.
    """

    user: User
    facility_id: int
    roles: frozenset[str]
    delegated: Mapping[str, Delegation] = field(default_factory=dict, compare=False)

    @property
    def is_guest(self) -> bool:
        """Whether the person is of another facility, for which this one buys."""
        return not self.roles

    def has(self, *roles: str) -> bool:
        """Whether one of ``roles`` is held."""
        return bool(self.roles & set(roles))


def access_or_404(user: User, facility_id: int) -> Access:
    """Return the access of ``user`` to a facility. Raises Http404 for a stranger."""
    roles = queries.roles_in(user, facility_id)
    if not roles:
        raise Http404
    logs.tell(facility_id=facility_id)
    return with_delegated(Access(user, facility_id, roles))


def with_delegated(access: Access) -> Access:
    """Return the access of a member with the roles had today in the place of another."""
    found = queries.delegated_in(access.user, access.facility_id)
    new = {role: one for role, one in found.items() if role not in access.roles}
    return Access(access.user, access.facility_id, access.roles.union(new), new)


def signed_in(request: HttpRequest) -> User:
    """Return the person who asks, on a page that LoginRequiredMiddleware keeps for people."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def operator_or_404(request: HttpRequest) -> User:
    """Return the operator who asks. Raises Http404 for anybody else: the page is not theirs."""
    user = signed_in(request)
    if not user.is_operator:
        raise Http404
    return user


def require(permit: Permit) -> None:
    """Raise PermissionDenied (403), with the reason, unless ``permit`` is a yes: see ``under``."""
    if not under(permit):
        raise (RoleMissing if permit.wants_role else PermissionDenied)(permit.reason)


def under(permit: Permit) -> bool:
    """Whether ``permit`` is a yes; what the person does next in this request is done under it.

    When it is had in the place of somebody, the journal says so.
    """
    if permit:
        journal.act_for(permit.stand_in)
    return permit.allowed


def for_roles(access: Access, *roles: str) -> Permit:
    """Return a yes when one of ``roles`` is held, else a no that names them."""
    if access.has(*roles):
        return Permit(True, stand_in=_stand_in(access, roles))
    return reserved(*roles)


def reserved(*roles: str) -> Permit:
    """Return the no of who holds none of ``roles``: it names them."""
    names = _(" ou ").join(_in_a_sentence(role) for role in roles)
    return Permit(False, _("Réservé au rôle %(roles)s.") % {"roles": names}, wants_role=True)


def _stand_in(access: Access, roles: Iterable[str]) -> journal.StandIn | None:
    """Return in whose place the person holds ``roles``; None when one of them is their own."""
    held = [role for role in roles if access.has(role)]
    if any(role not in access.delegated for role in held):
        return None
    one = access.delegated[held[0]]
    told = {"delegation": one.pk, "person": one.principal_id, "role": one.role}
    return journal.StandIn(access.user.pk, access.facility_id, told)


def _in_a_sentence(role: str) -> str:
    label = str(Role(role).label)
    return label if label.isupper() else label.lower()


@dataclass(frozen=True)
class Action:
    """A button as the page shows it: hidden, enabled, or disabled with its reason in sight."""

    key: str
    label: str
    url: str
    method: str = "get"
    visible: bool = True
    enabled: bool = True
    reason: str = ""


def action(permit: Permit, *, key: str, label: str, url: str, method: str = "get") -> Action:
    """Return the button of an act that ``permit`` allows, or refuses with its reason."""
    return Action(key, label, url, method, enabled=bool(permit), reason=permit.reason)
