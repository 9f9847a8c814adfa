"""How long the file of a tender is kept: its dates, its holds, the eliminations and their list."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.permissions import Access, access_or_404, require, signed_in
from uniha_clausier.common import storage
from uniha_clausier.common.attachments import attachment
from uniha_clausier.common.replica import from_replica
from vendors.models import Tender

from .. import permissions, tasks
from ..documents import eliminations as files
from ..documents import retention_list as lists
from ..documents.eliminations import Visa
from ..domain import retention
from ..domain.queries import retention as queries
from ..domain.queries import tenders as tender_queries
from ..domain.retention import RetentionRefused
from ..enums import RetentionState
from ..forms.retention import (
    EliminationForm,
    HoldForm,
    LiftForm,
    ProposalForm,
    RetentionFilterForm,
    RetentionForm,
)
from ..models import Elimination

PAGE_LENGTH = 25
UNPROCESSABLE = 422
HOLD_IDS = "suspendre-%s"
"""Several forms of one page ask for a reason: each field has an identifier of its own."""


# -- The list ------------------------------------------------------------------------------------


@never_cache
@require_safe
@from_replica
def retention_list(request: HttpRequest) -> HttpResponse:
    """List what is kept until when, in the facilities of the person."""
    user = signed_in(request)
    facilities = account_queries.facilities_of(user)
    form = RetentionFilterForm(request.GET, facilities=facilities)
    filters, today = form.filters(), retention.today()
    found = Paginator(queries.tenders_of(user, filters, today), PAGE_LENGTH)
    page = found.get_page(request.GET.get("page"))
    asked = {"q": filters.text, "etat": filters.state, "etablissement": filters.facility}
    query = urlencode({name: value for name, value in asked.items() if value})
    context = {
        "form": form,
        "page": page,
        "rows": [(tender, queries.parts_of(tender, today)) for tender in page],
        "active": filters != queries.Filters(),
        "several": len(facilities) > 1,
        "my_facilities": facilities,  # for the layout: read once
        "query": f"{query}&" if query else "",
        "count_text": ngettext("%(n)d consultation", "%(n)d consultations", found.count)
        % {"n": found.count},
    }
    return render(request, "checklists/retention_list.html", context)


@never_cache
@require_safe
@from_replica
def retention_csv(request: HttpRequest) -> HttpResponse:
    """Give the same list as a file, with the same filters, every page of it."""
    user = signed_in(request)
    form = RetentionFilterForm(request.GET, facilities=account_queries.facilities_of(user))
    today = retention.today()
    found = queries.tenders_of(user, form.filters(), today)
    content = lists.written(found, today)
    return attachment(content, name="conservation.csv", content_type="text/csv; charset=utf-8")


# -- One tender ----------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tender_retention(request: HttpRequest, pk: int) -> HttpResponse:
    """Show until when the file of a tender is kept; date its contract."""
    tender, access = _tender(request, pk)
    if request.method != "POST":
        return _page(request, tender, access)
    require(permissions.manage_retention(access))
    form = _dates_form(request.POST, tender)
    if form.is_valid():
        try:
            retention.set_dates(tender=tender, dates=form.dates(), by=access.user)
        except RetentionRefused as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("Les dates de conservation sont calculées."))
            return redirect("checklists:tender_retention", pk)
    return _page(request, tender, access, dates=form)


@never_cache
@require_POST
def hold_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Suspend every elimination in a tender."""
    tender, access = _tender(request, pk)
    require(permissions.manage_retention(access))
    form = HoldForm(request.POST, auto_id=HOLD_IDS)
    if form.is_valid():
        retention.place_hold(tender=tender, reason=form.cleaned_data["reason"], by=access.user)
        messages.success(request, _("L’élimination est suspendue."))
        return redirect("checklists:tender_retention", pk)
    return _page(request, tender, access, hold=form)


@never_cache
@require_POST
def hold_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a hold, with its reason."""
    hold = get_object_or_404(queries.holds_to_lift(), pk=pk)
    access = access_or_404(signed_in(request), hold.tender.facility_id)
    require(permissions.manage_retention(access))
    form = LiftForm(request.POST, auto_id=_lift_ids(pk))
    if form.is_valid():
        try:
            retention.lift_hold(hold=hold, reason=form.cleaned_data["reason"], by=access.user)
        except RetentionRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("La suspension est levée."))
            return redirect("checklists:tender_retention", hold.tender_id)
    tender, access = _tender(request, hold.tender_id)
    return _page(request, tender, access, lift=form, lifted=pk)


@never_cache
@require_POST
def elimination_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose to eliminate a part of a file: another person decides."""
    tender, access = _tender(request, pk)
    require(permissions.manage_retention(access))
    form = ProposalForm(request.POST, parts=queries.parts_of(tender, retention.today()))
    if form.is_valid():
        try:
            made = retention.propose(tender=tender, **form.cleaned_data, by=access.user)
        except RetentionRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("La proposition attend la décision d’une autre personne."))
            return redirect("checklists:elimination_detail", made.pk)
    return _page(request, tender, access, proposal=form)


