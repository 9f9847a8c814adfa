"""``python -m tests.bench.keys``: score every point by keys alone, and keep a recording of it.

A private server, an assessment without any score, a headless Chromium with an AZERTY keyboard. The
database is read afterwards: the command fails unless it holds each value that was typed, within
the keys and the seconds that are allowed. See ``make demo-keys``.
"""

import base64
import io
import itertools
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import CDPSession, Page

from . import __main__ as bench
from .figures import number

FOLDER = bench.ROOT / "var/demo-keys"
POINTS = 117
"""Every point of the clausier but O-2.8, the hospital's own duty, which nobody scores."""
MOST_KEYS = 236
MOST_SECONDS = 60
DIGITS = "1352214"
SCORES = {
    "1": "compliant",
    "2": "partial",
    "3": "non_compliant",
    "4": "not_applicable",
    "5": "to_clarify",
}
AZERTY = {"1": "&", "2": "é", "3": '"', "4": "'", "5": "("}
"""What each key of the top row writes without Shift: the grid looks at the place of the key."""
SIZE = {"width": 1440, "height": 900}
RECORDED_WIDTH = 960
FRAME = 0.08
"""The seconds between two pictures that are kept."""


class Journey(NamedTuple):
    """What was typed, and what it took."""

    wanted: dict[str, str]
    keys: int
    seconds: float


class Recorder:
    """The pictures that Chromium shows, each with its time, as one animated picture."""

    def __init__(self, page: Page) -> None:
        self.pictures: list[tuple[float, bytes]] = []
        self.session = page.context.new_cdp_session(page)
        self.session.on("Page.screencastFrame", self.keep)
        options = {"format": "jpeg", "quality": 70, "maxWidth": RECORDED_WIDTH}
        self.session.send("Page.startScreencast", options)

    def keep(self, event: dict[str, Any]) -> None:
        at = event["metadata"]["timestamp"]
        if not self.pictures or at - self.pictures[-1][0] >= FRAME:
            self.pictures.append((at, base64.b64decode(event["data"])))
        self.session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    def write(self, file: Path) -> None:
        self.session.send("Page.stopScreencast")
        times = [at for at, _ in self.pictures]
        shown = [max(1, round((after - at) * 1000)) for at, after in itertools.pairwise(times)]
        first, *rest = (Image.open(io.BytesIO(data)) for _, data in self.pictures)
        first.save(
            file, save_all=True, append_images=rest, duration=[*shown, 3000], quality=60, method=0
        )


def main() -> int:
    bench.FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bench.FOLDER) as home:
        bench.set_environment(Path(home), keep_database=False)
        return play()


def play() -> int:
    """Prepare the data, play the journey, compare with the database."""
    import django
    from django.core.management import call_command

    django.setup()
    from . import browser, content, server  # they read the settings

    call_command("collectstatic", verbosity=0, interactive=False)
    made = content.prepare()
    with server.running() as port, browser.chromium() as chromium:
        page = browser.signed_in(made, port, chromium, viewport=SIZE)
        browser.open_grid(page, port, made.fresh.pk)
        recorder = Recorder(page)
        journey = score_all(page)
        recorder.write(FOLDER / "grille.webp")
        page.screenshot(path=FOLDER / "fin.png")
    return tell(journey, content.scores_of(made.fresh))


def score_all(page: Page) -> Journey:
    """« Aller au premier point non noté », then one digit a point: each leads to the next."""
    session = page.context.new_cdp_session(page)
    wanted: dict[str, str] = {}
    began = time.perf_counter()
    starting = ("Tab", "Tab", "Enter")
    for key in starting:
        page.keyboard.press(key)
    for digit in itertools.cycle(DIGITS):
        ref = page.evaluate("document.activeElement.id")
        if not ref.startswith("O-") or ref in wanted:
            break
        press(session, digit)
        wanted[ref] = SCORES[digit]
    page.wait_for_selector('.save-state[data-state="saved"]')
    return Journey(wanted, len(starting) + len(wanted), time.perf_counter() - began)


def press(session: CDPSession, digit: str) -> None:
    code, number = f"Digit{digit}", 48 + int(digit)
    key = {"code": code, "key": AZERTY[digit], "windowsVirtualKeyCode": number}
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


def tell(journey: Journey, stored: dict[str, str]) -> int:
    """Say what was seen; 1 when something isn't as promised."""
    wrong = [ref for ref, value in stored.items() if journey.wanted.get(ref) != value]
    exact = len(stored) - len(wrong)
    print(f"Points à noter : {POINTS} (le 118e, O-2.8, incombe à l’établissement)")
    print(f"Valeurs exactes dans la base : {exact} sur {len(stored)}")
    print(f"Touches : {journey.keys} (limite {MOST_KEYS})")
    print(f"Temps : {number(journey.seconds)} s (limite {MOST_SECONDS} s)")
    print(f"Enregistrement : {FOLDER.relative_to(bench.ROOT)}/grille.webp, page finale : fin.png")
    if wrong:
        print(f"Faux ou absents : {', '.join(wrong)}", file=sys.stderr)
    held = exact == POINTS and journey.keys <= MOST_KEYS and journey.seconds <= MOST_SECONDS
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
