"""Creating and changing tenders and lots. Their list and their page are in ``checklists``."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.models import User
from uniha_clausier.accounts.permissions import access_or_404, require, signed_in

from .. import permissions
from ..domain import beneficiaries, queries, tenders
from ..forms.tenders import LotEditForm, NewLotForm, NewTenderForm, TenderForm
from ..models import Lot, Tender
from .pages import FormPage, posted, tender_to_change


@require_http_methods(["GET", "HEAD", "POST"])
def tender_create(request: HttpRequest) -> HttpResponse:
    """Create a tender, with lots when asked for."""
    user = signed_in(request)
    facilities = permissions.buys_for(user)
    require(permissions.create(facilities))
    form = NewTenderForm(posted(request), facilities=facilities)
    if form.is_valid():
        values = form.values()
        # Asked again of the facility that was chosen: the journal says in whose place one buys.
        require(permissions.manage_purchases(access_or_404(user, values["facility"].pk)))
        try:
            tender = tenders.create_tender(**values, by=user)
        except tenders.TenderRefused as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("La consultation est créée."))
            return redirect("checklists:tender_detail", pk=tender.pk)
    page = FormPage(
        title=_("Créer une consultation"),
        submit=_("Créer la consultation"),
        cancel_url=reverse("checklists:tender_list"),
        crumbs=((_("Consultations"), reverse("checklists:tender_list")),),
    )
    return page.show(request, form, facility=form.only)


@require_http_methods(["GET", "HEAD", "POST"])
def tender_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the reference, the title, the procedure or the dates."""
    tender, access = tender_to_change(request, pk)
    form = TenderForm(posted(request), initial=TenderForm.initial_of(tender))
    if form.is_valid():
        try:
            tenders.change_tender(tender=tender, **form.cleaned_data, by=access.user)
        except tenders.TenderRefused as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("La consultation est modifiée."))
            return redirect("checklists:tender_detail", pk=pk)
    page = _page_of(tender, _("Modifier la consultation"), _("Enregistrer les modifications"))
    return page.show(request, form, facility=tender.facility)


@require_http_methods(["GET", "HEAD", "POST"])
def lot_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a lot, or divide a tender that had none."""
    tender, access = tender_to_change(request, pk)
    form = NewLotForm(posted(request), tender=tender)
    if form.is_valid():
        try:
            lot = tenders.add_lot(tender=tender, **form.cleaned_data, by=access.user)
        except tenders.TenderRefused as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, _("Le lot %(number)d est ajouté.") % {"number": lot.number})
            return redirect("checklists:tender_detail", pk=pk)
    title = _("Ajouter un lot") if tender.has_lots else _("Diviser la consultation en lots")
    return _page_of(tender, title, _("Ajouter le lot")).show(
        request, form, facility=tender.facility
    )


@require_http_methods(["GET", "HEAD", "POST"])
def lot_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the title of a lot, and for whom it is bought."""
    lot = get_object_or_404(queries.lots(), pk=pk)
    access = access_or_404(signed_in(request), lot.tender.facility_id)
    require(permissions.manage_purchases(access))
    form = LotEditForm(posted(request), lot=lot)
    if form.is_valid() and _keep_lot(lot, form, access.user):
        if form.has_changed():
            messages.success(request, _("Le lot est modifié."))
        else:
            messages.info(request, _("Rien n’a changé."))
        return redirect("checklists:tender_detail", pk=lot.tender_id)
    title = _("Bénéficiaires de la consultation")
    if "title" in form.fields:
        title = _("Modifier le lot %(number)d") % {"number": lot.number}
    page = _page_of(lot.tender, title, _("Enregistrer les modifications"))
    return page.show(request, form, facility=lot.tender.facility)


def _keep_lot(lot: Lot, form: LotEditForm, by: User) -> bool:
    """Write what the form shows of a lot; say in the form what a rule refuses."""
    data = form.cleaned_data
    try:
        if beneficiaries.FIELD in data:
            beneficiaries.name_beneficiaries(lot=lot, facilities=data[beneficiaries.FIELD], by=by)
    except beneficiaries.BeneficiaryRefused as error:
        form.add_error(error.field, str(error))
        return False
    if "title" in data:
        tenders.rename_lot(lot=lot, title=data["title"], by=by)
    return True


def _page_of(tender: Tender, title: str, submit: str) -> FormPage:
    url = reverse("checklists:tender_detail", args=[tender.pk])
    return FormPage(
        title=title,
        submit=submit,
        cancel_url=url,
        crumbs=((tender.reference, url),),
        sentence=tender.title,
    )
