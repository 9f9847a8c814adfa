"""Opinions: asked by a date, filed once, replaced by name, and found wherever the file is read."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import dossier_missing, dossier_parts, pdf, report
from checklists.domain import answering, interests, opinions, reminders
from checklists.enums import Interest, OpinionValue
from checklists.models import Assessment, Opinion, OpinionReminder, OpinionRequest
from tests import factories
from tests.checklists.test_exports import faults
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import StaleVersion
from uniha_clausier.common.models import AuditEvent

WHY = "Le chiffrement au repos n’est pas prouvé."


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def ciso(facility: Facility, assessment: Assessment) -> User:
    person = factories.member(facility, Role.CISO, full_name="Karim Belhadraoui")
    factories.no_conflict(assessment, person)
    return person


@pytest.fixture
def asked(assessment: Assessment, buyer: User, ciso: User) -> OpinionRequest:
    return factories.opinion_request(buyer, assessment, role=Role.CISO)


def file(asked: OpinionRequest, by: User, value: str = "reserved", base: int = 0) -> Opinion:
    return opinions.file(asked=asked, value=value, text=WHY, base=base, by=by)


def overdue(asked: OpinionRequest) -> OpinionRequest:
    """The same question, asked five days ago for yesterday: rows are made, none is rewritten."""
    now = timezone.now()
    return OpinionRequest.objects.create(
        assessment=asked.assessment,
        number=asked.number + 1,
        role=asked.role,
        question="Et hier ?",
        due_on=timezone.localdate() - dt.timedelta(days=1),
        asked_at=now - dt.timedelta(days=5),
        asked_by=asked.asked_by,
    )


def page(client: Client, asked: OpinionRequest) -> str:
    return client.get(reverse("checklists:opinion", args=[asked.pk])).content.decode()


# -- Asking ----------------------------------------------------------------------------------------


def test_a_buyer_asks_a_person_about_points_and_the_message_leads_there(
    client: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    client.force_login(buyer)
    due = timezone.localdate() + dt.timedelta(days=4)
    sent = {
        "whom": f"personne-{ciso.pk}",
        "question": "Le plan suffit-il ?",
        "due_on": due.isoformat(),
        "refs": "O-7.1, O-7.2",
    }
    url = reverse("checklists:opinion_list", args=[assessment.pk])
    html = client.post(url, sent, follow=True).content.decode()
    assert "1 avis attendu." in html and "Le plan suffit-il" in html
    asked = OpinionRequest.objects.get()
    assert (asked.person, asked.role, asked.points, asked.due_on) == (
        ciso,
        "",
        ["O-7.1", "O-7.2"],
        due,
    )
    [message] = mail.outbox
    assert message.to == [ciso.email]
    assert f"http://testserver/avis/{asked.pk}/" in message.body
    assert "Le plan suffit-il ?" in message.body
    event = AuditEvent.objects.get(action="opinion.asked")
    assert event.subject == f"assessment/{assessment.pk}" and event.data["person"] == ciso.pk


def test_a_chapter_is_asked_with_its_points(
    client: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    client.force_login(buyer)
    due = timezone.localdate().isoformat()
    sent = {"whom": "role-ciso", "question": "?", "due_on": due, "scope": "chapitre-4"}
    client.post(reverse("checklists:opinion_list", args=[assessment.pk]), sent)
    asked = OpinionRequest.objects.get()
    assert (asked.role, asked.chapter) == ("ciso", "7. Chapitre 7")
    assert asked.points == ["O-7.1", "O-7.2"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"days": -1}, "La date est passée"),
        ({"role": Role.DPO}, "au titre du rôle DPO"),
        ({"refs": ("O-9.9",)}, "ne sont pas demandés dans ce lot\u00a0: O-9.9"),
    ],
    ids=["too late", "nobody", "not asked of the candidate"],
)
def test_what_nobody_could_answer_is_not_asked(
    assessment: Assessment, buyer: User, ciso: User, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(opinions.NotAskable, match=said):
        factories.opinion_request(buyer, assessment, **{"role": Role.CISO} | changes)


def test_who_withdrew_from_the_tender_is_not_asked(
    assessment: Assessment, buyer: User, ciso: User
) -> None:
    tender = assessment.candidacy.lot.tender
    interests.declare(tender=tender, value=Interest.WITHDRAWN, reason="Ancien salarié.", by=ciso)
    with pytest.raises(opinions.NotAskable, match="ne peut pas rendre d’avis"):
        factories.opinion_request(buyer, assessment, person=ciso)


def test_a_refused_question_keeps_what_was_typed(
    client: Client, assessment: Assessment, buyer: User, ciso: User
) -> None:
    client.force_login(buyer)
    sent = {"whom": "role-ciso", "question": "Texte gardé", "due_on": "", "refs": "O-7.1"}
    answer = client.post(reverse("checklists:opinion_list", args=[assessment.pk]), sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Donnez une date." in html and "Texte gardé" in html and 'value="O-7.1"' in html


def test_a_question_is_taken_back_until_somebody_answers(
    asked: OpinionRequest, assessment: Assessment, buyer: User, ciso: User
) -> None:
    other = factories.opinion_request(buyer, assessment, role=Role.CISO)
    opinions.withdraw(asked=other, by=buyer)
    with pytest.raises(opinions.NotAskable, match="retirée"):
        file(other, ciso)
    file(asked, ciso)
    with pytest.raises(opinions.NotAskable, match="vient d’être rendu"):
        opinions.withdraw(asked=asked, by=buyer)


# -- Filing ----------------------------------------------------------------------------------------


def test_a_reviewer_files_then_replaces_and_both_stay(
    client: Client, asked: OpinionRequest, ciso: User
) -> None:
    client.force_login(ciso)
    url = reverse("checklists:opinion", args=[asked.pk])
    client.post(url, {"value": "reserved", "text": WHY, "base": 0})
    html = client.post(url, {"value": "favourable", "text": "", "base": 1}, follow=True)
    assert "remplace la version 1" in html.content.decode()
    first, second = Opinion.objects.order_by("number")
    assert (first.value, first.text, first.filed_by) == ("reserved", WHY, ciso)
    assert (second.value, second.replaces) == ("favourable", first)
    events = AuditEvent.objects.filter(action="opinion.filed").order_by("seq")
    assert [event.data["value"] for event in events] == ["reserved", "favourable"]
    assert not list(journal.verify())


def test_reserves_come_with_their_reasons_and_what_was_typed_stays(
    client: Client, asked: OpinionRequest, ciso: User
) -> None:
    client.force_login(ciso)
    url = reverse("checklists:opinion", args=[asked.pk])
    answer = client.post(url, {"value": "unfavourable", "text": "", "base": 0})
    assert answer.status_code == 422 and "Écrivez vos motifs" in answer.content.decode()
    file(asked, ciso)
    answer = client.post(url, {"value": "unfavourable", "text": "Mon texte", "base": 0})
    html = answer.content.decode()
    assert answer.status_code == 422 and "vient d’être rendu" in html and "Mon texte" in html


def test_two_colleagues_do_not_answer_without_reading_each_other(
    asked: OpinionRequest, ciso: User
) -> None:
    file(asked, ciso)
    with pytest.raises(StaleVersion):
        file(asked, ciso)


def test_only_who_is_asked_files_once_interests_are_declared(
    client: Client, assessment: Assessment, facility: Facility, buyer: User, ciso: User
) -> None:
    asked = factories.opinion_request(buyer, assessment, person=ciso)
    url = reverse("checklists:opinion", args=[asked.pk])
    sent = {"value": "favourable", "text": "", "base": 0}
    colleague = factories.member(facility, Role.CISO)
    factories.no_conflict(assessment, colleague)
    client.force_login(colleague)
    assert "Cet avis est demandé à Karim Belhadraoui." in page(client, asked)
    assert client.post(url, sent).status_code == 403
    other = factories.assessment(buyer, facility)
    undeclared = factories.opinion_request(buyer, other, person=ciso)
    client.force_login(ciso)
    assert "Déclarez d’abord" in page(client, undeclared)
    there = reverse("checklists:opinion", args=[undeclared.pk])
    assert client.post(there, sent).status_code == 403
    tender = assessment.candidacy.lot.tender
    interests.declare(tender=tender, value=Interest.WITHDRAWN, reason="Parent.", by=ciso)
    assert "Vous vous êtes retiré" in page(client, asked)
    assert client.post(url, sent).status_code == 403
    assert not Opinion.objects.exists()


def test_an_opinion_filed_after_the_date_is_kept_and_said_to_be_late(
    client: Client, asked: OpinionRequest, ciso: User
) -> None:
    late = overdue(asked)
    client.force_login(ciso)
    assert "en retard de 1 jour" in page(client, late)
    filed = file(late, ciso)
    assert filed.is_late and not file(asked, ciso).is_late
    assert "Rendu après la date demandée" in page(client, late)
    told = report.gather(asked.assessment_id)["opinions"]
    assert [one["opinions"][0]["is_late"] for one in told] == [False, True]


def test_nothing_is_asked_nor_filed_on_a_signed_assessment(
    asked: OpinionRequest, assessment: Assessment, buyer: User, ciso: User
) -> None:
    Assessment.objects.filter(pk=assessment.pk).update(signed_at=timezone.now())
    acts: list[Callable[[], Any]] = [
        lambda: file(asked, ciso),
        lambda: factories.opinion_request(buyer, assessment, role=Role.CISO),
        lambda: opinions.withdraw(asked=asked, by=buyer),
    ]
    for act in acts:
        with pytest.raises(answering.SignedForEver):
            act()
    values = {"value": "favourable", "filed_at": timezone.now(), "filed_by": ciso}
    with pytest.raises(IntegrityError), transaction.atomic():
        Opinion.objects.create(request=asked, number=1, **values)


# -- What the database holds -----------------------------------------------------------------------


def test_the_database_never_rewrites_an_opinion_nor_its_question(
    asked: OpinionRequest, ciso: User
) -> None:
    filed = file(asked, ciso)
    for rows, change in (
        (Opinion.objects.filter(pk=filed.pk), {"text": "Autre"}),
        (OpinionRequest.objects.filter(pk=asked.pk), {"question": "Autre"}),
        (OpinionRequest.objects.filter(pk=asked.pk), {"due_on": timezone.localdate()}),
    ):
        with pytest.raises(IntegrityError, match="is kept as it was"), transaction.atomic():
            rows.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.delete()
    now = timezone.now()
    with pytest.raises(IntegrityError, match="before any answer"), transaction.atomic():
        OpinionRequest.objects.filter(pk=asked.pk).update(withdrawn_at=now, withdrawn_by=ciso)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"number": 2}, "opinion_names_the_former"),
        ({"value": "question", "text": "Motif."}, "opinion_value_known"),
        ({"value": "unfavourable"}, "opinion_says_why"),
    ],
)
def test_the_database_knows_what_an_opinion_is(
    asked: OpinionRequest, ciso: User, changes: dict[str, Any], name: str
) -> None:
    values = {"number": 1, "value": "favourable", "filed_at": timezone.now(), "filed_by": ciso}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Opinion.objects.create(request=asked, **values | changes)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"role": "reader"}, "opinion_asked_of_a_role_or_a_person"),
        ({"role": ""}, "opinion_asked_of_a_role_or_a_person"),
        ({"question": ""}, "opinion_asks_something"),
        ({"chapter": "7. Chapitre"}, "opinion_chapter_with_its_points"),
        ({"withdrawn_at": timezone.now()}, "opinion_request_withdrawn_by_someone"),
    ],
)
def test_the_database_knows_what_a_question_is(
    assessment: Assessment, buyer: User, changes: dict[str, Any], name: str
) -> None:
    values = {
        "number": 1,
        "role": "ciso",
        "question": "?",
        "due_on": timezone.localdate(),
        "asked_at": timezone.now(),
        "asked_by": buyer,
    }
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        OpinionRequest.objects.create(assessment=assessment, **values | changes)


def test_the_database_replaces_the_last_opinion_of_the_same_question(
    asked: OpinionRequest, assessment: Assessment, buyer: User, ciso: User
) -> None:
    elsewhere = file(factories.opinion_request(buyer, assessment, role=Role.CISO), ciso)
    file(asked, ciso)
    values = {"value": "favourable", "filed_at": timezone.now(), "filed_by": ciso}
    with pytest.raises(IntegrityError, match="replaces the one before"), transaction.atomic():
        Opinion.objects.create(request=asked, number=2, replaces=elsewhere, **values)


# -- « Mes points » and the reminders --------------------------------------------------------------


def test_my_points_put_first_what_is_asked_and_where_it_is_urgent(
    client: Client, buyer: User, facility: Facility, asked: OpinionRequest, ciso: User
) -> None:
    urgent = factories.assessment(buyer, facility)
    factories.opinion_request(buyer, urgent, person=ciso, days=1)
    quiet = factories.assessment(buyer, facility)
    client.force_login(ciso)
    html = client.get(reverse("checklists:my_points")).content.decode()
    assert "2 avis à rendre · " in html
    vendors = [one.candidacy.vendor.name for one in (urgent, asked.assessment, quiet)]
    opinions_part, _title, findings_part = html.partition("<h2>Constats</h2>")
    assert opinions_part.index(f">{vendors[0]}<") < opinions_part.index(f">{vendors[1]}<")
    places = [findings_part.index(f">{name}<") for name in vendors]
    assert places == sorted(places)
    factories.no_conflict(urgent, ciso)
    for one in OpinionRequest.objects.all():
        file(one, ciso)
    overdue(asked)
    html = client.get(reverse("checklists:my_points")).content.decode()
    assert "1 avis à rendre, dont 1 en retard" in html


def test_what_is_asked_of_others_is_not_in_my_points(
    client: Client, facility: Facility, asked: OpinionRequest
) -> None:
    for person in (
        factories.member(facility, Role.DPO),
        factories.member(factories.facility(), Role.CISO),
    ):
        client.force_login(person)
        html = client.get(reverse("checklists:my_points")).content.decode()
        assert "Avis demandés" not in html


def test_each_reminder_leaves_once_and_none_once_the_opinion_is_there(
    assessment: Assessment, buyer: User, ciso: User, facility: Facility
) -> None:
    colleague = factories.member(facility, Role.CISO)
    now = timezone.now()
    asked, answered = (
        OpinionRequest.objects.create(
            assessment=assessment,
            number=number,
            role=Role.CISO,
            question="?",
            due_on=timezone.localdate() + dt.timedelta(days=2),
            asked_at=now - dt.timedelta(days=9),
            asked_by=buyer,
        )
        for number in (1, 2)
    )
    file(answered, ciso)
    assert reminders.send_due() == (1, 0)
    assert reminders.send_due() == (0, 0)
    assert OpinionReminder.objects.values_list("request", "days").get() == (asked.pk, 3)
    [message] = mail.outbox
    assert set(message.to) == {ciso.email, colleague.email}
    assert "Rappel" in message.body and "Attendu pour le" in message.body
    assert AuditEvent.objects.filter(action="opinion.reminded").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        OpinionReminder.objects.all().delete()


# -- Where it is read ------------------------------------------------------------------------------


def test_the_question_and_each_answer_are_in_the_report_its_json_and_its_pages(
    client: Client, asked: OpinionRequest, ciso: User, buyer: User
) -> None:
    file(asked, ciso)
    file(asked, ciso, OpinionValue.FAVOURABLE, base=1)
    (told,) = report.gather(asked.assessment_id)["opinions"]
    assert (told["asked_of"], told["question"]) == ("RSSI", asked.question)
    assert [(one["value"], one["replaces"]) for one in told["opinions"]] == [
        ("reserved", 0),
        ("favourable", 1),
    ]
    client.force_login(buyer)
    exported = reverse("checklists:assessment_export", args=[asked.assessment_id, "json"])
    assert faults(client.get(exported).json()) == []
    frozen = report.freeze(
        asked.assessment, number=1, at=timezone.now(), by=buyer, seq=1, head="0" * 64
    )
    html = pdf.html(frozen, content_sha256="0" * 64)
    assert "Avis demandés" in html and "Cette offre vous convient-elle" in html
    assert WHY in html and "(remplace la version 1)" in html


def test_an_assessment_without_an_opinion_says_nothing_of_it(assessment: Assessment) -> None:
    assert "opinions" not in report.gather(assessment.pk)


def test_the_dossier_holds_each_opinion_and_names_what_is_awaited(
    asked: OpinionRequest, assessment: Assessment, buyer: User, ciso: User
) -> None:
    tender = assessment.candidacy.lot.tender
    file(asked, ciso)
    factories.opinion_request(buyer, assessment, person=ciso)
    kept = {part.path.rpartition("2-evaluation/")[2]: part for part in dossier_parts.parts(tender)}
    text = kept["avis-1/avis.txt"].make().decode()
    assert asked.question in text and WHY in text
    assert WHY in kept["avis-1/avis.json"].make().decode()
    due = {one.folder.rpartition("/")[2] for one in dossier_parts.due(tender)}
    assert {"avis-1", "avis-2"} <= due
    awaited = "Avis n°\u00a02, demandé à Karim Belhadraoui, n’est pas rendu."
    assert any(awaited in sentence for sentence in dossier_missing.missing(tender))
