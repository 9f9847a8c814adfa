"""The page of a specialist: what it shows and takes, with and without a script."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import answering
from checklists.models import Assessment, Finding
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

REF = "O-7.2"


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def ciso(client: Client, facility: Facility, assessment: Assessment) -> User:
    person = factories.member(facility, Role.CISO, full_name="Anne Petit")
    factories.no_conflict(assessment, person)
    client.force_login(person)
    return person


def url(assessment: Assessment, query: str = "") -> str:
    return reverse("checklists:assessment_findings", args=[assessment.pk]) + query


def send(client: Client, assessment: Assessment, **data: str | int) -> tuple[int, dict[str, Any]]:
    address = reverse("checklists:finding_save", args=[assessment.pk, REF])
    sent = {"field": "finding", "value": "reserved", "version": 0, "answer": 0} | data
    response = client.post(address, sent)
    return response.status_code, response.json()


def rows(html: str) -> list[str]:
    return re.findall(r'<tr id="([^"]+)"', html)


def test_the_list_holds_what_is_routed_to_the_role_with_the_claim_and_the_guide(
    client: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    answering.save_field(
        assessment_id=assessment.pk,
        ref=REF,
        field="claim_text",
        value="Voir <l’annexe>.",
        base_version=0,
        by=buyer,
    )
    html = client.get(url(assessment)).content.decode()
    assert rows(html) == ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]
    assert "Voir &lt;l’annexe&gt;." in html and html.count("Rien n’y est.") == 4
    assert "Constats à donner\u00a0: 4 sur 4" in html
    assert f"{REF}:0:1" in html
    html = client.get(url(assessment, "?role=dpo")).content.decode()
    assert "Aucun point à relire" in html and not rows(html)


def test_a_finding_is_saved_by_the_script_and_leaves_the_list(
    client: Client, assessment: Assessment, ciso: User
) -> None:
    status, told = send(client, assessment)
    assert status == 200 and told["version"] == 1
    assert (told["counters"]["left"], told["counters"]["total"]) == (3, 4)
    assert rows(client.get(url(assessment)).content.decode()) == ["O-1.1", "O-2.1", "O-7.1"]
    html = client.get(url(assessment, "?afficher=tous")).content.decode()
    assert len(rows(html)) == 4 and "Anne Petit, " in html


def test_a_conflict_tells_both_values_to_the_script(
    client: Client, assessment: Assessment, ciso: User
) -> None:
    send(client, assessment)
    status, told = send(client, assessment, value="favourable")
    assert status == 409
    assert (told["theirs"], told["author"], told["version"]) == ("reserved", "Anne Petit", 1)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"value": "compliant"}, 422),
        ({"field": "score"}, 422),
        ({"answer": "x"}, 422),
        ({"version": ""}, 422),
        ({"role": "dpo"}, 403),
    ],
)
def test_what_is_not_a_finding_of_theirs_is_refused_with_the_reason(
    client: Client, assessment: Assessment, ciso: User, data: dict[str, str], status: int
) -> None:
    answered, told = send(client, assessment, **data)
    assert (answered, bool(told["error"])) == (status, True)
    assert not Finding.objects.exists()


def test_without_a_script_the_form_saves_clears_and_confirms(
    client: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    form = {"versions": f"{REF}:0:0", f"{REF}.finding": "favourable", f"{REF}.comment": "Vu."}
    client.post(url(assessment), form | {f"{REF}.sharing": "shared"})
    row = Finding.objects.get()
    assert (row.value, row.comment, row.sharing) == ("favourable", "Vu.", "shared")
    answering.save_field(
        assessment_id=assessment.pk, ref=REF, field="claim", value="no", base_version=0, by=buyer
    )
    form["versions"] = f"{REF}:3:1"
    client.post(url(assessment), form)
    row.refresh_from_db()
    assert (row.answer_version, row.sharing) == (0, "")
    html = client.get(url(assessment, "?afficher=a-revoir")).content.decode()
    assert rows(html) == [REF] and "la réponse du candidat a changé depuis ce constat" in html
    client.post(url(assessment), form | {"versions": f"{REF}:4:1", "confirmer": REF})
    row.refresh_from_db()
    assert row.answer_version == 1
    client.post(url(assessment), form | {"versions": f"{REF}:5:1", "effacer": REF})
    row.refresh_from_db()
    assert (row.value, row.comment) == ("", "Vu.")


def test_without_a_script_a_conflict_keeps_what_was_typed_and_shows_the_other(
    client: Client, assessment: Assessment, facility: Facility, ciso: User
) -> None:
    form = {"versions": f"{REF}:0:0", f"{REF}.comment": "Le mien."}
    client.post(url(assessment), form)
    colleague = factories.member(facility, Role.CISO)
    factories.no_conflict(assessment, colleague)
    client.force_login(colleague)
    response = client.post(url(assessment), form | {f"{REF}.comment": "Un autre."})
    html = response.content.decode()
    assert response.status_code == 409
    assert "Un autre.</textarea>" in html and "Le mien." in html
    assert "Anne Petit a modifié ce champ" in html
    assert Finding.objects.get().comment == "Le mien."
    # A field that this person left as it was is no conflict.
    assert client.post(url(assessment), form | {f"{REF}.comment": ""}).status_code == 302


def test_another_member_reads_the_findings_and_why_they_cannot_give_one(
    signed_in: Client, assessment: Assessment, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO, full_name="Anne Petit")
    factories.no_conflict(assessment, ciso)
    other = Client()
    other.force_login(ciso)
    send(other, assessment)
    html = signed_in.get(url(assessment, "?role=ciso")).content.decode()
    table = html[html.index("<table") :]
    assert len(rows(html)) == 4 and "Réservé" in table and "<textarea" not in table
    assert "Réservé au rôle RSSI." in html


def test_nobody_reads_nor_finds_before_the_opening(
    client: Client, buyer: User, facility: Facility, ciso: User
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    assessment = factories.started(checklist, buyer)
    html = client.get(url(assessment)).content.decode()
    assert "Enregistrez d’abord l’ouverture des plis" in html and not rows(html)
    assert send(client, assessment)[0] == 403
    assert client.post(url(assessment), {"versions": ""}).status_code == 403


def test_the_page_costs_the_same_whatever_is_found(
    client: Client,
    assessment: Assessment,
    ciso: User,
    django_assert_max_num_queries: Any,
) -> None:
    client.get(url(assessment))
    send(client, assessment)
    with django_assert_max_num_queries(11):
        client.get(url(assessment, "?afficher=tous"))
