"""Visas: in the order of the facility, each under a password, on what was seen, before the seal."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from checklists import tasks
from checklists.documents import pdf, report
from checklists.domain import answer_sets, answering, interests, opinions, visas
from checklists.domain.queries import visas as queries
from checklists.domain.visas import VisaAnswer
from checklists.enums import Interest, VisaRoundState
from checklists.models import Assessment, Document, Visa, VisaRound, VisaStep
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

from . import decision_site

ORDER = [Role.CISO, Role.DPO, Role.BUYER]
ADDRESS = "https://clausier.example/evaluations/1/visas/"


@pytest.fixture(autouse=True)
def _at_once(settings: Any) -> None:
    """Tasks run when they are queued: the messages are in the box."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def people(facility: Facility, buyer: User) -> dict[str, User]:
    return {
        Role.BUYER: buyer,
        Role.CISO: factories.member(facility, Role.CISO, full_name="Anne Petit"),
        Role.DPO: factories.member(facility, Role.DPO, full_name="Denis Roy"),
    }


@pytest.fixture
def assessment(facility: Facility, people: dict[str, User]) -> Assessment:
    """A complete assessment of a facility that asks three visas, interests declared."""
    buyer = people[Role.BUYER]
    visas.set_order(facility=facility, roles=ORDER, by=buyer)
    made = factories.scored(factories.assessment(buyer, facility), buyer)
    for person in people.values():
        factories.no_conflict(made, person)
    return made


@pytest.fixture
def asked(assessment: Assessment, buyer: User) -> VisaRound:
    return ask(assessment, buyer)


def ask(assessment: Assessment, by: User) -> VisaRound:
    return tasks.request_visas(assessment=assessment, address=ADDRESS, by=by)


def give(
    assessment: Assessment, role: str, by: User, value: str = "given", remark: str = ""
) -> Visa:
    answer = VisaAnswer(value, remark, report.visa_hash(assessment.pk))
    return tasks.answer_visa(assessment=assessment, given=answer, address=ADDRESS, role=role, by=by)


def give_all(assessment: Assessment, people: dict[str, User]) -> None:
    for role in ORDER:
        give(assessment, role, people[role])


def page_of(assessment: Assessment) -> str:
    return reverse("checklists:assessment_visas", args=[assessment.pk])


def sent(assessment: Assessment, **fields: str) -> dict[str, str]:
    seen = report.visa_hash(assessment.pk)
    return {"value": "given", "seen": seen, "password": factories.PASSWORD, "remark": ""} | fields


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def change_a_score(assessment: Assessment, by: User) -> None:
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="partial",
        base_version=99,
        by=by,
    )


# -- The order of a facility ---------------------------------------------------------------------


