"""What protects the account of the buyer of the world: to everybody else it is nothing."""

from functools import cached_property

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from tests import factories
from tests.accounts.codes import with_passkey
from uniha_clausier.accounts.domain import browser_sessions, invitations, openid
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import (
    BrowserSession,
    Delegation,
    Facility,
    Invitation,
    OpenIdIdentity,
    User,
)


class AccountWorld:
    """Second factors and an open session."""

    @property
    def facility(self) -> Facility:
        raise NotImplementedError

    @property
    def buyer(self) -> User:
        raise NotImplementedError

    @cached_property
    def own_factors(self) -> Authenticator:
        """The second factors of the buyer: an application, recovery codes, and a key."""
        TOTP.activate(self.buyer, generate_totp_secret())
        RecoveryCodes.activate(self.buyer)
        return with_passkey(self.buyer, "Clé du bureau")

    @cached_property
    def invited(self) -> tuple[Invitation, str]:
        """Somebody who is invited to the facility, and the secret that was sent."""
        return invitations.invite(
            facility=self.facility,
            email="attendue@hopital.example",
            full_name="Alix Attendue",
            roles=["reader"],
            by=None,
        )

    @cached_property
    def delegation(self) -> Delegation:
        """Somebody stands in for the buyer today."""
        return factories.delegation(self.buyer, factories.member(self.facility, Role.READER))

    @cached_property
    def own_session(self) -> BrowserSession:
        return browser_sessions.opened(user=self.buyer, session_key="une-autre", user_agent="")

    @cached_property
    def own_identity(self) -> OpenIdIdentity:
        """Who the buyer is at an identity provider."""
        return openid.link_identity(
            user=self.buyer, issuer="https://annuaire.example", subject="1", by=self.buyer
        )
