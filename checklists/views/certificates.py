"""The certificates of a vendor beside the points that ask for them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from uniha_clausier.accounts.permissions import require, signed_in
from uniha_clausier.common.addresses import sent_number
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import certificates
from ..domain.queries import grid
from .grid_pages import door_or_404


@require_POST
def point_certificates(request: HttpRequest, pk: int, ref: str) -> HttpResponse:
    """Lay a certificate beside a point as it is today, or take one back."""
    door = door_or_404(request.user, pk)
    assessment = grid.assessments().get(pk=pk)
    require(permissions.join_certificates(door.access, assessment))
    by = signed_in(request)
    joined_id = sent_number(request.POST.get("retirer", ""))
    certificate_id = sent_number(request.POST.get("joindre", ""))
    try:
        if joined_id:
            certificates.withdraw(assessment=assessment, ref=ref, joined_id=joined_id, by=by)
            messages.success(request, _("Le certificat n’est plus joint à ce point."))
        else:
            certificates.join(assessment=assessment, ref=ref, certificate_id=certificate_id, by=by)
            messages.success(request, _("Le certificat est joint, tel qu’il est aujourd’hui."))
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect(f"{reverse('checklists:assessment_history', args=[pk, ref])}#certificats")
