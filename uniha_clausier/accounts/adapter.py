"""How sign-in behaves here: accounts are created by an administrator, never by oneself."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes self-registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
