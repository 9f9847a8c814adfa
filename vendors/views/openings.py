"""Recording the opening of the offers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ..domain import openings, tenders
from ..forms.openings import OpeningForm
from .pages import FormPage, posted, tender_to_change


@require_http_methods(["GET", "HEAD", "POST"])
def opening_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the opening: it can't be changed afterwards."""
    tender, access = tender_to_change(request, pk)
    form = OpeningForm(posted(request))
    if form.is_valid():
        try:
            openings.record_opening(tender=tender, **form.cleaned_data, by=access.user)
        except tenders.TenderRefused as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(
                request, _("L’ouverture est enregistrée : les réponses peuvent être lues.")
            )
            return redirect("checklists:tender_detail", pk=pk)
    url = reverse("checklists:tender_detail", args=[pk])
    page = FormPage(
        title=_("Ouverture des plis"),
        submit=_("Enregistrer l’ouverture"),
        cancel_url=url,
        crumbs=((tender.reference, url),),
        sentence=_(
            "Enregistrée une fois, elle ne se modifie plus ; avant elle, personne ne lit une réponse."
        ),
    )
    return page.show(request, form, facility=tender.facility)
