"""The comments that a facility keeps ready: the list, one form, and what the grid inserts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.permissions import Access, access_or_404, action, require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import comment_templates as domain
from ..domain.queries import comment_templates as queries
from ..forms.comment_templates import CommentTemplateForm
from ..models import CommentTemplate
from .grid_pages import door_or_404

UNPROCESSABLE = 422


@require_safe
def template_list(request: HttpRequest, pk: int) -> HttpResponse:
    """List the templates of one facility."""
    facility, access = _facility_or_404(request, pk)
    permit = permissions.manage_comment_templates(access)
    found = queries.templates_of(pk)
    context = {
        "facility": facility,
        "templates": found,
        "may_manage": permit.allowed,
        "sentence": _count_text(len(found)),
        "create": action(
            permit,
            key="ajouter-un-modele",
            label=_("Ajouter un modèle"),
            url=reverse("checklists:comment_template_create", args=[pk]),
        ),
    }
    return render(request, "checklists/comment_templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def template_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep one more comment ready."""
    facility, access = _facility_or_404(request, pk)
    require(permissions.manage_comment_templates(access))
    form = CommentTemplateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = domain.add_template(facility=facility, wording=form.wording(), by=access.user)
        except DomainError as error:
            form.add_error("title" if isinstance(error, domain.TitleTaken) else None, str(error))
        else:
            return _done(request, pk, _("Le modèle « %(title)s » est ajouté."), made)
    return _form_page(request, form, facility)


@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Reword a template, or move it in the list."""
    template, access = _template_or_404(request, pk)
    require(permissions.manage_comment_templates(access))
    form = CommentTemplateForm(
        request.POST if request.method == "POST" else None,
        initial=CommentTemplateForm.initial_of(template),
    )
    if form.is_valid():
        try:
            made = domain.change_template(
                template=template,
                wording=form.wording(),
                base_version=form.version_read(),
                by=access.user,
            )
        except DomainError as error:
            form.add_error("title" if isinstance(error, domain.TitleTaken) else None, str(error))
        else:
            message = _("Le modèle « %(title)s » est enregistré.")
            return _done(request, template.facility_id, message, made)
    return _form_page(request, form, template.facility, template)


@require_http_methods(["GET", "HEAD", "POST"])
def template_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a template."""
    template, access = _template_or_404(request, pk)
    require(permissions.manage_comment_templates(access))
    if request.method != "POST":
        context = {"template": template, "facility": template.facility}
        return render(request, "checklists/comment_template_delete.html", context)
    try:
        domain.delete_template(
            template=template,
            base_version=_version(request.POST.get("version", "")),
            by=access.user,
        )
    except DomainError as error:
        messages.warning(request, str(error))
        return redirect("checklists:comment_template_delete", pk)
    return _done(
        request, template.facility_id, _("Le modèle « %(title)s » est supprimé."), template
    )


@never_cache
@require_safe
def template_choice(request: HttpRequest, pk: int) -> HttpResponse:
    """The templates that may be inserted in one assessment: a fragment, for the grid's dialog."""
    door = door_or_404(request.user, pk)
    facility_id = door.access.facility_id
    context = {
        "templates": queries.templates_of(facility_id),
        "facility_id": facility_id,
        "may_manage": permissions.manage_comment_templates(door.access).allowed,
    }
    return render(request, "checklists/comment_template_choice.html", context)


def _facility_or_404(request: HttpRequest, pk: int) -> tuple[Facility, Access]:
    access = access_or_404(signed_in(request), pk)
    return Facility.objects.get(pk=pk), access


def _template_or_404(request: HttpRequest, pk: int) -> tuple[CommentTemplate, Access]:
    template = get_object_or_404(queries.templates(), pk=pk)
    return template, access_or_404(signed_in(request), template.facility_id)


def _version(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _done(
    request: HttpRequest, facility_id: int, message: str, template: CommentTemplate
) -> HttpResponse:
    messages.success(request, message % {"title": template.title})
    return redirect("checklists:comment_template_list", facility_id)


def _form_page(
    request: HttpRequest,
    form: CommentTemplateForm,
    facility: Facility,
    template: CommentTemplate | None = None,
) -> HttpResponse:
    context = {"form": form, "facility": facility, "template": template}
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/comment_template_form.html", context, status=status)


def _count_text(count: int) -> str:
    if not count:
        return _("Aucun modèle pour l’instant.")
    return ngettext("%(n)d modèle", "%(n)d modèles", count) % {"n": count}
