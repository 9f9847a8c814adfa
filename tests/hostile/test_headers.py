"""What every answer says around its content, and what a name may not say (QUALITY 17 and 21)."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings as product
from django.core import mail
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain import answer_links
from tests.access.matrix import RULES
from tests.access.rules import PEOPLE
from tests.access.test_matrix import RULED, address, clients_of
from tests.access.world import World
from uniha_clausier.common import mail as sending
from uniha_clausier.common.attachments import attachment
from uniha_clausier.common.headers import CLOSED

from .files import NAMES

PAGE_POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
FILE_POLICY = {"sandbox", "default-src 'none'"}
SECRET_PARTS = {"secret", "token", "uidb36"}
TOLD_TO_NONE = {"no-referrer", "strict-origin"}
"""The policies by which no page of this site either is told the address, its query included."""
NOT_A_FILE = (
    "text/html",
    "text/plain",
    "application/json",
    "application/problem+json",
    "application/schema+json",
)


@pytest.fixture
def world(db: None) -> World:
    return World()


def policy_of(response: Any) -> set[str]:
    return {part.strip() for part in response.headers["Content-Security-Policy"].split(";")}


def referrer_policies(request: HttpRequest) -> set[str]:
    """What a page may have told of its address: nothing of it when the address is a secret."""
    parts = request.resolver_match.kwargs if request.resolver_match else {}
    # Behind a number, the acts on an invitation, which the log masks too.
    is_secret = parts.keys() & SECRET_PARTS or request.path.startswith("/invitations/")
    return TOLD_TO_NONE if is_secret else {"same-origin"}


def check(response: Any, where: Any) -> None:
    """One answer, whatever it is: its policy, and what browsers are told not to do."""
    kind = response.headers.get("Content-Type", "text/html").partition(";")[0]
    is_file = "attachment" in response.headers.get("Content-Disposition", "")
    assert policy_of(response) == (FILE_POLICY if is_file else PAGE_POLICY), where
    assert is_file or kind in NOT_A_FILE, (where, kind)
    assert response.headers["X-Content-Type-Options"] == "nosniff", where
    assert response.headers["X-Frame-Options"] == "DENY", where
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert response.headers["Referrer-Policy"] in referrer_policies(response.wsgi_request), where
    for name in ("Permissions-Policy", "Cross-Origin-Resource-Policy"):
        assert response.headers[name] == CLOSED[name], where
    assert "Server" not in response.headers and "X-Powered-By" not in response.headers, where
    assert not [name for name in response.headers if name.startswith("Access-Control-")], where
    if not response.wsgi_request.path.startswith("/api/"):
        assert "private" in response.headers["Cache-Control"], where


@pytest.mark.long
@pytest.mark.parametrize("name", RULED)
def test_every_answer_is_closed(name: str, world: World) -> None:
    """The page, the refusal, the sign-in and the wrong method alike."""
    url, people = address(name, world), clients_of(RULES[name], world)
    for person in (PEOPLE[0], PEOPLE[1]):
        for method in ("get", "post"):
            response = getattr(people[person], method)(url)
            check(response, (person, method))
            list(response)  # reads a file to its end, which closes it and leaves the connection


@pytest.mark.parametrize("path", ["/rien/", "/consultations/99999999999999999999/"])
def test_an_answer_about_nothing_is_closed(path: str, world: World) -> None:
    client = Client()
    client.force_login(world.buyer)
    response: Any = client.get(path)
    assert response.status_code == 404
    check(response, path)


def test_a_failure_is_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object, **_named: object) -> None:
        raise RuntimeError("essai")

    monkeypatch.setattr("checklists.views.help.render", fails)
    client = Client(raise_request_exception=False)
    response: Any = client.get("/contact/")
    assert response.status_code == 500
    check(response, "500")


@pytest.mark.parametrize(
    "path",
    [
        "/invitation/un-secret/",
        "/repondre/un-secret/",
        "/compte/oubli/1-un-secret/",
        "/connexion/?next=/invitation/un-secret/",
        "/connexion/?next=%2Finvitation%2Fun-secret%2F",
        "/connexion/fournisseur/annuaire/retour/?code=un-secret&state=un-secret",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_address_that_is_a_secret_is_told_to_no_page(method: str, path: str, db: None) -> None:
    """Whatever is answered there: nothing, a form out of date, or the sign-in that leads there."""
    client = Client(enforce_csrf_checks=True)
    response: Any = getattr(client, method)(path)
    assert response.headers["Referrer-Policy"] in TOLD_TO_NONE


@pytest.mark.parametrize(
    "said", [{"Origin": "https://testserver"}, {"Referer": "https://testserver/"}]
)
def test_a_form_is_taken_from_a_page_that_says_its_site_alone(
    said: dict[str, str], world: World
) -> None:
    client, path = Client(enforce_csrf_checks=True), address("invitation", world)
    page: Any = client.get(path, secure=True)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    token = str(page.context["csrf_token"])
    sent: Any = client.post(path, {"csrfmiddlewaretoken": token}, secure=True, headers=said)
    assert sent.status_code == 422


def test_a_page_is_kept_by_no_browser(world: World) -> None:
    """Wards share their computers: « back » shows nothing after signing out."""
    client = Client()
    client.force_login(world.buyer)
    for path in (
        "/compte/",
        "/consultations/",
        "/fournisseurs/",
        f"/evaluations/{world.assessment.pk}/",
    ):
        assert "no-store" in client.get(path).headers["Cache-Control"]


# -- Names --------------------------------------------------------------------------------------


def is_one_attachment(disposition: str) -> bool:
    """Whether a browser reads one file name in it, and nothing more."""
    return (
        disposition.startswith(("attachment; filename=", "attachment; filename*=utf-8''"))
        and disposition.isprintable()
        and disposition.isascii()
    ) or disposition == "attachment"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_in_its_header(name: str) -> None:
    response = attachment(b"x", name=name, content_type="application/pdf")
    assert is_one_attachment(response.headers["Content-Disposition"])
    assert set(response.headers) == {
        "Content-Type",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Content-Disposition",
    }


@given(name=st.text(max_size=80))
def test_any_name_stays_in_its_header(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:  # half a character: no upload and no database can hold it
        return
    response = attachment(b"x", name=name, content_type="application/pdf")
    assert is_one_attachment(response.headers["Content-Disposition"])


@pytest.mark.parametrize("text", ["a\r\nBcc: voleur@ailleurs.example", "a\nb", "\x00a", "é" * 400])
def test_a_subject_is_one_line(text: str) -> None:
    message = EmailMessage(subject=text, body="x", to=["a@hopital.example"])
    assert sending.send(message, about="essai")
    (sent,) = mail.outbox
    raw = sent.message().as_bytes()
    assert b"\nBcc:" not in raw
    assert sent.recipients() == ["a@hopital.example"]


@pytest.mark.parametrize(
    "typed", ["a@b.example\r\nBcc: voleur@ailleurs.example", "a@b.example,voleur@ailleurs.example"]
)
def test_an_address_is_one_address(typed: str, client: Client, world: World) -> None:
    """Of a candidate, then of whoever lost a password; the same page sends to a sound one."""
    client.force_login(world.buyer)
    link = world.answer_link
    answer_links.revoke_link(link=link, by=world.buyer)
    url = reverse("checklists:answer_link", args=[link.assessment_id])
    end = timezone.localtime(timezone.now() + dt.timedelta(days=1))
    told = {"expires_at": end.strftime("%Y-%m-%dT%H:%M")}
    before = len(mail.outbox)
    refused: Any = client.post(url, told | {"email": typed})
    assert refused.status_code == 422
    assert list(refused.context["create"].errors) == ["email"]
    client.logout()
    refused = client.post(reverse("account_reset_password"), {"email": typed})
    assert list(refused.context["form"].errors) == ["email"]
    assert len(mail.outbox) == before
    client.force_login(world.buyer)
    sent: Any = client.post(url, told | {"email": "a@b.example"})
    assert sent.status_code == 200
    assert [one.recipients() for one in mail.outbox[before:]] == [["a@b.example"]]


def test_a_reset_mail_never_bears_the_host_of_the_request(world: World, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["clausier.example"]
    client = Client()
    refused = client.post(
        "/compte/oubli/", {"email": world.buyer.email}, headers={"Host": "voleur.example"}
    )
    assert refused.status_code == 400 and not mail.outbox
    forwarded = {"Host": "clausier.example", "X-Forwarded-Host": "voleur.example"}
    client.post("/compte/oubli/", {"email": world.buyer.email}, headers=forwarded)
    (sent,) = mail.outbox
    assert "http://clausier.example/" in sent.body and "voleur" not in sent.body
    assert product.USE_X_FORWARDED_HOST is False
