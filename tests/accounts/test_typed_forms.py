"""A form sent after the end of the session: what was typed waits for its person, and for nobody else."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.models import CommentTemplate
from tests import factories
from tests.factories import PASSWORD
from uniha_clausier.accounts import sessions
from uniha_clausier.accounts.domain import browser_sessions, typed_forms
from uniha_clausier.accounts.models import Facility, User

from .codes import code_of, with_application

RESUME = "/connexion/reprise/"
TO_SIGN_IN = f"/connexion/?next={RESUME}"
TYPED = {
    "title": "Délai <b>long</b>",
    "text": 'Première ligne.\r\n"Seconde" <script>alert(1)</script>',
    "password": "ne-doit-pas-rester",
    "csrfmiddlewaretoken": "jeton-ancien",
}


@pytest.fixture(autouse=True)
def _no_limit_left(db: None) -> None:
    cache.clear()


@pytest.fixture
def address(facility: Facility) -> str:
    return reverse("checklists:comment_template_create", args=[facility.pk])


@pytest.fixture
def late(signed_in: Client) -> Client:
    """A browser whose session has just ended by its time."""
    assert signed_in.get("/consultations/").status_code == 200
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    return signed_in


def test_the_nightly_cleaning_leaves_the_morning_its_form(
    late: Client, buyer: User, address: str
) -> None:
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(hours=11))
    browser_sessions.forget_ended()
    assert late.post(address, TYPED)["Location"] == TO_SIGN_IN
    assert enter(late, buyer)["Location"] == RESUME
    assert "Délai &lt;b&gt;long&lt;/b&gt;" in late.get(RESUME).content.decode()


def enter(client: Client, user: User, after: str = RESUME) -> Any:
    return client.post("/connexion/", {"login": user.email, "password": PASSWORD, "next": after})


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """Return where the form of a page goes, and what it sends but its token."""
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    [(address, content)] = [one for one in forms if "Envoyer de nouveau" in one[1]]
    hidden = re.findall(r'name="([^"]*)"\s+value="([^"]*)"', content)
    told = {unescape(name): unescape(value) for name, value in hidden}
    assert told.pop("csrfmiddlewaretoken") != TYPED["csrfmiddlewaretoken"]
    return unescape(address), told


def test_the_person_finds_it_again_and_sends_it(late: Client, buyer: User, address: str) -> None:
    answer = late.post(address, TYPED)
    assert answer["Location"] == TO_SIGN_IN
    assert "gardé trente minutes" in late.get(answer["Location"]).content.decode()
    assert enter(late, buyer)["Location"] == RESUME
    page = late.get(RESUME).content.decode()
    assert "Votre session avait pris fin" in page
    assert "Délai &lt;b&gt;long&lt;/b&gt;" in page
    assert "<script>alert" not in page
    assert "ne-doit-pas-rester" not in page
    where, told = form_of(page)
    assert (where, told) == (address, {"title": TYPED["title"], "text": TYPED["text"]})
    assert not CommentTemplate.objects.exists()  # nothing was sent by itself

    assert late.post(where, told).status_code == 302
    kept = CommentTemplate.objects.get()
    assert kept.title == TYPED["title"]
    assert kept.text.splitlines() == TYPED["text"].splitlines()
    assert "Aucune saisie à reprendre" in late.get(RESUME).content.decode()


def test_its_fields_are_called_as_on_their_page(
    late: Client, buyer: User, facility: Facility
) -> None:
    address = reverse("facility", args=[facility.pk])
    typed = {"name": "Hôpital", "dpo_email": "dpo@hopital.fr", "city": "Brest", "seen": "0a1b2c"}
    late.post(address, typed)
    enter(late, buyer)
    page = late.get(RESUME).content.decode()
    read = dict(re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page))
    assert read == {"Nom": "Hôpital", "Adresse du DPO": "dpo@hopital.fr", "Ville": "Brest"}
    assert form_of(page) == (address, typed)

    address = reverse("delegation_list", args=[facility.pk])
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    late.post(address, {"holder": "3", "to": "4", "first_day": "2026-11-30", "reason": "Congés"})
    enter(late, buyer)
    page = late.get(RESUME).content.decode()
    assert "3 choix, qui seront envoyés aussi" in page
    assert re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", page) == [
        ("Motif", "Congés"),
        ("Rôle délégué", "choix gardé"),
        ("Délégataire", "choix gardé"),
        ("Premier jour", "30 nov. 2026"),
    ]


def test_a_second_factor_is_asked_before(late: Client, buyer: User, address: str) -> None:
    secret = with_application(buyer)
    late.post(address, TYPED)
    assert enter(late, buyer)["Location"].startswith("/connexion/code/")
    assert late.get(RESUME).status_code == 302
    answer = late.post("/connexion/code/", {"code": code_of(secret), "next": RESUME})
    assert answer["Location"] == RESUME
    assert form_of(late.get(RESUME).content.decode())[0] == address


def test_somebody_else_never_sees_it(late: Client, facility: Facility, address: str) -> None:
    late.post(address, TYPED)
    other = factories.member(facility, "buyer")
    enter(late, other)
    page = late.get(RESUME).content.decode()
    assert "Aucune saisie à reprendre" in page
    assert "Première ligne" not in page
    assert typed_forms.KEPT not in late.session  # and it waits for nobody any more


def test_it_waits_half_an_hour(late: Client, buyer: User, address: str) -> None:
    late.post(address, TYPED)
    enter(late, buyer)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=29), tick=False):
        assert "Première ligne" in late.get(RESUME).content.decode()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31), tick=False):
        assert "Première ligne" not in late.get(RESUME, follow=True).content.decode()


def test_it_is_given_up(late: Client, buyer: User, address: str) -> None:
    late.post(address, TYPED)
    enter(late, buyer)
    answer = late.post(RESUME, follow=True)
    assert "Votre saisie est abandonnée." in answer.content.decode()
    assert typed_forms.KEPT not in late.session


def test_the_database_holds_none_of_it_in_clear(late: Client, address: str) -> None:
    late.post(address, TYPED)
    kept = late.session[typed_forms.KEPT]
    assert "Première" not in kept and address not in kept
    assert not [one for one in late.session.values() if "Première" in str(one)]


def test_files_are_lost_and_it_is_said(late: Client, buyer: User, address: str) -> None:
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.7 secret du fichier")
    late.post(address, {"title": "Délai", "text": "Un texte.", "file": paper})
    enter(late, buyer)
    page = late.get(RESUME).content.decode()
    assert "Les fichiers joints ne sont pas gardés" in page
    assert form_of(page)[1] == {"title": "Délai", "text": "Un texte."}


@pytest.mark.parametrize(
    "typed",
    [
        {"text": "x" * (typed_forms.MOST_CHARACTERS + 1)},
        {f"champ{number}": "x" for number in range(typed_forms.MOST_FIELDS + 1)},
        {"password": "secret", "text": "  "},
        {},
    ],
    ids=["too long", "too many", "nothing but secrets", "nothing"],
)
def test_what_is_not_kept_is_said(late: Client, address: str, typed: dict[str, str]) -> None:
    answer = late.post(address, typed)
    assert answer["Location"] == "/connexion/?next=/"
    assert "n’est pas enregistré" in late.get(answer["Location"]).content.decode()
    assert typed_forms.KEPT not in late.session


@pytest.mark.parametrize("asked", ["/consultations/", "/connexion/", "/sante/vivant"])
def test_another_tab_that_asks_for_a_page_first_loses_nothing(
    late: Client, buyer: User, address: str, asked: str
) -> None:
    late.get(asked)
    assert late.post(address, TYPED)["Location"] == TO_SIGN_IN
    enter(late, buyer)
    assert form_of(late.get(RESUME).content.decode())[1]["title"] == TYPED["title"]
    assert sessions.ENDED not in late.session


def test_the_person_of_before_is_remembered_for_half_an_hour(late: Client, address: str) -> None:
    late.get("/consultations/")
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31), tick=False):
        assert late.post(address, TYPED)["Location"] == f"/connexion/?next={address}"
    assert typed_forms.KEPT not in late.session


@pytest.mark.parametrize("asked", ["/consultations/", None])
def test_a_second_form_is_said_to_be_lost_and_the_first_waits(
    late: Client, buyer: User, address: str, asked: str | None
) -> None:
    if asked:
        late.get(asked)
    late.post(address, TYPED)
    answer = late.post(address, {"text": "D’un autre onglet."})
    assert answer["Location"] == TO_SIGN_IN
    assert "n’est pas enregistré" in late.get(TO_SIGN_IN).content.decode()
    enter(late, buyer)
    assert form_of(late.get(RESUME).content.decode())[1]["title"] == TYPED["title"]


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {"HX-Request": "true"}])
def test_a_script_keeps_its_text_itself(
    late: Client, address: str, headers: dict[str, str]
) -> None:
    late.post(address, TYPED, headers=headers)
    assert typed_forms.KEPT not in late.session


def test_who_had_no_session_leaves_nothing(client: Client, address: str) -> None:
    answer = client.post(address, TYPED)
    assert answer["Location"] == f"/connexion/?next={address}"
    assert not Session.objects.exists()


def test_a_session_that_was_closed_gives_nothing_back(signed_in: Client, address: str) -> None:
    """Its row is gone: nobody says whose it was."""
    Session.objects.all().delete()
    assert signed_in.post(address, TYPED)["Location"] == f"/connexion/?next={address}"


def test_a_form_without_its_token_is_refused_first(buyer: User, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(buyer)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(seconds=1))
    assert client.post(address, {"text": "D’un autre site"}).status_code == 403
    assert typed_forms.KEPT not in client.session
