"""Tenders: the list, and the page from which a buyer does everything of one purchase."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open the list of tenders."""
    return redirect("help")