def _tender(request: HttpRequest, pk: int) -> tuple[Tender, Access]:
    tender = get_object_or_404(tender_queries.tenders(), pk=pk)
    return tender, access_or_404(signed_in(request), tender.facility_id)


def _lift_ids(hold: int) -> str:
    return f"lever-{hold}-%s"


def _dates_form(data: Any, tender: Tender) -> RetentionForm:
    known = getattr(tender, "retention", None)
    return RetentionForm(data, candidacies=queries.candidacies(tender), retention=known)


def _page(
    request: HttpRequest,
    tender: Tender,
    access: Access,
    *,
    dates: RetentionForm | None = None,
    hold: HoldForm | None = None,
    lift: LiftForm | None = None,
    lifted: int = 0,
    proposal: ProposalForm | None = None,
) -> HttpResponse:
    parts = queries.parts_of(tender, retention.today())
    due = [part for part in parts if part.state is RetentionState.DUE]
    known = getattr(tender, "retention", None)
    context = {
        "tender": tender,
        "facility": tender.facility,
        "manage": permissions.manage_retention(access),
        "retention": known,
        "holders": list(known.holders.select_related("vendor")) if known else [],
        "parts": parts,
        "due": due,
        "is_settled": any(part.elimination for part in parts),
        "has_candidates": queries.candidacies(tender).exists(),
        "holds": [
            (one, lift if lift and one.pk == lifted else LiftForm(auto_id=_lift_ids(one.pk)))
            for one in queries.holds(tender)
        ],
        "eliminations": queries.of_tender(tender),
        "dates_form": dates or _dates_form(None, tender),
        "hold_form": hold or HoldForm(auto_id=HOLD_IDS),
        "proposal_form": proposal or ProposalForm(None, parts=due),
        "is_refused": bool(dates or hold or lift or proposal),
    }
    status = UNPROCESSABLE if context["is_refused"] else 200
    return render(request, "checklists/retention.html", context, status=status)


# -- One elimination -----------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def elimination_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what would go, or what went; another person than who proposed decides."""
    elimination, access = _elimination(request, pk)
    permit = permissions.decide_elimination(access, elimination)
    if request.method != "POST":
        return _elimination_page(request, elimination, access, EliminationForm())
    require(permit)
    form = EliminationForm(request.POST)
    if form.is_valid() and _decided(request, elimination, form, access):
        return redirect("checklists:elimination_detail", pk)
    return _elimination_page(request, elimination, access, form)


def _decided(
    request: HttpRequest, elimination: Elimination, form: EliminationForm, access: Access
) -> bool:
    data = form.cleaned_data
    try:
        if not form.is_approval():
            tasks.require_no_elimination(elimination)
            retention.refuse(elimination=elimination, reason=data["reason"], by=access.user)
            messages.success(request, _("La proposition est refusée : rien n’est supprimé."))
            return True
        visa = Visa(data["visa"], form.visa_day(), data["reason"])
        tasks.request_elimination(elimination=elimination, visa=visa, by=access.user)
    except RetentionRefused as error:
        form.add_error(error.field or None, str(error))
        return False
    messages.success(
        request,
        _(
            "L’élimination est approuvée : le bordereau se prépare, puis les fichiers sont "
            "supprimés."
        ),
    )
    return True


def _elimination(request: HttpRequest, pk: int) -> tuple[Elimination, Access]:
    found = get_object_or_404(queries.eliminations(), pk=pk)
    return found, access_or_404(signed_in(request), found.tender.facility_id)


def _elimination_page(
    request: HttpRequest, elimination: Elimination, access: Access, form: EliminationForm
) -> HttpResponse:
    tender = elimination.tender
    if elimination.is_waiting:
        held = files.held(tender)
        rows = [(one.title, one.name) for one in held if one.scope == elimination.scope]
    else:
        rows = list(elimination.files.order_by("title", "pk").values_list("title", "file_sha256"))
    context = {
        "elimination": elimination,
        "tender": tender,
        "facility": tender.facility,
        "decide": permissions.decide_elimination(access, elimination),
        "obstacle": retention.obstacle(tender, elimination.scope),
        "rows": rows,
        "state": tasks.elimination_state(elimination),
        "form": form,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "checklists/elimination.html", context, status=status)


@never_cache
@require_safe
def elimination_certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the sealed list of what was eliminated."""
    elimination, _access = _elimination(request, pk)
    if not elimination.certificate_name:
        raise Http404
    try:
        content = storage.read(elimination.certificate_name)
    except FileNotFoundError:
        raise Http404 from None
    reference = slugify(elimination.tender.reference)[:80] or str(elimination.tender_id)
    name = f"bordereau-elimination-{reference}-{elimination.pk}.pdf"
    return attachment(content, name=name, content_type="application/pdf")
