"""The grid in Chromium: what a person waits for, and what the machine is given to hold."""

import gzip
import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Response, sync_playwright

from tests.e2e.conftest import ARGUMENTS, CHROMIUM

from .content import Content
from .figures import Figure, Target, p95

MOST = {
    "key": 50,
    "save": 200,
    "filter": 100,
    "first_view": 1.5,
    "raw": 250,
    "gzip": 40,
    "nodes": 3_500,
    "js": 120,
}
KEYS = ("1", "2", "3", "5")
WATCH = """() => {
  window.seen = [];
  addEventListener("keydown", (event) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.seen.push(performance.now() - event.timeStamp);
    channel.port2.postMessage(null);
  }), { capture: true });
}"""
"""From the key, as the browser received it, to the end of the frame that shows what it did."""
UNTIL_SEEN = """(number) => new Promise((done) => {
  const look = () => (window.seen.length >= number ? done() : requestAnimationFrame(look));
  look();
})"""
SAVES = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/points/")).map(({ duration }) => duration)"""

SEARCHES = ("antivirus", "", "zz", "")
FILTER = """(searches) => {
  const field = document.getElementById("filtre-texte");
  return searches.map((text) => {
    const start = performance.now();
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    document.body.offsetHeight;
    return performance.now() - start;
  });
}"""
"""From everything to little, to nothing, and back: until the page is laid out again."""


def measure(content: Content, port: int, *, keys: int, views: int) -> list[Figure]:
    """Open the full grid several times, each with an empty cache, then score by keys in it."""
    with chromium() as browser:
        opened = [_first_view(content, port, browser) for _ in range(views)]
        times, saves = _score(content, port, browser, keys)
        searches = _filter(content, port, browser, keys)
    weights = opened[-1][1]
    return [
        Figure(
            name="De la touche au changement à l’écran, p95",
            unit="ms",
            ours=p95(times),
            target=Target(MOST["key"]),
            details={"p50_ms": round(statistics.median(times), 1), "count": len(times)},
        ),
        Figure(
            name="Enregistrement vu de Chromium, p95",
            unit="ms",
            ours=p95(saves),
            target=Target(MOST["save"]),
            details={"p50_ms": round(statistics.median(saves), 1), "count": len(saves)},
        ),
        Figure(
            name="Filtre de la grille, p95",
            unit="ms",
            ours=p95(searches),
            target=Target(MOST["filter"]),
            details={"p50_ms": round(statistics.median(searches), 1), "count": len(searches)},
        ),
        Figure(
            name="Première vue de la grille",
            unit="s",
            ours=statistics.median(seconds for seconds, _ in opened),
            target=Target(MOST["first_view"]),
            details={"worst_s": round(max(seconds for seconds, _ in opened), 2)},
        ),
        Figure("Page", "ko", ours=weights["raw"], target=Target(MOST["raw"])),
        Figure("Page, compressée", "ko", ours=weights["gzip"], target=Target(MOST["gzip"])),
        Figure("Éléments de la page", "", ours=weights["nodes"], target=Target(MOST["nodes"])),
        Figure("JavaScript, tout", "ko", ours=weights["js"], target=Target(MOST["js"])),
    ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def signed_in(content: Content, port: int, browser: Browser, **options: Any) -> Page:
    """A page of its own, with the session of the buyer and an empty cache."""
    context = browser.new_context(locale="fr-FR", **options)
    pairs = (pair.split("=", 1) for pair in content.own_headers["Cookie"].split("; "))
    context.add_cookies(
        [{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"} for name, value in pairs]
    )
    return context.new_page()


def open_grid(page: Page, port: int, assessment: int) -> Response:
    """Open the grid and wait until it takes keys."""
    response = page.goto(f"http://127.0.0.1:{port}/evaluations/{assessment}/")
    assert response is not None and response.status == 200
    page.wait_for_selector("#grille[data-ready]")
    return response


def _first_view(content: Content, port: int, browser: Browser) -> tuple[float, dict[str, float]]:
    page = signed_in(content, port, browser)
    scripts: list[Response] = []
    page.on("response", lambda got: scripts.append(got) if got.url.endswith(".js") else None)
    began = time.perf_counter()
    response = open_grid(page, port, content.assessment.pk)
    seconds = time.perf_counter() - began
    body = response.body()
    weights = {
        "raw": len(body) / 1000,
        "gzip": len(gzip.compress(body, 6)) / 1000,
        "nodes": page.evaluate("document.querySelectorAll('*').length"),
        "js": sum(len(script.body()) for script in scripts) / 1000,
    }
    page.context.close()
    return seconds, weights


def _score(
    content: Content, port: int, browser: Browser, keys: int
) -> tuple[list[float], list[float]]:
    """Score the points of a page, one key each, as a person does; a save follows each."""
    page = signed_in(content, port, browser)
    open_grid(page, port, content.fresh.pk)
    page.locator('tr[id="O-1.1"]').focus()
    page.evaluate(WATCH)
    for number, key in zip(range(keys), itertools.cycle(KEYS), strict=False):
        page.keyboard.press(key)
        page.evaluate(UNTIL_SEEN, number + 1)
    page.wait_for_selector('.save-state[data-state="saved"]')
    times, saves = page.evaluate("window.seen"), page.evaluate(SAVES)
    page.context.close()
    assert len(times) == keys and len(saves) == keys
    return times, saves


def _filter(content: Content, port: int, browser: Browser, turns: int) -> list[float]:
    """Search in the full grid."""
    page = signed_in(content, port, browser)
    open_grid(page, port, content.assessment.pk)
    times: list[float] = page.evaluate(FILTER, list(SEARCHES) * (turns // len(SEARCHES)))
    page.context.close()
    return times
