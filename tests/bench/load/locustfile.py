"""What each person does, and how long they think: a buyer scores, a reviewer finds, a reader reads.

Some arrive and leave, and some make files: a sealed document, an export, an import.

CROWD names the file of the people, made by ``crowd``; TIMES the one in which every answer is
written. An answer that isn't the one expected is an error, a conflict too: nobody shares a row.
"""

import itertools
import json
import os
import random
import re
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from locust import HttpUser, between, events, task

CROWD: list[dict[str, Any]] = json.loads(Path(os.environ["CROWD"]).read_text(encoding="utf-8"))
TIMES: list[tuple[str, float, str]] = []
PASSWORD = "matin-de-brume-2026"
"""Of everybody who was loaded: tests/bench/scale/loading.py, which this process cannot import."""
SECONDS_TO_MAKE = 60
DOCUMENT = re.compile(r"/documents/(\d+)/telecharger/")
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
    weight = 5
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


class Newcomer(Person):
    """Signs in with a password, looks at what waits, and leaves: at nine o’clock, at two."""

    roles = ("buyer",)
    weight = 1
    wait_time = between(10, 30)

    def on_start(self) -> None:
        super().on_start()
        *_, self.secret = SimpleCookie(self.own["headers"]["Cookie"])
        self.client.cookies.clear()  # and those of the server have another domain

    def send(self, name: str, path: str, form: dict[str, str]) -> None:
        """Send a form that leads to another page, with the secret of its own."""
        self.client.headers["X-CSRFToken"] = self.client.cookies.get(self.secret) or ""
        with self.client.post(
            path, form, name=name, catch_response=True, allow_redirects=False
        ) as answer:
            if answer.status_code != 302 or "/connexion/" in answer.headers["Location"]:
                answer.failure(f"{answer.status_code} {answer.headers.get('Location', '')}")

    @task
    def come_and_go(self) -> None:
        self.see("connexion", "/connexion/")
        self.send("connexion", "/connexion/", {"login": self.own["email"], "password": PASSWORD})
        for name, address in (
            ("accueil", "/"),
            ("consultations", "/consultations/"),
            ("grille", f"/evaluations/{self.own['assessment']}/"),
        ):
            self.see(name, address)
            self.wait()
        self.send("déconnexion", "/deconnexion/", {})


class Maker(Person):
    """Makes files now and then: what costs the most, for the server and for its worker."""

    roles = ("buyer",)
    weight = 1
    wait_time = between(20, 60)

    @task(2)
    def comparison(self) -> None:
        address = f"/check-lists/{self.own['checklist']}/comparaison.xlsx"
        self.client.get(address, name="export : comparaison, XLSX")

    @task(1)
    def workbook(self) -> None:
        """Take the answers away as a workbook, and bring them back: what a candidate returns."""
        one = self.own["assessment"]
        file = self.client.get(f"/evaluations/{one}/classeur.xlsx", name="export : classeur, XLSX")
        sent = {"file": ("reponse.xlsx", file.content)}
        address = f"/evaluations/{one}/classeurs/"
        with self.client.post(
            address,
            {"when": "in_time"},
            files=sent,
            name="import : classeur, XLSX",
            catch_response=True,
            allow_redirects=False,
        ) as answer:
            if answer.status_code != 302:
                answer.failure(f"{answer.status_code} {answer.text[:80]}")
                return
        self.see("essai à blanc", answer.headers["Location"])

    @task(1)
    def document(self) -> None:
        """Ask for the sealed document, wait for it, take it."""
        address = f"/evaluations/{self.own['assessment']}/documents/"
        before = self.known(address)
        began = time.monotonic()
        self.client.post(address, name="document : demande")
        while not (made := self.known(address) - before):
            if time.monotonic() > began + SECONDS_TO_MAKE:
                self.tell("document : prêt", began, TimeoutError("no document"))
                return
            time.sleep(2)
        self.tell("document : prêt", began, None)
        self.client.get(f"/documents/{made.pop()}/telecharger/", name="document : fichier")

    def known(self, address: str) -> set[str]:
        return set(DOCUMENT.findall(self.client.get(address, name="page : documents").text))

    def tell(self, name: str, began: float, error: Exception | None) -> None:
        events.request.fire(
            request_type="",
            name=name,
            response_time=(time.monotonic() - began) * 1000,
            response_length=0,
            exception=error,
        )
