"""Sixteen people at once: each write is kept once, none is lost in silence, the journal has no fork."""

import http
import urllib.parse
from dataclasses import dataclass
from itertools import product

import pytest

from .savers import Crowd, Saver
from .site import Installation

pytestmark = pytest.mark.long

PEOPLE = 16
SAVES = 150


FIELDS = ("comment", "claim_text")


@dataclass
class Rival(Saver):
    """Writes where another writes too: what it had not seen is told to it, and it writes again."""

    name: str = ""
    field_name: str = ""

    def save(self, ref: str, value: str) -> None:
        # A text of its own: writing what is there already would change nothing.
        text = f"{self.name} {self.acknowledged}"
        while True:
            version = self.versions.get(ref, 0)
            body = urllib.parse.urlencode(
                {"field": self.field_name, "value": text, "version": version}
            )
            status, told = self.ask(f"/evaluations/{self.assessment}/points/{ref}/", body)
            self.versions[ref] = told["version"]
            if status == http.HTTPStatus.OK:
                self.acknowledged += 1
                return


def crowd_on_one_assessment(site: Installation) -> Crowd:
    """Two people a cell, on the points of one assessment: one lock, one journal for all."""
    prepared = site.prepare(1)
    pk, refs = next(iter(prepared.assessments.items()))
    cells = list(product(refs, FIELDS)) * 2
    return Crowd(
        [
            Rival(
                port=site.port,
                headers=prepared.headers,
                assessment=pk,
                refs=[ref],
                saves=SAVES,
                name=f"P{number}",
                field_name=name,
            )
            for number, (ref, name) in enumerate(cells)
        ]
    )


def write_together(site: Installation) -> None:
    crowd = crowd_on_one_assessment(site)
    site.start()
    site.wait_for_web_processes()
    crowd.start()
    crowd.finish()
    told = site.ledger()
    assert (told["integrity"], told["journal"]) == ("ok", [])
    versions = [version for _pk, _ref, version, _value in told["scores"]]
    assert sum(versions) + sum(told["answers"]) == crowd.acknowledged == PEOPLE * SAVES
    assert sum(told["events"].values()) == PEOPLE * SAVES
    assert {status for saver in crowd.savers for status in saver.statuses} <= {200, 409}


def test_on_the_embedded_database(on_sqlite: Installation) -> None:
    write_together(on_sqlite)
    log = (on_sqlite.home / "server.log").read_text(encoding="utf-8")
    assert "database is locked" not in log


def test_on_postgresql(on_postgres: Installation) -> None:
    write_together(on_postgres)
