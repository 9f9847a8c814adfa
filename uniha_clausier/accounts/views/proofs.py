"""Proving again who one is, before what protects an account is changed."""

from collections.abc import Callable
from typing import cast

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponse

View = Callable[..., HttpResponse]

proved_again = cast("Callable[[View], View]", reauthentication_required)
"""Asks for the password or a factor, when the last proof is older than ten minutes; then goes on."""
