"""The personal link of a candidate: who gives it, until when it opens, what the database refuses."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answer_links, answer_sets, answering
from checklists.enums import Claim, LinkState, ScoreValue
from checklists.models import Answer, AnswerLink, Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common.models import AuditEvent
from vendors.enums import WITHOUT_OPENING, Procedure
from vendors.models import Tender

from .checklist_site import said, text

SOON = dt.timedelta(days=1)


@pytest.fixture
def assessment(buyer, facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


def give(assessment: Assessment, by: Any, **changes: Any) -> tuple[AnswerLink, str]:
    told: dict[str, Any] = {"email": "", "expires_at": timezone.now() + SOON} | changes
    return answer_links.create_link(assessment=assessment, by=by, **told)


def state(link: AnswerLink, at: dt.datetime | None = None) -> str:
    return answer_links.state_of(AnswerLink.objects.get(pk=link.pk), at or timezone.now())


def answer(link: AnswerLink, **changes: Any) -> answering.Saved:
    edit: dict[str, Any] = {"ref": "O-7.1", "field": "claim", "value": Claim.YES, "base_version": 0}
    return answer_links.save_answer(link=link, **edit | changes)


# -- The link ------------------------------------------------------------------------------------


def test_only_the_hash_of_the_secret_is_kept(assessment, buyer):
    link, token = give(assessment, buyer)
    assert len(token) >= 43  # 256 bits
    assert link.token_sha256 == answer_links.hash_of(token)
    kept = list(AuditEvent.objects.values_list("data", flat=True))
    kept += list(AnswerLink.objects.values())
    assert token not in str(kept)


@pytest.mark.parametrize("procedure", [p for p in Procedure if p not in WITHOUT_OPENING])
def test_no_link_in_a_formal_procedure(assessment, buyer, procedure):
    Tender.objects.update(procedure=procedure)
    with pytest.raises(answer_links.LinkRefused, match="profil d’acheteur"):
        give(assessment, buyer)


def test_a_purchase_that_becomes_formal_closes_its_links(assessment, buyer):
    link, _token = give(assessment, buyer)
    Tender.objects.update(procedure=Procedure.OPEN)
    assert state(link) == LinkState.EXPIRED
    with pytest.raises(answer_links.LinkClosed):
        answer(link)


def test_one_link_is_open_at_a_time(assessment, buyer):
    link, _token = give(assessment, buyer)
    with pytest.raises(answer_links.LinkRefused, match="existe déjà"):
        give(assessment, buyer)
    answer_links.revoke_link(link=link, by=buyer)
    assert give(assessment, buyer)[0].number == 2


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_link_ends_in_the_year_to_come(assessment, buyer, days):
    link, _token = give(assessment, buyer)
    end = timezone.now() + dt.timedelta(days=days)
    with pytest.raises(answer_links.LinkRefused):
        answer_links.prolong_link(link=link, expires_at=end, by=buyer)
    answer_links.revoke_link(link=link, by=buyer)
    with pytest.raises(answer_links.LinkRefused):
        give(assessment, buyer, expires_at=end)


def test_the_usual_end_is_the_deadline_while_it_is_to_come(assessment):
    tender, now = assessment.candidacy.lot.tender, timezone.now()
    assert answer_links.usual_expiry(assessment, now) == now + dt.timedelta(days=30)
    tender.deadline = now + SOON
    assert answer_links.usual_expiry(assessment, now) == tender.deadline
    tender.deadline = now - SOON
    assert answer_links.usual_expiry(assessment, now) == now + dt.timedelta(days=30)


def test_an_expired_link_that_is_prolonged_opens_again(assessment, buyer):
    link, _token = give(assessment, buyer)
    later = link.expires_at + SOON
    assert state(link, later) == LinkState.EXPIRED
    answer_links.prolong_link(link=link, expires_at=later + SOON, by=buyer)
    assert state(link, later) == LinkState.WAITING


def test_a_revoked_link_writes_nothing_and_never_comes_back(assessment, buyer):
    link, _token = give(assessment, buyer)
    answer_links.revoke_link(link=link, by=buyer)
    for act in (
        lambda: answer(link),
        lambda: answer_links.save_answers(link=link, edits=[]),
        lambda: answer_links.open_link(link=link),
    ):
        with pytest.raises(answer_links.LinkClosed):
            act()
    with pytest.raises(answer_links.LinkRefused):
        answer_links.revoke_link(link=link, by=buyer)
    with pytest.raises(answer_links.LinkRefused):
        answer_links.prolong_link(link=link, expires_at=timezone.now() + SOON, by=buyer)


def test_every_act_is_journaled_without_the_address_of_the_candidate(assessment, buyer):
    link, _token = give(assessment, buyer, email="secret@societe.example")
    answer_links.prolong_link(link=link, expires_at=timezone.now() + 2 * SOON, by=buyer)
    answer_links.open_link(link=link)
    answer_links.open_link(link=link)
    answer_links.revoke_link(link=link, by=buyer)
    events = AuditEvent.objects.filter(action__startswith="answer_link.").order_by("seq")
    assert [(event.action, event.actor) for event in events] == [
        ("answer_link.created", buyer.pk),
        ("answer_link.prolonged", buyer.pk),
        ("answer_link.opened", None),
        ("answer_link.revoked", buyer.pk),
    ]
    assert {event.data["link"] for event in events} == {1}
    assert "secret@societe.example" not in str([event.data for event in events])


# -- What the candidate writes -------------------------------------------------------------------


def test_an_answer_by_a_link_is_told_as_the_candidates_own(assessment, buyer):
    link, _token = give(assessment, buyer)
    answer(link)
    row = Answer.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (row.value, row.updated_by, row.updated_by_link) == (Claim.YES, None, link)
    event = AuditEvent.objects.get(action="claim.changed")
    assert (event.actor, event.data["link"]) == (None, 1)
    assert AnswerLink.objects.get(pk=link.pk).opened_at


def test_the_buyer_who_changes_an_answer_takes_it_over(assessment, buyer):
    link, _token = give(assessment, buyer)
    saved = answer(link)
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="claim",
        value=Claim.NO,
        base_version=saved.version,
        by=buyer,
    )
    row = Answer.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (row.updated_by, row.updated_by_link) == (buyer, None)


@pytest.mark.parametrize("field", ["score", "comment"])
def test_a_link_never_writes_what_the_buyer_decides(assessment, buyer, field):
    link, _token = give(assessment, buyer)
    with pytest.raises(answering.NotAllowedHere):
        answer(link, field=field, value=ScoreValue.COMPLIANT)
    outcome = answer_links.save_answers(
        link=link, edits=[answering.Edit("O-7.1", field, ScoreValue.COMPLIANT, 0)]
    )
    assert (outcome.saved, len(outcome.refused)) == ([], 1)


def test_a_link_never_writes_into_another_assessment(assessment, buyer, facility):
    link, _token = give(assessment, buyer)
    other = factories.informal_assessment(buyer, facility)
    with pytest.raises(answering.NotAllowedHere):
        answering.save_field(
            assessment_id=other.pk,
            ref="O-7.1",
            field="claim",
            value=Claim.YES,
            base_version=0,
            by=link,
        )


def test_two_windows_at_once_lose_nothing(assessment, buyer):
    """The second one is told, and what it typed stays in the history of the point."""
    link, _token = give(assessment, buyer)
    answer(link, field="claim_text", value="La première fenêtre.")
    with pytest.raises(answering.Conflict) as conflict:
        answer(link, field="claim_text", value="La seconde.")
    assert conflict.value.theirs == "La première fenêtre."
    assert conflict.value.author == "Le candidat, par le lien 1"
    lost = AuditEvent.objects.get(action="claim_text.conflict")
    assert (lost.data["refused"], lost.data["link"]) == ("La seconde.", 1)


# -- The database --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"number": 0}, "answer_link_has_its_secret"),
        ({"token_sha256": ""}, "answer_link_has_its_secret"),
        (
            {"expires_at": timezone.now() - dt.timedelta(days=999)},
            "answer_link_expires_after_its_creation",
        ),
        ({"revoked_at": timezone.now()}, "answer_link_revoked_by_someone_before_submission"),
        ({"content_sha256": "a" * 64}, "answer_link_submitted_in_time_with_its_hash"),
        ({"submitted_at": timezone.now()}, "answer_link_submitted_in_time_with_its_hash"),
    ],
)
def test_the_database_refuses_a_link_that_contradicts_itself(assessment, buyer, values, name):
    told = {
        "assessment": assessment,
        "number": 1,
        "token_sha256": "b" * 64,
        "created_at": timezone.now(),
        "created_by": buyer,
        "expires_at": timezone.now() + SOON,
    }
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AnswerLink.objects.create(**told | values)
    AnswerLink.objects.create(**told)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnswerLink.objects.create(**told | {"number": 2, "token_sha256": "c" * 64})


def test_the_database_keeps_a_link_and_never_reopens_it(assessment, buyer):
    link, _token = give(assessment, buyer)
    rows = AnswerLink.objects.filter(pk=link.pk)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        rows.update(token_sha256="d" * 64)
    with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
        rows.delete()
    answer_links.revoke_link(link=link, by=buyer)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        rows.update(revoked_at=None, revoked_by=None)


def test_the_database_wants_one_author_of_an_answer(assessment, buyer):
    link, _token = give(assessment, buyer)
    rows = Answer.objects.filter(assessment=assessment, item__point__ref="O-7.1")
    now = timezone.now()
    for both in ({"updated_by": buyer, "updated_by_link": link}, {}):
        with pytest.raises(IntegrityError, match="written_by_someone"), transaction.atomic():
            rows.update(version=1, updated_at=now, **both)


# -- The page of the buyer -----------------------------------------------------------------------


def url(assessment: Assessment) -> str:
    return reverse("checklists:answer_link", args=[assessment.pk])


def typed(**changes: Any) -> dict[str, Any]:
    end = timezone.localtime(timezone.now() + SOON)
    return {"email": "", "expires_at": end.strftime("%Y-%m-%dT%H:%M")} | changes


def test_the_buyer_sees_the_address_once_and_the_candidate_receives_it(signed_in, assessment):
    page = signed_in.post(url(assessment), typed(email="offres@societe.example"))
    address = page.context["fresh"]["address"]
    assert f'value="{address}"' in text(page)
    assert "Il est envoyé à offres@societe.example." in text(page)
    (message,) = mail.outbox
    assert message.to == ["offres@societe.example"]
    assert address in message.body
    assert "&#" not in message.body
    assert address not in text(signed_in.get(url(assessment)))
    assert signed_in.get(address).status_code == 200


def test_without_an_address_no_message_leaves(signed_in, assessment):
    page = signed_in.post(url(assessment), typed())
    assert (page.status_code, mail.outbox) == (200, [])


def test_a_mail_server_that_is_down_is_told(signed_in, assessment, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page = signed_in.post(url(assessment), typed(email="offres@societe.example"))
    assert "n’a pas pu partir" in text(page)
    assert AnswerLink.objects.count() == 1


def test_a_wrong_entry_is_kept_and_said(signed_in, assessment):
    page = signed_in.post(url(assessment), typed(email="pas une adresse"))
    assert page.status_code == 422
    assert 'value="pas une adresse"' in text(page)
    assert "Écrivez une adresse entière" in text(page)
    assert "Choisissez une date à venir." in text(
        signed_in.post(url(assessment), typed(expires_at="2020-01-01T12:00"))
    )


def test_prolonging_and_revoking(signed_in, assessment, buyer):
    link, _token = give(assessment, buyer)
    later = timezone.localtime(timezone.now() + 9 * SOON)
    done = signed_in.post(
        reverse("checklists:link_prolong", args=[link.pk]),
        {"expires_at": later.strftime("%Y-%m-%dT%H:%M")},
    )
    assert said(done) == ["La nouvelle date est enregistrée."]
    link.refresh_from_db()
    assert (link.expires_at - later).total_seconds() < 60
    done = signed_in.post(reverse("checklists:link_revoke", args=[link.pk]))
    assert state(link) == LinkState.REVOKED
    again = signed_in.post(reverse("checklists:link_revoke", args=[link.pk]))
    assert said(again)[-1] == "Ce lien est déjà retiré\u00a0: créez-en un autre."


def test_in_a_formal_procedure_the_page_says_why_not(signed_in, buyer, facility):
    assessment = factories.assessment(buyer, facility)
    page = signed_in.get(url(assessment))
    assert "les offres se déposent sur le profil d’acheteur" in text(page)
    assert "Créer le lien" not in text(page)
    assert signed_in.post(url(assessment), typed()).status_code == 403


def test_a_reader_follows_without_acting(client, assessment, facility, buyer):
    give(assessment, buyer)
    client.force_login(factories.member(facility, Role.READER))
    page = text(client.get(url(assessment)))
    assert "Pas encore ouvert" in page
    assert "Retirer le lien" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_as_many_queries_whatever_the_number_of_links(
    signed_in, assessment, buyer, number, django_assert_num_queries
):
    for _ in range(number):
        AnswerLink.objects.exists()
        for link in AnswerLink.objects.filter(revoked_at=None):
            answer_links.revoke_link(link=link, by=buyer)
        give(assessment, buyer)
    with django_assert_num_queries(6):
        signed_in.get(url(assessment))


def test_once_the_answers_are_stopped_the_page_says_so(signed_in, assessment, buyer):
    link, _token = give(assessment, buyer)
    answer_sets.freeze(assessment=assessment, by=buyer)
    page = text(signed_in.get(url(assessment)))
    assert "Les réponses de ce candidat sont arrêtées" in page
    assert "Changer la date" not in page
    with pytest.raises(answer_links.LinkRefused, match="arrêtées"):
        answer_links.prolong_link(link=link, expires_at=timezone.now() + 2 * SOON, by=buyer)
