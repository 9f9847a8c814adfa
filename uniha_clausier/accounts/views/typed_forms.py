"""What a person had typed when their session ended: shown again, to be sent or given up."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..domain import typed_forms
from ..forms import typed_names
from ..permissions import signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def typed_form(request: HttpRequest) -> HttpResponse:
    """Show what was typed, ready to be sent again (GET); give it up (POST)."""
    if request.method == "POST":
        typed_forms.drop(request.session)
        messages.success(request, _("Votre saisie est abandonnée."))
        return redirect("home")
    form = typed_forms.of(request.session, person=signed_in(request).pk)
    context: dict[str, Any] = {"form": form, "shown": [], "rest": []}
    if form is not None:
        told = typed_names.told(form.fields)
        context["shown"] = [one for one in told if one.is_written]
        context["rest"] = [one for one in told if not one.is_written]
    return render(request, "account/typed_form.html", context)
