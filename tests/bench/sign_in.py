"""A sign-in refused: an address that nobody has must take the time of one with a wrong password.

Somebody who could tell one from the other by the clock would list the accounts of a hospital.
"""

import statistics
from urllib.parse import urlencode

from tests import factories
from uniha_clausier.accounts.enums import Role

from . import client
from .content import Content
from .figures import Figure, Target, p95, paired_ratio

SIGN_IN = "/connexion/"
WARM_UP = 4
TRIES = 8
"""An account closes after ten wrong passwords in five minutes."""

TARGET = Target(1.1)
"""Ten percent, either way."""


def measure(content: Content, port: int, *, turns: int) -> Figure:
    """Send wrong passwords, for an account and for nobody in turn, to the server as it is."""
    facility = factories.facility(name="Centre hospitalier des essais")
    people = -(-(turns + WARM_UP) // TRIES)
    known, unknown = [], []
    for number in range(people):
        known.append(f"personne-{number:04d}@essai.example")
        unknown.append(f"inconnue-{number:04d}@essai.example")
        factories.member(facility, Role.BUYER, email=known[-1])
    headers = {**content.bare_headers, "Origin": f"http://127.0.0.1:{port}"}
    requests = [
        _request(address[turn % people], port, headers)
        for turn in range(turns + WARM_UP)
        # Which one comes first changes: neither has always the colder caches.
        for address in ((known, unknown) if turn % 2 else (unknown, known))
    ]
    answers = client.ask(port, requests, keep_body=True)
    assert {answer.status for answer in answers} == {200}
    assert all("inexact" in answer.body.decode() for answer in answers)
    times: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(WARM_UP, turns + WARM_UP):
        pair = answers[2 * turn : 2 * turn + 2]
        for is_known, answer in zip(
            (True, False) if turn % 2 else (False, True), pair, strict=True
        ):
            times[is_known].append(answer.seconds * 1000)
    return figure(times[False], times[True])


def figure(unknown: list[float], known: list[float]) -> Figure:
    """The line of the table, from milliseconds; the ratio is the distance from one, above it."""
    ratio = paired_ratio(unknown, known)
    return Figure(
        name="Connexion refusée, adresse inconnue (à côté d’une adresse connue)",
        unit="ms",
        ours=statistics.median(unknown),
        limit=statistics.median(known),
        ratio=max(ratio, 1 / ratio),
        target=TARGET,
        details={
            "ratio_of_medians": round(statistics.median(unknown) / statistics.median(known), 3),
            "unknown_p95_ms": round(p95(unknown), 2),
            "known_p95_ms": round(p95(known), 2),
            "count": len(unknown),
        },
    )


def _request(address: str, port: int, headers: dict[str, str]) -> bytes:
    form = urlencode({"login": address, "password": "une phrase de passe inexacte"}).encode()
    return client.request("POST", SIGN_IN, port=port, headers=headers, body=form)
