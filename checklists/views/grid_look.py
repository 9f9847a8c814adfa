"""How the grid is looked at: filters, view, density and guides, all of it in the address."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..domain import filtering
from ..domain.filtering import Filters
from ..domain.queries.grid import ChapterText
from ..forms.grid_filters import GridFilterForm

POINT_VIEW = "point"
"""The value of ?vue= that shows one point at a time."""

COMPACT = "compacte"
DENSITIES = {COMPACT: "compact", "confortable": ""}
"""The values of ?densite=, and what the style sheet calls them."""

A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Look:
    """What the address of one request asks, and the addresses of the other ways to look."""

    base: str
    asked: QueryDict
    form: GridFilterForm
    remembered: str

    @cached_property
    def filters(self) -> Filters:
        return self.form.filters()

    @property
    def is_filtered(self) -> bool:
        return self.filters != Filters()

    @property
    def by_point(self) -> bool:
        return self.asked.get("vue") == POINT_VIEW

    @property
    def point(self) -> str:
        """The point to show first in the view by point, for a page without scripts."""
        return self.asked.get("point", "")

    @property
    def with_guides(self) -> bool:
        return self.asked.get("reperes") == "oui"

    @property
    def density(self) -> str:
        asked = self.asked.get("densite", "")
        return DENSITIES.get(asked if asked in DENSITIES else self.remembered, "")

    @property
    def query(self) -> str:
        """The question mark and what follows, or nothing: for what comes back to the same look."""
        return f"?{self.asked.urlencode()}" if self.asked else ""

    @property
    def links(self) -> dict[str, str]:
        return {
            "grid": self._with(vue="", point=""),
            "point": self._with(vue=POINT_VIEW),
            "folded": self._with(reperes=""),
            "unfolded": self._with(reperes="oui"),
            "comfortable": self._with(densite="confortable"),
            "compact": self._with(densite=COMPACT),
            "everything": self._without_filters(),
        }

    def at(self, ref: str) -> str:
        """Return the address of one point in the view by point, for a page without scripts."""
        return f"{self._with(point=ref)}#{quote(ref)}"

    def _with(self, **changed: str) -> str:
        return _address(self.base, self.asked, **changed)

    def _without_filters(self) -> str:
        kept = {name: "" for name in [*self.form.fields, "voir"] if name in self.asked}
        return self._with(**kept)


def look_of(request: HttpRequest, pk: int, chapters: list[ChapterText]) -> Look:
    """Read the address of a request on the grid of assessment ``pk``."""
    return Look(
        base=reverse("checklists:assessment_grid", args=[pk]),
        asked=request.GET,
        form=GridFilterForm(request.GET, chapters=chapters),
        remembered=request.COOKIES.get("densite", ""),
    )


def address_after(request: HttpRequest, pk: int, chapter: int) -> str:
    """Return where a page without scripts comes back to once saved: the same look and place."""
    base = reverse("checklists:assessment_grid", args=[pk])
    ref = request.POST.get("retour", "")
    place = quote(ref) if ref else f"chapitre-{chapter}"
    point = {"point": ref} if request.GET.get("vue") == POINT_VIEW else {}
    return f"{_address(base, request.GET, **point)}#{place}"


def _address(base: str, asked: QueryDict, **changed: str) -> str:
    """Return an address that asks the same but for what is ``changed``; "" asks no more."""
    query = asked.copy()
    for name, value in changed.items():
        query[name] = value
        if not value:
            del query[name]
    return f"{base}?{query.urlencode()}" if query else base


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep the density that was asked, for the next assessments too; scripts write it as well."""
    density = request.GET.get("densite", "")
    if density in DENSITIES:
        response.set_cookie("densite", density, max_age=A_YEAR, samesite="Lax")
    return response


def count_in_words(shown: int, total: int) -> str:
    """Say how many points are shown, out of how many."""
    if shown == total:
        return ngettext("%(n)d point", "%(n)d points", total) % {"n": total}
    return _("%(shown)d sur %(total)d") % {"shown": shown, "total": total}


def is_work_over(filters: Filters, missing: int) -> bool:
    """Whether nothing is shown because only what waits was asked, and nothing waits."""
    return filters == filtering.Filters(score="") and not missing
