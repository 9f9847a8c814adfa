"""From an empty installation to a purchase for another hospital: pages and commands alone."""

import datetime as dt
import html
import io
import re
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import PASSWORD
from uniha_clausier.accounts.models import Facility, HospitalGroup
from vendors.models import Lot, Tender

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def words(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(html.unescape(response.content.decode()).replace("\xa0", " ").split())


def come_in(email: str, printed: str) -> Client:
    """Sign in with the password that the command printed, and choose another one."""
    client, given = Client(), printed.split(": ")[1].strip()
    client.post("/connexion/", {"login": email, "password": given})
    own = {"oldpassword": given, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/compte/mot-de-passe/", own).status_code == 302
    return client


def accept(email: str) -> Client:
    """Follow the link of the last invitation, and open an account."""
    letter = mail.outbox[-1]
    assert letter.to == [email]
    [link] = re.findall(r"https?://[^/]+(/invitation/\S+)", str(letter.body))
    client = Client()
    client.post(link, {"full_name": "Alix Attendue", "password": PASSWORD})
    client.post("/connexion/", {"login": email, "password": PASSWORD})
    assert email in words(client.get("/compte/"))
    return client


def invite(administrator: Client, facility: Facility, email: str, role: str) -> Client:
    sent = {"email": email, "full_name": "Une Personne", "roles": [role]}
    administrator.post(reverse("member_list", args=[facility.pk]), sent)
    return accept(email)


def test_a_lead_facility_buys_for_a_member_that_reads_what_is_theirs(settings: Any) -> None:
    settings.FACTORS_BY_DEFAULT = False  # second factors have their own journeys
    settings.ACCOUNT_RATE_LIMITS = {}

    # The installation: an operator, and the facility of its first buyer.
    operator = come_in(
        "omar@ght.example", run("add_member", "omar@ght.example", "--name", "Omar", "--operator")
    )
    lead_name = "Centre hospitalier du Ponant"
    where = ("--facility", lead_name, "--role", "buyer")
    nadia = ("add_member", "nadia@ponant.example", "--name", "Nadia", *where)
    buyer = come_in("nadia@ponant.example", run(*nadia))
    run("set_facility", lead_name, "--city", "Brest", "--group", "GHT du Ponant", "--lead")

    # The operator's page: a second facility enters the group, and a third one alone.
    group = HospitalGroup.objects.get()
    administrators: dict[str, Client] = {}
    for name, groups in (("Hôpital de la Dune", group.pk), ("Hôpital du Cap", "")):
        email = f"admin{len(administrators)}@ch.example"
        sent = {"name": name, "group": groups, "email": email, "full_name": "Alix Attendue"}
        operator.post(reverse("checklists:facility_create"), sent)
        administrators[name] = accept(email)
    dune = Facility.objects.get(name="Hôpital de la Dune")
    cap = Facility.objects.get(name="Hôpital du Cap")

    # Its administrator says who the DPO is; its people are told.
    page = reverse("facility", args=[dune.pk])
    shown = words(administrators[dune.name].get(page))
    assert f"GHT du Ponant, dont {lead_name} est l’établissement support." in shown
    [seen] = re.findall(r'name="seen" value="(\w+)"', shown)
    sent = {"name": dune.name, "city": "Roscoff", "dpo_email": "dpo@dune.example", "seen": seen}
    administrators[dune.name].post(page, sent)
    reader = invite(administrators[dune.name], dune, "lise@dune.example", "reader")
    assert "dpo@dune.example" in words(reader.get(reverse("my_data")))
    outsider = invite(administrators[cap.name], cap, "ugo@cap.example", "buyer")

    # The lead buys, for itself and for the member.
    for reference, title in (("2026-GHT", "Dossier de soins"), ("2026-SEUL", "Parc de tablettes")):
        sent = {"reference": reference, "title": title, "procedure": "open"}
        assert buyer.post(reverse("vendors:tender_create"), sent).status_code == 302
    tender = Tender.objects.get(reference="2026-GHT")
    lot = Lot.objects.get(tender=tender)
    edit = reverse("vendors:lot_edit", args=[lot.pk])
    shown = words(buyer.get(edit))
    assert dune.name in shown and cap.name not in shown
    buyer.post(edit, {"beneficiaries": [dune.pk]})

    # The member sees what is theirs, and nothing else; the third facility sees nothing.
    purchases = reverse("checklists:group_purchase_list")
    shown = words(reader.get(purchases))
    assert "2026-GHT" in shown and "2026-SEUL" not in shown
    assert "Dossier de soins" in words(
        reader.get(reverse("checklists:group_purchase", args=[tender.pk]))
    )
    other = Tender.objects.get(reference="2026-SEUL")
    assert reader.get(reverse("checklists:group_purchase", args=[other.pk])).status_code == 404
    assert "2026-GHT" not in words(outsider.get(purchases))

    # Nobody takes the member away meanwhile, and the operator is told no more than that.
    place = reverse("checklists:facility_place", args=[dune.pk])
    refused = operator.post(place, {"group": ""})
    assert refused.status_code == 422
    assert "une consultation en cours" in html.unescape(refused.content.decode())
    assert "2026-GHT" not in refused.content.decode()

    # Once the offers are opened, the member still reads it.
    opened = timezone.localtime() - dt.timedelta(minutes=5)
    sent = {"opened_at": f"{opened:%Y-%m-%dT%H:%M}", "people": "Nadia, acheteuse"}
    assert buyer.post(reverse("vendors:opening_record", args=[tender.pk]), sent).status_code == 302
    assert "2026-GHT" in words(reader.get(purchases))
