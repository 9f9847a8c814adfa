"""Closing the reception: the answers of all the candidates are stopped under their hashes."""

import datetime as dt
import hashlib
import json
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import answer_files, answers_child, report
from checklists.domain import answer_sets, answering, closing, receptions
from checklists.enums import LateDecision
from checklists.models import Assessment, Checklist, LateFile
from tests import at_once, factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import canonical
from uniha_clausier.common.models import AuditEvent

from .test_receptions import answer, words


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_files, "_ask_child", answers_child.answer)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    """An assessment with one answer and one score."""
    made = factories.assessment(buyer, facility)
    write(made, buyer, "claim", "yes")
    write(made, buyer, "score", "partial")
    return made


def write(assessment: Assessment, by: User, field: str, value: str, ref: str = "O-7.1") -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )


def url(assessment: Assessment) -> str:
    return reverse("checklists:answers_freeze", args=[assessment.checklist_id])


# -- Stopping ------------------------------------------------------------------------------------


def test_the_buyer_stops_the_answers_of_all_the_candidates_at_once(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    page = signed_in.get(url(assessment))
    assert assessment.candidacy.vendor.name in words(page)
    told = answer_sets.content(assessment)
    page = signed_in.post(url(assessment), follow=True)
    assert "Réponses arrêtées pour 1 candidat." in words(page)
    assessment.refresh_from_db()
    assert assessment.answers_sha256 == canonical.sha256_of(told)
    assert assessment.answers_frozen_by == buyer and assessment.answers_frozen_at
    assert {"ref": "O-7.1", "value": "yes", "text": ""} in told["answers"]
    event = AuditEvent.objects.get(action="answers.frozen")
    assert (event.actor, event.data["sha256"]) == (buyer.pk, assessment.answers_sha256)
    again = signed_in.post(url(assessment), follow=True)
    assert "Aucun candidat n’a de réponses à arrêter." in words(again)
    assert "Aucun candidat" in words(signed_in.get(url(assessment)))


@at_once.needs_locks
@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_stop_them_at_once_read_what_is_so() -> None:
    at = factories.facility()
    first, second = factories.member(at), Client()
    second.force_login(factories.member(at))
    assessment = factories.assessment(first, at)
    answer = at_once.behind(
        lambda: closing.close_reception(checklist=assessment.checklist, by=first),
        lambda: second.post(url(assessment), follow=True),
    )
    assert answer.status_code == 200
    assert "Aucun candidat n’a de réponses à arrêter." in words(answer)
    assert AuditEvent.objects.filter(action="answers.frozen").count() == 1


@pytest.mark.parametrize("is_signed", [False, True])
def test_answers_sent_or_signed_meanwhile_are_left_as_they_are(
    signed_in: Client,
    assessment: Assessment,
    buyer: User,
    is_signed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = factories.started(assessment.checklist, buyer)
    lock = closing._lock

    def meanwhile(checklist: Checklist) -> None:
        if is_signed:
            factories.signed(assessment, buyer)
        else:
            answer_sets.freeze(assessment=assessment, by=buyer)
        lock(checklist)

    monkeypatch.setattr(closing, "_lock", meanwhile)
    page = signed_in.post(url(assessment), follow=True)
    assert "Réponses arrêtées pour 1 candidat." in words(page)
    other.refresh_from_db()
    assessment.refresh_from_db()
    assert other.answers_frozen_at and bool(assessment.answers_frozen_at) != is_signed


def test_once_stopped_an_answer_never_changes_and_a_score_still_does(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    signed_in.post(url(assessment))
    with pytest.raises(answering.AnswersFrozen, match="sont arrêtées depuis le"):
        write(assessment, buyer, "claim", "no")
    save = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.1"])
    refused = signed_in.post(save, {"field": "claim_text", "value": "Tard.", "version": 9})
    assert refused.status_code == 422 and "sont arrêtées" in refused.json()["error"]
    edits = [
        answering.Edit("O-7.1", "claim", "yes", 0),  # what stands already, as a whole form sends it
        answering.Edit("O-7.1", "claim_text", "Tard.", 0),
        answering.Edit("O-7.1", "comment", "Lu.", 99),
    ]
    outcome = answering.save_fields(assessment_id=assessment.pk, edits=edits, by=buyer)
    assert [edit.field for edit, _error in outcome.refused] == ["claim_text"]
    assert [edit.field for edit in outcome.saved] == ["comment"]
    assert answer(assessment, "O-7.1") == ("yes", "")


def test_a_file_received_afterwards_is_kept_and_not_taken_over(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    reception, _is_new = receptions.receive(
        assessment=assessment,
        content="Point;Réponse\r\nO-7.2;OUI\r\n".encode(),
        kind="csv",
        sent_as="a.csv",
        by=buyer,
    )
    assert "1 classeur reçu n’est pas repris" in words(signed_in.get(url(assessment)))
    signed_in.post(url(assessment))
    detail = reverse("checklists:reception_detail", args=[reception.pk])
    assert "rien n’est plus repris" in words(signed_in.get(detail))
    refused = signed_in.post(detail)
    assert refused.status_code == 422 and "sont arrêtées" in words(refused)
    assert answer(assessment, "O-7.2") == ("", "")


def test_the_files_that_were_taken_over_are_part_of_the_hash(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    reception, _is_new = receptions.receive(
        assessment=assessment,
        content="Point;Réponse\r\nO-7.2;OUI\r\n".encode(),
        kind="csv",
        sent_as="a.csv",
        by=buyer,
    )
    assert answer_sets.content(assessment)["receptions"] == []
    signed_in.post(reverse("checklists:reception_detail", args=[reception.pk]))
    assert answer_sets.content(assessment)["receptions"] == [
        {"number": 1, "sha256": reception.file_sha256}
    ]


def deadline_to_come(assessment: Assessment) -> None:
    tender = assessment.candidacy.lot.tender
    tender.deadline = timezone.now() + dt.timedelta(hours=1)
    tender.save(update_fields=["deadline"])


def undecided_late_file(assessment: Assessment) -> None:
    reception, _is_new = receptions.receive(
        assessment=assessment, content=b"a", kind="csv", sent_as="a.csv", by=assessment.created_by
    )
    now = timezone.now()
    LateFile.objects.create(
        reception=reception, deposited_at=now, deadline=now - dt.timedelta(hours=1)
    )


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (deadline_to_come, "sont attendues jusqu’au"),
        (undecided_late_file, "1 classeur hors délai attend votre décision."),
    ],
)
def test_answers_are_not_stopped_before_everything_is_in(
    signed_in: Client, assessment: Assessment, before: Any, why: str
) -> None:
    before(assessment)
    assert why in words(signed_in.get(url(assessment)))
    page = signed_in.post(url(assessment), follow=True)
    assert why in words(page)
    assessment.refresh_from_db()
    assert assessment.answers_frozen_at is None


def test_a_late_file_kept_out_holds_nothing_up(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    undecided_late_file(assessment)
    LateFile.objects.update(
        decision=LateDecision.KEPT_OUT, reason="Tard.", decided_at=timezone.now(), decided_by=buyer
    )
    page = words(signed_in.get(url(assessment)))
    assert "n’est pas repris" not in page and "Arrêter les réponses de 1 candidat" in page


# -- Where it is read ----------------------------------------------------------------------------


def test_the_grid_and_the_summary_say_it_with_the_hash_and_how_it_is_computed(
    signed_in: Client, assessment: Assessment
) -> None:
    signed_in.post(url(assessment))
    assessment.refresh_from_db()
    for name in ("assessment_grid", "assessment_summary"):
        page = signed_in.get(reverse(f"checklists:{name}", args=[assessment.pk]))
        html = page.content.decode()
        assert (
            "Réponses arrêtées le" in html and f"{reverse('help')}#empreinte-des-reponses" in html
        )
        assert assessment.answers_sha256 in words(page).replace(" ", "")
    assert 'id="empreinte-des-reponses"' in signed_in.get(reverse("help")).content.decode()


def test_the_fields_of_the_candidate_are_closed_and_those_of_the_buyer_open(
    signed_in: Client, assessment: Assessment
) -> None:
    grid = reverse("checklists:assessment_grid", args=[assessment.pk])
    assert 'claim_text" readonly' not in signed_in.get(grid).content.decode()
    signed_in.post(url(assessment))
    html = signed_in.get(grid).content.decode()
    assert '<input type="radio" name="O-7.1.claim" value="yes" checked disabled>' in html
    assert 'name="O-7.1.claim_text" readonly' in html
    assert '<input type="radio" name="O-7.1.score" value="partial" checked>' in html
    assert 'name="O-7.1.comment" readonly' not in html


def test_the_report_holds_all_that_computes_the_hash_again(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    assert report.gather(assessment.pk)["assessment"]["answers_frozen"] is None
    signed_in.post(url(assessment))
    data = report.gather(assessment.pk)
    frozen = data["assessment"]["answers_frozen"]
    told = {
        "format": "clausier/reponses",
        "format_version": 1,
        "checklist_sha256": data["checklist"]["sha256"],
        "answers": [
            {"ref": point["ref"], "value": point["claim"]["value"], "text": point["claim"]["text"]}
            for point in data["points"]
            if point["is_scored"]
        ],
        "receptions": frozen["receptions"],
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert frozen["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert frozen["by"] == str(buyer)


# -- The database --------------------------------------------------------------------------------


def test_the_database_refuses_another_hash(signed_in: Client, assessment: Assessment) -> None:
    signed_in.post(url(assessment))
    for sql, message in (
        ("UPDATE checklists_assessment SET answers_sha256 = ''", "under one hash"),
        ("UPDATE checklists_assessment SET answers_frozen_at = NULL", "under one hash"),
    ):
        with (
            pytest.raises(DatabaseError, match=message),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
