"""Who reviews what in a facility: every chapter and point, and the rule of one of them."""

from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import routing as domain
from ..domain.queries import routing as queries
from ..domain.queries.routing import ChapterRows, PointRow
from ..domain.routing import Place
from ..forms.routing import RouteForm
from ..models import Clausier, ReviewRoute

UNPROCESSABLE = 422


class Target(NamedTuple):
    """What a rule is about, as its form shows it."""

    place: Place
    title: str
    own: ReviewRoute | None
    roles: list[str]
    """The roles that review it now."""
    inherited: str
    """What it follows without a rule of its own, as a sentence."""
    back: str
    """The words of the button that ends the rule."""
    exceptions: int = 0
    """Of a chapter, how many of its points have a rule of their own, and keep it."""


@require_safe
def route_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who reviews each point in a facility, and where that departs from the clausier."""
    facility, access = _facility_or_404(request, pk)
    clausiers = list(queries.clausiers())
    clausier = _chosen(clausiers, request.GET.get("clausier", ""))
    shown = queries.chapters(facility, clausier) if clausier else []
    own = sum((chapter.own is not None) + chapter.exceptions for chapter in shown)
    context = {
        "facility": facility,
        "clausiers": clausiers,
        "clausier": clausier,
        "chapters": shown,
        "own": own,
        "sentence": _own_text(own),
        "vacant": queries.vacant(facility, shown),
        "may_route": permissions.route_reviews(access).allowed,
    }
    return render(request, "checklists/routes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def route_edit(request: HttpRequest, pk: int, clausier: str, place: str) -> HttpResponse:
    """Decide who reviews one chapter or one point, or follow the clausier again."""
    facility, access = _facility_or_404(request, pk)
    require(permissions.route_reviews(access))
    found = _clausier_or_404(clausier)
    target = _target(queries.chapters(facility, found), place)
    own = target.own.pk if target.own else 0
    form = RouteForm(
        request.POST if request.method == "POST" else None,
        initial={"roles": target.roles, "base": own},
    )
    if request.method == "POST" and _is_decided(request, form, facility, found, target):
        messages.success(
            request, _("Relecteurs enregistrés : %(place)s.") % {"place": target.title}
        )
        return redirect(_list_url(facility, found))
    context = {"facility": facility, "clausier": found, "target": target, "form": form}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/route_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def route_drop_all(request: HttpRequest, pk: int, clausier: str) -> HttpResponse:
    """Ask, then end every rule of the facility on a clausier."""
    facility, access = _facility_or_404(request, pk)
    require(permissions.route_reviews(access))
    found = _clausier_or_404(clausier)
    if request.method != "POST":
        context = {"facility": facility, "clausier": found, "back": _list_url(facility, found)}
        return render(request, "checklists/routes_drop.html", context)
    domain.drop_all(facility=facility, clausier=found, by=access.user)
    messages.success(request, _("Le routage du clausier s’applique à tous les points."))
    return redirect(_list_url(facility, found))


def _is_decided(
    request: HttpRequest, form: RouteForm, facility: Facility, clausier: Clausier, target: Target
) -> bool:
    """Whether what was sent is written; the form says why not."""
    by, place = signed_in(request), target.place
    is_back = "retablir" in request.POST
    if is_back:
        form.fields["roles"].required = False
    if not form.is_valid():
        return False
    base = form.rule_read()
    try:
        if is_back:
            domain.drop_route(facility=facility, clausier=clausier, place=place, base=base, by=by)
        else:
            domain.set_route(
                facility=facility,
                clausier=clausier,
                place=place,
                roles=form.cleaned_data["roles"],
                base=base,
                by=by,
            )
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    return True


def _target(shown: list[ChapterRows], place: str) -> Target:
    """Return what an address names. Raises Http404."""
    for chapter in shown:
        if place == chapter.address:
            return _chapter_target(chapter)
        for row in chapter.rows:
            if place == row.point.ref:
                return _point_target(chapter, row)
    raise Http404


def _chapter_target(chapter: ChapterRows) -> Target:
    text = chapter.chapter
    title = f"{text.ref}. {text.title}" if text.ref else text.title
    return Target(
        place=Place(chapter=queries.key_of(text)),
        title=title,
        own=chapter.own,
        roles=chapter.own.roles.split() if chapter.own else [],
        inherited=_("Sans règle, chaque point du chapitre suit le clausier."),
        back=_("Revenir au routage du clausier"),
        exceptions=chapter.exceptions,
    )


def _point_target(chapter: ChapterRows, row: PointRow) -> Target:
    if chapter.own:
        rule, back = chapter.own.roles.split(), _("Revenir à la règle du chapitre")
        inherited = _("La règle du chapitre : %(roles)s.")
    else:
        rule, back = row.default, _("Revenir au routage du clausier")
        inherited = _("Le clausier le confie à : %(roles)s.")
    return Target(
        place=Place(ref=row.point.ref),
        title=f"{row.point.ref} {row.point.title}",
        own=row.own,
        roles=row.roles,
        inherited=inherited % {"roles": _names(rule)},
        back=back,
    )


def _names(roles: list[str]) -> str:
    return ", ".join(str(Role(role).label) for role in roles) or _("personne")


def _facility_or_404(request: HttpRequest, pk: int) -> tuple[Facility, Access]:
    access = access_or_404(signed_in(request), pk)
    return Facility.objects.get(pk=pk), access


def _clausier_or_404(code: str) -> Clausier:
    return get_object_or_404(queries.clausiers(), code=code)


def _chosen(clausiers: list[Clausier], code: str) -> Clausier | None:
    """Return the clausier asked for, else the first one."""
    first = clausiers[0] if clausiers else None
    return next((one for one in clausiers if one.code == code), first)


def _list_url(facility: Facility, clausier: Clausier) -> str:
    return reverse("checklists:route_list", args=[facility.pk]) + f"?clausier={clausier.code}"


def _own_text(count: int) -> str:
    if not count:
        return _("Tous les points suivent le clausier.")
    return ngettext(
        "%(n)d règle propre à l’établissement", "%(n)d règles propres à l’établissement", count
    ) % {"n": count}