def test_a_facility_that_sets_nothing_asks_no_visa(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    bare = factories.assessment(buyer, facility)
    assert "ne demande aucun visa" in words(signed_in.get(page_of(bare)))
    assert tasks.request_document(assessment=bare, by=buyer).number == 1
    with pytest.raises(visas.NotVisable, match="aucun visa"):
        ask(bare, buyer)


def test_the_order_is_set_on_a_page_and_journaled(signed_in: Client, facility: Facility) -> None:
    url = reverse("checklists:visa_order", args=[facility.pk])
    given = {"ciso": "1", "dpo": "", "biomedical_engineer": "2", "buyer": "4"}
    response = signed_in.post(url, given, follow=True)
    assert "L’ordre des visas est enregistré." in words(response)
    steps = VisaStep.objects.filter(facility=facility).order_by("position")
    assert list(steps.values_list("role", flat=True)) == ["ciso", "biomedical_engineer", "buyer"]
    event = AuditEvent.objects.get(action="visa_order.changed")
    assert event.data == {"before": [], "after": ["ciso", "biomedical_engineer", "buyer"]}
    assert "Personne ne tient encore ce rôle" in words(signed_in.get(url))
    signed_in.post(url, given)
    assert AuditEvent.objects.filter(action="visa_order.changed").count() == 1


def test_two_roles_never_share_a_rank(signed_in: Client, facility: Facility) -> None:
    url = reverse("checklists:visa_order", args=[facility.pk])
    response = signed_in.post(url, {"ciso": "1", "dpo": "1"})
    assert response.status_code == 422
    assert "déjà celui du rôle RSSI" in words(response)
    assert not VisaStep.objects.exists()


@pytest.mark.parametrize("roles", [[Role.CISO, Role.CISO], [Role.READER]])
def test_an_order_names_each_reviewer_once_and_nobody_else(
    roles: list[str], facility: Facility, buyer: User
) -> None:
    with pytest.raises(visas.NotVisable, match="un visa au plus"):
        visas.set_order(facility=facility, roles=roles, by=buyer)


def test_nobody_in_a_role_is_said_before_the_visas_are_asked(
    assessment: Assessment, buyer: User, facility: Facility
) -> None:
    visas.set_order(facility=facility, roles=["biomedical_engineer", "buyer"], by=buyer)
    with pytest.raises(visas.NotVisable, match="Personne ne tient le rôle Ingénieur biomédical"):
        ask(assessment, buyer)


# -- Asking --------------------------------------------------------------------------------------


def test_visas_are_asked_of_a_complete_assessment_only(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref="O-7.1", field="score", value="", base_version=99, by=buyer
    )
    html = words(signed_in.get(page_of(assessment)))
    assert "Notez d’abord chaque point" in html
    url = reverse("checklists:visas_request", args=[assessment.pk])
    assert "Notez d’abord chaque point" in words(signed_in.post(url, follow=True))
    assert not VisaRound.objects.exists()


def test_the_first_role_is_told_by_mail_and_in_its_points(
    signed_in: Client, client: Client, assessment: Assessment, people: dict[str, User]
) -> None:
    url = reverse("checklists:visas_request", args=[assessment.pk])
    assert "Attendu d’abord : RSSI" in words(signed_in.post(url, follow=True)).replace("\xa0", " ")
    (message,) = mail.outbox
    assert message.to == [people[Role.CISO].email]
    assert f"http://testserver{page_of(assessment)}" in message.body
    mine = Client()
    mine.force_login(people[Role.CISO])
    assert page_of(assessment) in words(mine.get(reverse("checklists:my_points")))
    mine.force_login(people[Role.DPO])
    assert page_of(assessment) not in words(mine.get(reverse("checklists:my_points")))
    again = words(signed_in.post(url, follow=True))
    assert "déjà demandés" in again
    assert VisaRound.objects.count() == 1


# -- Giving --------------------------------------------------------------------------------------


def test_each_role_in_its_turn_then_the_document(
    assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    buyer = people[Role.BUYER]
    with pytest.raises(visas.NotVisable, match="tour d’un autre rôle"):
        give(assessment, Role.DPO, people[Role.DPO])
    give(assessment, Role.CISO, people[Role.CISO], remark="Vu, sans réserve.")
    with pytest.raises(visas.VisasMissing, match="DPO, Acheteur"):
        tasks.request_document(assessment=assessment, by=buyer)
    give(assessment, Role.DPO, people[Role.DPO])
    give(assessment, Role.BUYER, buyer)
    asked.refresh_from_db()
    assert (asked.state, asked.awaited_role) == (VisaRoundState.GRANTED, "")
    assert [message.to for message in mail.outbox] == [
        [people[Role.CISO].email],
        [people[Role.DPO].email],
        [buyer.email],
        [buyer.email],
    ]
    given = AuditEvent.objects.filter(action="visa.given").order_by("seq")
    assert [event.data["role"] for event in given] == ORDER
    assert {event.data["content_sha256"] for event in given} == {asked.content_sha256}
    assert tasks.request_document(assessment=assessment, by=buyer).number == 1
    with pytest.raises(visas.NotVisable, match="déjà donnés"):
        ask(assessment, buyer)


def test_the_terminal_waits_for_the_visas_too(
    assessment: Assessment, asked: VisaRound, tmp_path: Any
) -> None:
    with pytest.raises(CommandError, match="Visas attendus"):
        call_command("export_assessment", assessment.pk, out=tmp_path / "essai.pdf")
    assert not Document.objects.exists()


def test_the_page_of_documents_says_whose_visa_is_missing(
    signed_in: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    url = reverse("checklists:assessment_documents", args=[assessment.pk])
    html = words(signed_in.get(url))
    assert "RSSI, DPO, Acheteur" in html
    assert 'aria-disabled="true"' in html
    assert "RSSI, DPO, Acheteur" in words(signed_in.post(url, follow=True))
    assert not Document.objects.exists()
    give_all(assessment, people)
    assert "Aucun visa ne manque." in words(signed_in.get(url))


def test_the_document_prints_each_visa(
    assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    give(assessment, Role.CISO, people[Role.CISO], remark="Vu, <sans> réserve.")
    give(assessment, Role.DPO, people[Role.DPO])
    give(assessment, Role.BUYER, people[Role.BUYER])
    document = tasks.request_document(assessment=assessment, by=people[Role.BUYER])
    told = document.content["data"]["visas"]
    assert [(one["role"], one["by"]) for one in told] == [
        (role, str(people[role])) for role in ORDER
    ]
    html = pdf.html(document.content, content_sha256=document.content_sha256)
    table = " ".join(html[html.index('<table class="visas">') :].split())
    table = table[: table.index("</table>")]
    assert "RSSI" in table and "Anne Petit" in table and "Vu, &lt;sans&gt; réserve." in table
    assert table.count("<tr>") == 4


def test_a_password_is_asked_again_and_a_wrong_one_keeps_the_words(
    client: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    client.force_login(people[Role.CISO])
    given = sent(assessment, password="pas le bon", remark="Avec une réserve sur O-7.1.")
    response = client.post(page_of(assessment), given)
    assert response.status_code == 422
    assert "Avec une réserve sur O-7.1." in words(response)
    assert "Le mot de passe actuel est inexact." in words(response)
    assert "pas le bon" not in words(response)
    assert not Visa.objects.exists()
    given["password"] = factories.PASSWORD
    assert "Au tour du rôle suivant" in words(client.post(page_of(assessment), given, follow=True))
    visa = Visa.objects.get()
    assert (visa.person, visa.role, visa.remark) == (
        people[Role.CISO],
        Role.CISO,
        "Avec une réserve sur O-7.1.",
    )


def test_wrong_passwords_are_limited_with_those_of_signing_in(
    client: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    client.force_login(people[Role.CISO])
    for _ in range(10):
        client.post(page_of(assessment), sent(assessment, password="pas le bon"))
    response = client.post(page_of(assessment), sent(assessment))
    assert "Trop d’essais" in words(response)
    assert not Visa.objects.exists()
    assert AuditEvent.objects.filter(action="account.locked").count() == 1
    signing_in = Client().post(
        reverse("account_login"),
        {"login": people[Role.CISO].email, "password": factories.PASSWORD},
    )
    assert "Trop d’essais" in words(signing_in)


def test_only_who_holds_the_role_gives_its_visa(
    client: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    client.force_login(people[Role.DPO])
    assert "Votre visa" not in words(client.get(page_of(assessment)))
    response = client.post(page_of(assessment), sent(assessment))
    assert response.status_code == 409
    assert "Réservé au rôle RSSI" in words(response)
    assert not Visa.objects.exists()


def test_who_withdrew_from_the_tender_gives_no_visa(
    client: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    interests.declare(
        tender=assessment.candidacy.lot.tender,
        value=Interest.WITHDRAWN,
        reason="",
        by=people[Role.CISO],
    )
    client.force_login(people[Role.CISO])
    assert "Vous vous êtes retiré" in words(client.get(page_of(assessment)))
    assert page_of(assessment) not in words(client.get(reverse("checklists:my_points")))
    assert client.post(page_of(assessment), sent(assessment)).status_code == 409


# -- Refusing ------------------------------------------------------------------------------------


def test_a_refusal_needs_a_reason_and_goes_back_to_the_buyer(
    client: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    client.force_login(people[Role.CISO])
    bare = client.post(page_of(assessment), sent(assessment, value="refused"))
    assert (bare.status_code, "Écrivez pourquoi" in words(bare)) == (422, True)
    with pytest.raises(visas.NotVisable, match="Écrivez pourquoi"):
        give(assessment, Role.CISO, people[Role.CISO], value="refused")
    client.post(
        page_of(assessment), sent(assessment, value="refused", remark="O-7.1 est à revoir.")
    )
    asked.refresh_from_db()
    assert (asked.state, asked.awaited_role) == (VisaRoundState.REFUSED, Role.BUYER)
    buyer = people[Role.BUYER]
    assert mail.outbox[-1].to == [buyer.email]
    assert "O-7.1 est à revoir." in mail.outbox[-1].body
    client.force_login(buyer)
    assert "Un visa est refusé" in words(client.get(reverse("checklists:my_points")))
    assert "O-7.1 est à revoir." in words(client.get(page_of(assessment)))
    with pytest.raises(visas.NotVisable, match="Aucun visa n’est attendu"):
        give(assessment, Role.DPO, people[Role.DPO])
    assert ask(assessment, buyer).number == 2
    assert "Un visa est refusé" not in words(client.get(reverse("checklists:my_points")))


# -- Lapsing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_granted", [False, True])
def test_a_change_makes_the_visas_lapse_and_keeps_them(
    is_granted: bool,
    signed_in: Client,
    assessment: Assessment,
    asked: VisaRound,
    people: dict[str, User],
) -> None:
    buyer = people[Role.BUYER]
    give(assessment, Role.CISO, people[Role.CISO])
    if is_granted:
        give(assessment, Role.DPO, people[Role.DPO])
        give(assessment, Role.BUYER, buyer)
    change_a_score(assessment, buyer)
    html = words(signed_in.get(page_of(assessment)))
    assert "les visas donnés avant ne valent plus" in html
    assert "Caduc" in html and "Anne Petit" in html
    with pytest.raises(visas.VisasMissing, match="RSSI, DPO, Acheteur"):
        tasks.request_document(assessment=assessment, by=buyer)
    if not is_granted:
        mine = words(signed_in.get(reverse("checklists:my_points")))
        assert "L’évaluation a changé" in mine
        with pytest.raises(visas.NotVisable, match="a changé depuis la demande"):
            give(assessment, Role.DPO, people[Role.DPO])
    again = ask(assessment, buyer)
    assert (again.number, again.awaited_role) == (2, Role.CISO)
    assert "Demande 1" in words(signed_in.get(page_of(assessment)))
    assert report.gather(assessment.pk).get("visas") is None


def decide(assessment: Assessment, by: User) -> None:
    decision_site.decide(assessment, by, decision_site.edit(assessment, "O-7.1", "refused"))


def ask_for_an_opinion(assessment: Assessment, by: User) -> None:
    question = opinions.Question("Vos réserves ?", dt.date(2099, 1, 5), role=Role.DPO)
    opinions.ask(assessment=assessment, question=question, by=by)


@pytest.mark.parametrize("change", [decide, ask_for_an_opinion])
def test_a_decision_or_an_opinion_makes_them_lapse_too(
    change: Callable[[Assessment, User], None],
    assessment: Assessment,
    asked: VisaRound,
    people: dict[str, User],
) -> None:
    give_all(assessment, people)
    assert report.gather(assessment.pk)["visas"]
    change(assessment, people[Role.BUYER])
    assert "visas" not in report.gather(assessment.pk)
    with pytest.raises(visas.VisasMissing):
        tasks.request_document(assessment=assessment, by=people[Role.BUYER])


def test_answers_that_are_stopped_send_a_request_back_to_the_buyer(
    assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    answer_sets.freeze(assessment=assessment, by=people[Role.BUYER])
    with pytest.raises(visas.NotVisable, match="a changé depuis la demande"):
        give(assessment, Role.CISO, people[Role.CISO])
    assert queries.awaited_from(people[Role.CISO]) == []
    assert queries.awaited_from(people[Role.BUYER]) == [asked]


def test_what_stands_beside_the_evaluation_leaves_the_visas_standing(
    assessment: Assessment, asked: VisaRound, people: dict[str, User], facility: Facility
) -> None:
    give(assessment, Role.CISO, people[Role.CISO])
    factories.no_conflict(assessment, factories.member(facility, Role.CISO))
    Facility.objects.filter(pk=facility.pk).update(name="Centre hospitalier renommé")
    give(assessment, Role.DPO, people[Role.DPO])
    assert len(report.gather(assessment.pk)["visas"]) == 2


def test_what_was_read_is_what_is_vised(
    client: Client, assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    """The page was open while the score changed and the buyer asked again."""
    given = sent(assessment)
    change_a_score(assessment, people[Role.BUYER])
    ask(assessment, people[Role.BUYER])
    client.force_login(people[Role.CISO])
    response = client.post(page_of(assessment), given)
    assert (response.status_code, "relisez-la" in words(response)) == (409, True)


def test_another_order_asks_what_it_adds(
    assessment: Assessment, asked: VisaRound, people: dict[str, User], facility: Facility
) -> None:
    give_all(assessment, people)
    buyer = people[Role.BUYER]
    factories.member(facility, Role.BIOMEDICAL_ENGINEER)
    order = [Role.BIOMEDICAL_ENGINEER, *ORDER]
    visas.set_order(facility=facility, roles=order, by=buyer)
    with pytest.raises(visas.VisasMissing, match="Ingénieur biomédical"):
        tasks.request_document(assessment=assessment, by=buyer)
    assert ask(assessment, buyer).awaited_role == Role.BIOMEDICAL_ENGINEER


# -- The database --------------------------------------------------------------------------------


def _rewrite(visa: Visa) -> None:
    Visa.objects.filter(pk=visa.pk).update(remark="Autre chose.")


def _erase(visa: Visa) -> None:
    Visa.objects.filter(pk=visa.pk).delete()


def _reopen(visa: Visa) -> None:
    VisaRound.objects.filter(pk=visa.round_id).update(state="open", awaited_role="dpo")


def _move(visa: Visa) -> None:
    VisaRound.objects.filter(pk=visa.round_id).update(content_sha256="0" * 64)


def _jump(visa: Visa) -> None:
    Visa.objects.create(
        round=visa.round, role=Role.BUYER, value="given", person=visa.person, at=visa.at
    )


@pytest.mark.parametrize("act", [_rewrite, _erase, _reopen, _move, _jump])
def test_the_database_keeps_visas_as_they_were(
    act: Callable[[Visa], None], assessment: Assessment, asked: VisaRound, people: dict[str, User]
) -> None:
    visa = give(assessment, Role.CISO, people[Role.CISO], value="refused", remark="À revoir.")
    with pytest.raises(DatabaseError), transaction.atomic():
        act(visa)


def test_the_database_knows_the_roles_and_one_open_request(
    assessment: Assessment, asked: VisaRound, buyer: User, facility: Facility
) -> None:
    with pytest.raises(IntegrityError, match="visa_step"), transaction.atomic():
        VisaStep.objects.create(facility=facility, position=9, role=Role.READER)
    again = VisaRound(
        assessment=assessment,
        number=2,
        roles=ORDER,
        content_sha256="0" * 64,
        requested_at=asked.requested_at,
        requested_by=buyer,
        awaited_role=Role.CISO,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()
