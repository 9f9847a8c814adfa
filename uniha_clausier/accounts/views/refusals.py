"""The page of an act that is refused: by the role of the person, or by the state of the thing."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token

from ..permissions import RoleMissing


@requires_csrf_token
@login_not_required
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say why, and send to the administrator only who lacks a role. Django calls it."""
    context = {"reason": str(exception), "wants_role": isinstance(exception, RoleMissing)}
    return render(request, "403.html", context, status=403)
