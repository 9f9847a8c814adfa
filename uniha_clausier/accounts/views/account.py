"""The page of one's own account, and what is kept about oneself."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from uniha_clausier.common.attachments import attachment

from .. import queries
from ..domain import privacy
from ..permissions import signed_in


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who the person is here, what they may do and where, and the pages about themselves."""
    user = signed_in(request)
    roles = [
        (facility, [role.label for role in held])
        for facility, held in queries.roles_by_facility(user)
    ]
    context = {"roles": roles, "delegations": queries.delegations_of(user)}
    return render(request, "account/account.html", context)


@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """What is kept about the person, why and how long, and whom to ask for the rest."""
    facilities = queries.facilities_of(signed_in(request))
    officers = [facility for facility in facilities if facility.dpo_email]
    context = {"officers": officers, "longest": settings.SESSION_LONGEST // 3600}
    return render(request, "account/my_data.html", context)


@require_safe
def my_data_file(request: HttpRequest) -> HttpResponse:
    """Give what is kept of the account itself, as JSON."""
    data = privacy.account_data(signed_in(request))
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return attachment(text.encode(), name="mes-donnees.json", content_type="application/json")
