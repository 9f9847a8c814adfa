"""The profiles that a facility keeps: keeping one, the list, deleting one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.permissions import access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import profile, saved_profiles
from ..domain.queries import saved_profiles as queries
from ..forms.saved_profiles import KeepProfileForm
from .checklists import page_of, with_checklist

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def profile_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the saved profile of a checklist under a name."""
    place, checklist = with_checklist(request, pk)
    require(permissions.keep_profiles(place.access))
    form = KeepProfileForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            saved = saved_profiles.keep_profile(
                checklist=checklist, name=form.cleaned_data["name"], by=place.access.user
            )
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            messages.success(
                request,
                _("Le profil « %(name)s » est gardé : il se choisit en tête de cette page.")
                % {"name": saved.name},
            )
            return redirect("checklists:checklist_edit", pk=pk)
    context = {"form": form, "answers": profile.in_words(checklist.profile)}
    status = UNPROCESSABLE if form.errors else 200
    return page_of(request, "keep_profile", place, context, status=status)


@require_safe
def profile_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the profiles of one facility, each in words."""
    access = access_or_404(signed_in(request), pk)
    found = queries.profiles_of(pk)
    context = {
        "facility": Facility.objects.get(pk=pk),
        "profiles": [(saved, profile.in_words(saved.flags)) for saved in found],
        "sentence": _count_text(len(found)),
        "may_manage": permissions.keep_profiles(access).allowed,
    }
    return render(request, "checklists/saved_profiles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def profile_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a profile."""
    saved = get_object_or_404(queries.profiles(), pk=pk)
    access = access_or_404(signed_in(request), saved.facility_id)
    require(permissions.keep_profiles(access))
    if request.method != "POST":
        context = {"saved": saved, "facility": saved.facility}
        return render(request, "checklists/saved_profile_delete.html", context)
    saved_profiles.forget_profile(saved=saved, by=access.user)
    messages.success(request, _("Le profil « %(name)s » est supprimé.") % {"name": saved.name})
    return redirect("checklists:saved_profile_list", saved.facility_id)


def _count_text(count: int) -> str:
    if not count:
        return _("Aucun profil pour l’instant.")
    return ngettext("%(n)d profil", "%(n)d profils", count) % {"n": count}
