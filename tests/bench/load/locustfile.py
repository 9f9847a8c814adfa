"""What each person does, and how long they think: a buyer scores, a reviewer finds, a reader reads.

CROWD names the file of the people, made by ``crowd``; TIMES the one in which every answer is
written. An answer that isn't the one expected is an error, a conflict too: nobody shares a row.
"""

import itertools
import json
import os
import random
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from locust import HttpUser, between, events, task

CROWD: list[dict[str, Any]] = json.loads(Path(os.environ["CROWD"]).read_text(encoding="utf-8"))
TIMES: list[tuple[str, float, str]] = []
WORDS = ("imagerie", "laboratoire", "portalune", "patient", "moniteurs")


@events.request.add_listener
def keep(name: str, response_time: float, exception: Any, **_: Any) -> None:
    TIMES.append((name, response_time, str(exception) if exception else ""))


@events.quitting.add_listener
def write(**_: Any) -> None:
    Path(os.environ["TIMES"]).write_text(json.dumps(TIMES), encoding="utf-8")


class Person(HttpUser):
    """Somebody who is signed in; ``roles`` says whom this class takes from the crowd."""

    abstract = True
    roles: tuple[str, ...] = ()

    def on_start(self) -> None:
        """Take a place that nobody has."""
        place = next(n for n, one in enumerate(CROWD) if one["role"] in self.roles)
        self.own = CROWD.pop(place)
        cookies = SimpleCookie(self.own["headers"]["Cookie"])
        for name, morsel in cookies.items():
            self.client.cookies.set(name, morsel.value)
        self.client.headers["X-CSRFToken"] = self.own["headers"]["X-CSRFToken"]
        self.client.headers["Origin"] = self.host or ""
        self.turn = itertools.count()

    def see(self, name: str, address: str) -> None:
        self.client.get(address, name=f"page : {name}")

    def write(self, name: str, path: str, values: tuple[str, str], form: dict[str, Any]) -> None:
        """Change the next row of theirs; keep the version that the answer tells."""
        rows = self.own["rows"]
        row = rows[next(self.turn) % len(rows)]
        value = values[row[2] == values[0]]
        sent = form | {"value": value, "version": row[1]}
        if len(row) > 3:
            sent["answer"] = row[3]
        with self.client.post(
            path.format(ref=row[0]), sent, name=name, catch_response=True
        ) as answer:
            if answer.status_code == 200:
                row[1], row[2] = answer.json()["version"], value
            else:
                answer.failure(f"{answer.status_code} {answer.text[:80]}")


class Buyer(Person):
    """Scores a point every few seconds, and looks around between two candidates."""

    roles = ("buyer",)
    weight = 6
    wait_time = between(4, 8)

    @task(24)
    def score(self) -> None:
        path = f"/evaluations/{self.own['assessment']}/points/{{ref}}/"
        self.write("note", path, ("compliant", "partial"), {"field": "score"})

    @task(2)
    def grid(self) -> None:
        self.see("grille", f"/evaluations/{self.own['assessment']}/")

    @task(1)
    def tenders(self) -> None:
        self.see("consultations", f"/consultations/?q={random.choice(WORDS)}")

    @task(1)
    def tender(self) -> None:
        self.see("une consultation", f"/consultations/{self.own['tender']}/")

    @task(1)
    def summary(self) -> None:
        self.see("synthèse", f"/evaluations/{self.own['assessment']}/synthese/")


class Reviewer(Person):
    """Gives a finding every ten seconds or so."""

    roles = ("ciso", "dpo")
    weight = 3
    wait_time = between(6, 12)

    @task(20)
    def find(self) -> None:
        if not self.own["rows"]:
            self.points()
            return
        path = f"/evaluations/{self.own['assessment']}/constats/points/{{ref}}/"
        form = {"field": "finding", "role": self.own["role"]}
        self.write("constat", path, ("favourable", "reserved"), form)

    @task(2)
    def points(self) -> None:
        self.see("mes points", "/mes-points/")

    @task(2)
    def findings(self) -> None:
        self.see("points à relire", f"/evaluations/{self.own['assessment']}/constats/")


class Reader(Person):
    """Reads lists and comparisons."""

    roles = ("reader",)
    weight = 1
    wait_time = between(8, 20)

    @task(3)
    def tenders(self) -> None:
        self.see("consultations", "/consultations/?etat=assessing&tri=-avancement")

    @task(2)
    def comparison(self) -> None:
        self.see("comparaison", f"/check-lists/{self.own['checklist']}/comparaison/")

    @task(1)
    def vendors(self) -> None:
        self.see("fournisseurs", f"/fournisseurs/?q={random.choice(WORDS)}")

    @task(1)
    def retention(self) -> None:
        self.see("conservation", "/conservation/?etat=due")
