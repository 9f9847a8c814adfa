"""The pages of help, open to everyone: they tell nothing of any facility."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_not_required
def guide(request: HttpRequest) -> HttpResponse:
    """How to work, the keys, the scale, the words."""
    return render(request, "help/guide.html")


@require_safe
@login_not_required
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to ask. The address is a setting of the instance."""
    return render(request, "help/contact.html", {"support_email": settings.SUPPORT_EMAIL})


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """The declaration of accessibility (loi 2005-102 art. 47, décret 2019-768)."""
    return render(request, "help/accessibility.html", {"support_email": settings.SUPPORT_EMAIL})
