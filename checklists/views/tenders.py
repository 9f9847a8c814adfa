"""Tenders: the list, and the page from which a buyer does everything of one purchase."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from uniha_clausier.accounts import queries as account_queries
from uniha_clausier.accounts.models import Facility
from uniha_clausier.accounts.permissions import Action, access_or_404, action, require, signed_in
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.replica import from_replica
from vendors import permissions as purchase_permissions
from vendors.models import Tender

from .. import permissions
from ..domain import assessments
from ..domain.queries import readings
from ..domain.queries import tenders as queries
from ..domain.queries.tenders import Filters
from ..forms.tenders import TenderFilterForm
from .lots import LotBlock, blocks_of, next_action

PAGE_LENGTH = 25

GUIDE = (
    gettext_lazy("Créez une consultation : sa référence, son objet, ses dates."),
    gettext_lazy(
        "Préparez sa check-list en décrivant l’achat : seuls les points utiles seront demandés."
    ),
    gettext_lazy("Publiez-la avant d’envoyer le dossier de consultation : elle ne changera plus."),
    gettext_lazy("Ajoutez les candidats, puis notez chaque point : tout est enregistré à mesure."),
    gettext_lazy("Produisez le PDF scellé : il va au dossier du marché."),
)


@require_safe
@from_replica
def home(request: HttpRequest) -> HttpResponse:
    """Open the list of tenders."""
    return redirect("checklists:tender_list")


@require_safe
@from_replica
def tender_list(request: HttpRequest) -> HttpResponse:
    """List the tenders of the person's facilities: search, filters, order, all in the address."""
    user = signed_in(request)
    facilities = account_queries.facilities_of(user)
    form = TenderFilterForm(request.GET, facilities=facilities)
    filters = form.filters()
    found = Paginator(queries.tenders_of(user, filters), PAGE_LENGTH)
    page = found.get_page(request.GET.get("page"))
    is_filtered = filters != Filters(sort=filters.sort)
    context = {
        "form": form,
        "page": page,
        "active": is_filtered,
        "is_empty": not found.count and not (is_filtered and queries.has_tenders(user)),
        "several": len(facilities) > 1,
        "my_facilities": facilities,  # for the layout: read once
        "query": _query(filters),
        "columns": _columns(filters),
        "count_text": _count_text(found.count),
        "create": _create(purchase_permissions.buys_for(user)),
        "guide": () if _hides_guide(request) else GUIDE,
        "awaited": readings.awaited_from(user),
        "in_group": any(facility.group_id for facility in facilities),
    }
    return render(request, "checklists/tender_list.html", context)


@require_safe
def tender_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one purchase: its state, what is next, its lots, checklists and candidates."""
    tender = get_object_or_404(queries.tenders(), pk=pk)
    access = access_or_404(signed_in(request), tender.facility_id)
    blocks = blocks_of(queries.lots_of(tender, reader=access.user), access)
    change = purchase_permissions.manage_purchases(access)
    open_offers = action(
        change,
        key="ouverture",
        label=_("Enregistrer l’ouverture des plis"),
        url=reverse("vendors:opening_record", args=[pk]),
    )
    context = {
        "tender": tender,
        "facility": tender.facility,
        "blocks": blocks,
        "action": open_offers if _is_time_to_open(tender, blocks) else next_action(blocks),
        "sentence": sentence_of(tender),
        "retention": getattr(tender, "retention", None),
        "edit": action(
            change,
            key="modifier",
            label=_("Modifier la consultation"),
            url=reverse("vendors:tender_edit", args=[pk]),
        ),
        "open_offers": open_offers,
        "add_lot": action(
            change,
            key="lot",
            label=_("Ajouter un lot") if tender.has_lots else _("Diviser en lots"),
            url=reverse("vendors:lot_add", args=[pk]),
        ),
    }
    return render(request, "checklists/tender_detail.html", context)


def _is_time_to_open(tender: Tender, blocks: Sequence[LotBlock]) -> bool:
    """Whether nobody may read yet what candidates sent before a deadline that has passed."""
    is_over = tender.deadline is not None and tender.deadline <= timezone.now()
    has_candidates = any(block.rows for lot in blocks for block in lot.sheets)
    return tender.waits_for_opening and is_over and has_candidates


@require_POST
def assessment_start(request: HttpRequest, pk: int, clausier: str) -> HttpResponse:
    """Start the assessment of a candidate on one clausier, or open the one that is there."""
    candidacy = get_object_or_404(queries.candidacies(), pk=pk)
    tender = candidacy.lot.tender
    access = access_or_404(signed_in(request), tender.facility_id)
    require(permissions.assess(access))
    checklist = get_object_or_404(queries.checklists_of(candidacy.lot, clausier))
    started = candidacy.assessments.filter(checklist=checklist, replaced_at=None).first()
    if started is not None:
        return redirect("checklists:assessment_grid", pk=started.pk)
    try:
        assessment = assessments.start_assessment(
            candidacy=candidacy, checklist=checklist, by=access.user
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("checklists:tender_detail", pk=tender.pk)
    return redirect("checklists:assessment_grid", pk=assessment.pk)


def _hides_guide(request: HttpRequest) -> bool:
    return bool(request.GET.get("guide") or request.COOKIES.get("guide"))


def _create(facilities: list[Facility]) -> Action:
    return action(
        purchase_permissions.create(facilities),
        key="creer",
        label=_("Créer une consultation"),
        url=reverse("vendors:tender_create"),
    )


def _asked(filters: Filters) -> dict[str, str | int | None]:
    """Return ``filters`` by the names of the address."""
    return {
        "q": filters.text,
        "etat": filters.state,
        "procedure": filters.procedure,
        "etablissement": filters.facility,
        "tri": filters.sort,
    }


def _query(filters: Filters, **changed: str) -> str:
    """Return the address of the list under ``filters``, ready for one more parameter."""
    asked = {name: value for name, value in (_asked(filters) | changed).items() if value}
    return f"{urlencode(asked)}&" if asked else ""


@dataclass(frozen=True)
class Column:
    """The head of a column: its words, the order it has now, and the link that changes it."""

    label: str
    query: str
    order: str = ""
    css: str = ""


def _columns(filters: Filters) -> list[Column]:
    heads = [
        ("reference", _("Référence"), ""),
        ("objet", _("Objet"), ""),
        ("limite", _("Date limite"), ""),
        ("etat", _("État"), ""),
        ("candidats", _("Candidats"), "num"),
        ("avancement", _("Points notés"), "num"),
    ]
    return [_column(filters, *head) for head in heads]


def _column(filters: Filters, name: str, label: str, css: str) -> Column:
    order = {name: "ascending", f"-{name}": "descending"}.get(filters.sort, "")
    turned = f"-{name}" if order == "ascending" else name
    return Column(label, _query(filters, tri=turned).removesuffix("&"), order, css)


def _count_text(count: int) -> str:
    return ngettext("%(n)d consultation", "%(n)d consultations", count) % {"n": count}


def sentence_of(tender: Tender) -> str:
    """Say in one line what the purchase is: reference, procedure, dates."""
    words = [tender.reference, tender.get_procedure_display()]
    published, deadline = tender.publication_date, tender.deadline
    if published:
        words.append(
            _("publication le %(date)s") % {"date": date_format(published, "j\u00a0N\u00a0Y")}
        )
    if deadline:
        moment = date_format(timezone.localtime(deadline), "j\u00a0N\u00a0Y, H:i")
        words.append(_("offres jusqu’au %(moment)s") % {"moment": moment})
    return " · ".join(words)
