"""Pages about signing in that the sign-in library does not have."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say in French that the form is out of date, and what to do."""
    return render(request, "403_csrf.html", status=403)
