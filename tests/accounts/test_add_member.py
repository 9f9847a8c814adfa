"""The first people of an installation come in by a command."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests.factories import PASSWORD
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.common.models import AuditEvent

pytestmark = pytest.mark.django_db

A_BUYER = ("a@ch.example", "--name", "Anne", "--facility", "CH", "--role", "buyer")
SIRET, FINESS = "73282932000074", "130786049"


def add(*arguments: str) -> str:
    output = io.StringIO()
    call_command("add_member", *arguments, stdout=output)
    return output.getvalue()


def test_the_printed_password_opens_the_account(client: Client) -> None:
    output = add(
        "A.Durand@ch.example", "--name", "Anne Durand", "--facility", "CH", "--role", "buyer"
    )
    password = output.split(": ")[1].strip()
    user = User.objects.get(email="a.durand@ch.example")
    assert user.check_password(password)
    assert AuditEvent.objects.filter(action="member.added", subject=f"user/{user.pk}").count() == 1


def test_the_printed_password_is_good_for_choosing_another_only(client: Client) -> None:
    """OWASP ASVS 5.0, 6.4.1."""
    output = add("a@ch.example", "--name", "Anne", "--facility", "CH", "--role", "buyer")
    password = output.split(": ")[1].strip()
    client.post("/connexion/", {"login": "a@ch.example", "password": password})
    choose = "/compte/mot-de-passe/"
    for address in ("/", "/consultations/", "/compte/securite/", "/n-importe-ou/"):
        assert client.get(address)["Location"] == choose
    assert client.get("/consultations/", headers={"Accept": "application/json"}).status_code == 403
    assert client.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == choose
    assert "est provisoire" in client.get(choose).content.decode()
    assert client.get("/compte/oubli/").status_code == 200, "the printed one may be lost"
    same = {"oldpassword": password, "password1": password, "password2": password}
    client.post(choose, same)
    own = {"oldpassword": password, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(choose, own).status_code == 302
    assert client.get("/consultations/").status_code == 200
    assert "est provisoire" not in client.get(choose).content.decode()


def test_a_second_role_keeps_the_account_and_its_password() -> None:
    add("a@ch.example", "--name", "Anne", "--facility", "CH", "--role", "buyer")
    before = User.objects.get().password
    output = add("a@ch.example", "--name", "Anne", "--facility", "CH", "--role", "ciso")
    assert "Mot de passe" not in output
    assert User.objects.get().password == before
    assert sorted(Membership.objects.values_list("role", flat=True)) == ["buyer", "ciso"]


def test_the_numbers_of_a_facility_are_written_once() -> None:
    for _time in range(2):
        add(*A_BUYER, "--siret", SIRET, "--finess", FINESS)
    add("b@ch.example", "--name", "Béa", "--facility", "CH", "--role", "ciso")
    facility = Facility.objects.get()
    assert (facility.siret, facility.finess) == (SIRET, FINESS)
    told = AuditEvent.objects.get(action="facility.changed")
    assert told.tenant == facility.pk
    assert told.data == {
        "siret": {"before": "", "after": SIRET},
        "finess": {"before": "", "after": FINESS},
    }


def test_the_number_of_another_facility_is_refused() -> None:
    add(*A_BUYER, "--siret", SIRET)
    with pytest.raises(CommandError, match="d’un autre établissement"):
        add("b@x.example", "--name", "B", "--facility", "X", "--role", "buyer", "--siret", SIRET)
    assert Facility.objects.get().name == "CH"


def test_an_operator_belongs_to_no_facility() -> None:
    add("o@ght.example", "--name", "Omar", "--operator")
    assert User.objects.get().is_operator
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pas-une-adresse", "--name", "X", "--operator"], "adresse"),
        (["a@ch.example", "--name", "X"], "--operator"),
        (["a@ch.example", "--name", "X", "--facility", "CH"], "vont ensemble"),
        (["a@ch.example", "--name", "X", "--operator", "--siret", SIRET], "avec --facility"),
        ([*A_BUYER, "--siret", SIRET[:-1] + "0"], "clé de contrôle de ce SIRET"),
        ([*A_BUYER, "--finess", "12"], "9 caractères"),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        add(*arguments)
    assert not User.objects.exists()
