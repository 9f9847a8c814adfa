"""The buyer's page of the link by which a candidate answers a letter: given, followed, revoked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import Permit, require

from .. import permissions, tasks
from ..domain import answer_links, answer_mails, reply_links
from ..domain.queries import answer_links as queries
from ..domain.queries import exchanges as exchange_queries
from ..forms.answer_links import ReplyLinkForm
from ..models import ExchangeParty
from .exchanges import exchange_names, party_or_404

UNPROCESSABLE = 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the link of a letter stands; the buyer gives one here."""
    party, access = party_or_404(request, pk)
    give = permissions.give_reply_link(access, party)
    if request.method != "POST":
        return _page(request, party, give)
    require(give)
    form = ReplyLinkForm(request.POST)
    if not form.is_valid():
        return _page(request, party, give, form)
    try:
        link, token = reply_links.create(party=party, by=access.user, **form.cleaned_data)
    except answer_links.LinkRefused as error:
        form.add_error(None, str(error))
        return _page(request, party, give, form)
    address = request.build_absolute_uri(reverse("checklists:reply_home", args=[token]))
    has_left = answer_mails.send_link(link=queries.links().get(pk=link.pk), address=address)
    return _page(request, party, give, fresh={"address": address, "has_left": has_left})


def _page(
    request: HttpRequest,
    party: ExchangeParty,
    give: Permit,
    form: ReplyLinkForm | None = None,
    fresh: dict[str, Any] | None = None,
) -> HttpResponse:
    now, links = timezone.now(), queries.of_party(party)
    current = next((one for one in links if not one.revoked_at and not one.submitted_at), None)
    sent = next((one for one in links if one.submitted_at), None)
    contact = party.assessment.candidacy.vendor.contact_email
    exchange = exchange_queries.exchanges().get(pk=party.exchange_id)
    context = exchange_names(exchange) | {
        "party": party,
        "whom": party.assessment.candidacy.vendor.name,
        "give": give,
        "links": [{"link": one, "state": answer_links.state_of(one, now)} for one in links],
        "current": current,
        "sent": sent,
        "receipt": tasks.receipt_of(sent) if sent else None,
        "fresh": fresh,
        "form": form or ReplyLinkForm(initial={"email": contact}),
    }
    status = UNPROCESSABLE if form is not None and form.errors else 200
    return render(request, "checklists/reply_link.html", context, status=status)
