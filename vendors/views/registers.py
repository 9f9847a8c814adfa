"""Registering candidates by the register of the buyer profile: shown first, then written whole."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import Access
from uniha_clausier.common.errors import DomainError

from ..domain import registers
from ..domain.register_reading import Row, UnreadableRegister
from ..domain.registers import Plan
from ..forms.registers import RegisterForm, choices_from, text_and_rows_from
from ..models import Tender
from .pages import UNPROCESSABLE, tender_to_change

CONFLICT = 409


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def candidate_register(request: HttpRequest, pk: int) -> HttpResponse:
    """Read a register, show what would be done, then do it: all of it, or nothing."""
    tender, access = tender_to_change(request, pk)
    if request.method != "POST":
        return _page(request, tender, RegisterForm())
    if "texte" in request.POST:
        return _apply(request, tender, access)
    form = RegisterForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, tender, form, status=UNPROCESSABLE)
    return _plan_page(request, tender, form.cleaned_data["text"], form.cleaned_data["rows"])


def _apply(request: HttpRequest, tender: Tender, access: Access) -> HttpResponse:
    choices = choices_from(request.POST)
    try:
        text, rows = text_and_rows_from(request.POST)
    except UnreadableRegister as error:
        form = RegisterForm()
        messages.error(request, str(error))
        return _page(request, tender, form, status=UNPROCESSABLE)
    # What stands now, with no choice yet: what the page had shown, unless somebody was faster.
    if registers.plan(tender=tender, rows=rows, choices={}).fingerprint != request.POST.get("vu"):
        error_text = _(
            "La consultation ou les fournisseurs ont changé : relisez ce qui serait fait."
        )
        return _plan_page(request, tender, text, rows, error=error_text)
    try:
        made = registers.register(
            tender=tender, rows=rows, choices=choices, text=text, by=access.user
        )
    except DomainError as error:
        return _plan_page(request, tender, text, rows, error=str(error))
    count = len(made)
    words = ngettext("%(n)d candidat ajouté.", "%(n)d candidats ajoutés.", count) % {"n": count}
    if made:
        messages.success(request, words)
    else:
        messages.info(request, _("Rien n’a changé : aucun candidat à ajouter."))
    return redirect("checklists:tender_detail", tender.pk)


def _page(
    request: HttpRequest,
    tender: Tender,
    form: RegisterForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"tender": tender, "facility": tender.facility, "form": form, "plan": None, **more}
    return render(request, "vendors/register.html", context, status=status)


def _plan_page(
    request: HttpRequest, tender: Tender, text: str, rows: list[Row], *, error: str = ""
) -> HttpResponse:
    shown = registers.plan(tender=tender, rows=rows, choices={})
    chosen = registers.plan(tender=tender, rows=rows, choices=choices_from(request.POST))
    return _page(
        request,
        tender,
        RegisterForm(),
        status=CONFLICT if error else 200,
        plan=chosen,
        counts=_counts(shown),
        text=text,
        seen=shown.fingerprint,
        error=error,
        lots=list(tender.lots.order_by("number")),
    )


def _counts(plan: Plan) -> list[tuple[int, str]]:
    """The counts of the dry run, each with its word."""
    new = sum(line.is_change and line.vendor is None for line in plan.lines)
    known = sum(line.is_change and line.vendor is not None for line in plan.lines)
    same = sum(line.is_settled and not line.lots for line in plan.lines)
    doubts = sum(line.asks_vendor or line.asks_lot for line in plan.lines if not line.refusal)
    refused = sum(bool(line.refusal) for line in plan.lines)
    return [
        (new, ngettext("nouveau fournisseur", "nouveaux fournisseurs", new)),
        (known, ngettext("fournisseur connu", "fournisseurs connus", known)),
        (same, ngettext("déjà candidat", "déjà candidats", same)),
        (doubts, _("à trancher")),
        (refused, ngettext("refusée", "refusées", refused)),
    ]
