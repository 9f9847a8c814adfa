"""What a visit of a page is: the page, the state, and who looks at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page

from .conftest import Site
from .people import BUYER

Act = Callable[[Page, Site], None]
Person = tuple[str, str]

INSPECTION = Path(__file__).with_name("inspection.js").read_text(encoding="utf-8")
NOBODY: Person = ("", "")


@dataclass(frozen=True)
class Visit:
    """One page in one state, as one person sees it.

    ``of`` fills the address: a name of Site.things, or the value itself. ``then`` brings the page
    to its state; ``title`` is what its name must say then.
    """

    route: str
    state: str = ""
    who: Person = BUYER
    of: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    then: Act | None = None
    title: str = ""
    is_long: bool = False
    """Whether the contrasts of axe would take seconds on it; they are computed anyway."""

    def __str__(self) -> str:
        words = [self.route.partition(":")[2] or self.route, self.state]
        if self.who != BUYER:
            words.append(self.who[1].partition(" ")[0] or "nobody")
        return "-".join(word for word in words if word).replace(" ", "-")

    def url(self, site: Site) -> str:
        values = {name: site.things.get(value, value) for name, value in self.of.items()}
        return site.url + reverse(self.route, kwargs=values) + self.query.format(**site.things)

    def open(self, page: Page, site: Site) -> None:
        page.goto(self.url(site))
        if self.then:
            self.then(page, site)
        page.evaluate(INSPECTION)
