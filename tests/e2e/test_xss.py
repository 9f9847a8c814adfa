"""Hostile texts in every column of the database, and a browser on every page (QUALITY 20)."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.hostile.payloads import PAYLOADS, mangled, marks, packed

from .conftest import Server, Site, Watch, expect_saved, fill_sign_in, open_grid, run, seeded
from .pages import VISITS
from .people import BUYER, COLLEAGUE
from .visits import NOBODY, Person, Visit

pytestmark = pytest.mark.long

SERVER_FAULT = 500

FOUND = """() => {
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    for (const {name, value} of one.attributes) {
      const isLink = ["href", "src", "action", "formaction", "xlink:href"].includes(name);
      if (name.startsWith("on") || name.includes("canari") || name === "srcdoc" ||
          name === "style" && value.includes("canari") ||
          isLink && /^\\s*(javascript|vbscript|data:text)/i.test(value)) {
        found.push(`<${one.localName} ${name}=${value.slice(0, 80)}>`);
      }
    }
    const isScript = one.localName === "script" && one.type !== "application/json";
    if (isScript && !(one.src || "").startsWith(`${location.origin}/static/`) ||
        ["iframe", "object", "embed", "base", "math", "marquee", "plaintext", "xmp", "audio",
         "video"].includes(one.localName)) {
      found.push(`<${one.localName}>`);
    }
  }
  return found;
}"""

LISTEN = """
window.canari = (number) => window.canariCalled(`payload ${number}`);
document.addEventListener("securitypolicyviolation", (event) => {
  window.canariCalled(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.fixture(scope="module")
def filled() -> dict[str, int]:
    """How many rows hold a hostile text, by column: told once the site is made."""
    return {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, filled: dict[str, int]) -> Iterator[Site]:
    """The site of the other tests, where everything that was typed is hostile."""
    home = tmp_path_factory.mktemp("poisoned")
    environment, made = seeded(home)
    filled.update(json.loads(run(["-m", "tests.e2e.poison_site"], environment).splitlines()[-1]))
    with Server(environment) as url:
        yield Site(url, home / "site.sqlite3", **made)


@pytest.fixture(scope="module")
def watch(site: Site) -> Watch:
    return Watch(site.url)


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """What ran, or tried to."""
    return []


Look = Callable[[Person], Page]


@pytest.fixture(scope="module")
def look(browser: Browser, watch: Watch, site: Site, heard: list[str]) -> Iterator[Look]:
    """Open a page as somebody, in the one browser of that person, that hears the canary."""
    browsers: dict[Person, BrowserContext] = {}

    def opener(who: Person) -> Page:
        if who not in browsers:
            context = browsers[who] = watch.over(browser.new_context(locale="fr-FR"))
            context.expose_binding("canariCalled", lambda _source, what: heard.append(what))
            context.add_init_script(LISTEN)
            context.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
            if who != NOBODY:
                page = context.new_page()
                page.goto(f"{site.url}/connexion/")
                fill_sign_in(page, who)
                page.close()
        return browsers[who].new_page()

    yield opener
    for context in browsers.values():
        context.close()


OPEN = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  return document.querySelectorAll("details").length;
}"""


def problems(page: Page) -> list[str]:
    """What stands in a page once its scripts have run, that no template of ours writes."""
    page.wait_for_load_state("networkidle")
    if page.evaluate(OPEN):  # what was folded may be fetched now
        page.wait_for_load_state("networkidle")
    return list(page.evaluate(FOUND)) + mangled(text_of(page))


def text_of(page: Page) -> str:
    return str(page.evaluate("document.body.textContent"))


def visits_of(who: Person) -> list[Visit]:
    """Each page once: the acts that lead to other states look for words that are no more."""
    mine = [visit for visit in VISITS if visit.who == who]
    return list({(one.route, str(one.of), one.query): one for one in reversed(mine)}.values())


PEOPLE = sorted({visit.who for visit in VISITS})


@pytest.mark.parametrize("who", [pytest.param(who, id=who[1] or "nobody") for who in PEOPLE])
def test_nothing_runs_on_the_pages(who: Person, look: Look, site: Site, heard: list[str]) -> None:
    page, wrong, shown = look(who), list[str](), set[int]()
    for visit in visits_of(who):
        response = page.goto(visit.url(site))
        assert response is not None and response.status < SERVER_FAULT, visit
        wrong += [f"{visit}: {one}" for one in [*problems(page), *heard]]
        shown |= marks(text_of(page))
        heard.clear()
    page.close()
    assert wrong == []
    if who == BUYER:  # who sees nearly everything
        assert shown == {one.number for one in PAYLOADS}


def test_nothing_runs_of_what_is_typed_in_the_grid(
    look: Look, site: Site, heard: list[str]
) -> None:
    """Two people and one point: the conflict, the history and the preview of what is pasted."""
    mine, theirs = look(BUYER), look(COLLEAGUE)
    for page in (mine, theirs):
        open_grid(page, site.grid("conflict"))
    their_text, my_text = packed(2_000, 0), packed(2_000, 60)
    write(theirs, "O-7.1", their_text)
    expect_saved(theirs)
    write(mine, "O-7.1", my_text)
    panel = mine.locator('tr[id="O-7.1"] .conflict')
    expect(panel).to_be_visible()
    words = panel.inner_text()
    assert marks(words) >= marks(their_text) | marks(my_text) and mangled(words) == []
    assert problems(mine) == []
    panel.get_by_role("button", name="Garder la mienne").click()
    expect_saved(mine)
    mine.get_by_role("link", name="Coller depuis un tableur").click()
    dialog = mine.get_by_role("dialog")
    line = " ".join(my_text.split())
    dialog.get_by_label("Cellules copiées du tableur").fill(f"Point\tCommentaire\n5.1\t{line}\n")
    dialog.get_by_role("button", name="Voir ce qui changerait").click()
    expect(dialog.locator(".paste-counts")).to_be_visible()
    assert marks(dialog.inner_text()) and problems(mine) == []
    mine.goto(f"{site.grid('conflict')}points/O-7.1/historique/")
    expect(mine.locator("body")).to_contain_text(their_text[:40])
    assert problems(mine) == [] and problems(theirs) == []
    assert heard == []
    mine.close()
    theirs.close()


def write(page: Page, ref: str, text: str) -> None:
    page.locator(f'[name="{ref}.comment"]').fill(text)
    page.locator(f'[name="{ref}.comment"]').blur()


def test_the_site_is_full_of_hostile_texts(filled: dict[str, int], site: Site) -> None:
    """What has no row here has one in the world of test_xss_pages.py."""
    assert sum(filled.values()) > 10_000


def test_a_text_that_ran_would_be_heard(
    look: Look, site: Site, heard: list[str], watch: Watch
) -> None:
    """The ear works, and the policy of the pages is what a script would meet."""
    page = look(BUYER)
    page.goto(site.url)
    page.evaluate("canari(0)")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=canari(1)>')")
    page.wait_for_timeout(300)
    assert heard[0] == "payload 0"
    assert any(one.startswith("policy: script-src") for one in heard[1:])
    assert page.evaluate(FOUND) == ["<img onerror=canari(1)>"]
    page.close()
    heard.clear()
    assert any(one.startswith("policy: ") for one in watch.take())
