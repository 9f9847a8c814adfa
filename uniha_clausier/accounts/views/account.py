"""The page of one's own account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .. import queries
from ..permissions import signed_in


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who the person is here, what they may do and where, and the pages about themselves."""
    user = signed_in(request)
    roles = [
        (facility, [role.label for role in held])
        for facility, held in queries.roles_by_facility(user)
    ]
    return render(request, "account/account.html", {"roles": roles})
