"""Files that came after the deadline: marked, out of the analysis, until the buyer decides."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import answer_files, answers_child, dossier_missing, report
from checklists.domain import answering, late_files
from checklists.domain.queries import grid, my_points
from checklists.enums import LateDecision, TenderState
from checklists.models import Assessment, Deposit, LateFile, Reception, TakeOver
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

from .answer_site import comma_table
from .deposit_worker import worked
from .test_receptions import answer, words

DEADLINE = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)
"""Noon in Paris."""

LATE = {"when": "late", "deposited_at": "2026-03-02T12:01"}
REASON = "Copie de sauvegarde reçue à temps."


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_files, "_ask_child", answers_child.answer)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return dated(factories.assessment(buyer, facility))


def dated(made: Assessment) -> Assessment:
    tender = made.candidacy.lot.tender
    tender.deadline = DEADLINE
    tender.save(update_fields=["deadline"])
    return made


def lines(answers: str = "O-7.1 OUI") -> SimpleUploadedFile:
    content = comma_table(("Point", "Réponse"), tuple(answers.split()))
    return SimpleUploadedFile("offre.csv", content)


def send(client: Client, assessment: Assessment, **data: Any) -> Any:
    url = reverse("checklists:reception_list", args=[assessment.pk])
    return client.post(url, {"file": lines()} | data, follow=True)


def decide(client: Client, decision: str, reason: str = REASON) -> Any:
    url = reverse("checklists:reception_late", args=[Reception.objects.get().pk])
    return client.post(url, {"decision": decision, "reason": reason}, follow=True)


def take(client: Client) -> Any:
    return client.post(reverse("checklists:reception_detail", args=[Reception.objects.get().pk]))


def is_out(assessment: Assessment) -> bool:
    found: Any = grid.assessments().get(pk=assessment.pk)
    return bool(found.is_out)


def tender_page(client: Client, assessment: Assessment) -> Any:
    return client.get(
        reverse("checklists:tender_detail", args=[assessment.candidacy.lot.tender_id])
    )


def test_a_file_is_in_time_unless_the_buyer_says_otherwise(
    signed_in: Client, assessment: Assessment
) -> None:
    page = signed_in.get(reverse("checklists:reception_list", args=[assessment.pk]))
    assert "Avant la date limite (2 mars 2026, 12:00)" in words(page)
    # A date that is left in the hidden field of a file in time says nothing.
    send(signed_in, assessment, when="in_time", deposited_at=LATE["deposited_at"])
    assert not LateFile.objects.exists() and not is_out(assessment)
    assert take(signed_in).status_code == 302
    assert answer(assessment, "O-7.1") == ("yes", "")


def test_a_late_file_is_kept_marked_and_out_of_the_analysis(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    page = send(signed_in, assessment, **LATE)
    late = LateFile.objects.get()
    assert (late.deposited_at, late.deadline) == (DEADLINE + dt.timedelta(minutes=1), DEADLINE)
    assert "Hors délai" in words(page) and "R2151-5" in words(page)
    assert "Reprendre" not in words(page)
    refused = take(signed_in)
    assert refused.status_code == 422 and "tant qu’il n’est pas admis" in words(refused)
    assert answer(assessment, "O-7.1") == ("", "") and not TakeOver.objects.exists()
    assert is_out(assessment)
    before, assessment = assessment, Assessment.objects.get(pk=assessment.pk)
    assert assessment.changed_at > before.changed_at  # the document must say it
    assert "Hors de l’analyse" in words(tender_page(signed_in, assessment))
    grid_page = signed_in.get(reverse("checklists:assessment_grid", args=[assessment.pk]))
    assert "Hors délai" in words(grid_page)
    event = AuditEvent.objects.get(action="reception.late")
    assert event.actor == buyer.pk and event.data["deadline"] == DEADLINE.isoformat()


def test_admitted_it_is_taken_over_like_any_other(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    send(signed_in, assessment, **LATE)
    page = decide(signed_in, LateDecision.ADMITTED)
    assert "Hors délai, admis" in words(page) and REASON in words(page)
    assert not is_out(assessment)
    assert take(signed_in).status_code == 302
    assert answer(assessment, "O-7.1") == ("yes", "")
    event = AuditEvent.objects.get(action="reception.late_decided")
    assert (event.actor, event.data["decision"], event.data["reason"]) == (
        buyer.pk, "admitted", REASON,
    )  # fmt: skip


def test_the_report_and_the_summary_tell_of_it(signed_in: Client, assessment: Assessment) -> None:
    send(signed_in, assessment, **LATE)
    summary = reverse("checklists:assessment_summary", args=[assessment.pk])
    assert "Classeur 1 déposé après la date limite." in words(signed_in.get(summary))
    decide(signed_in, LateDecision.ADMITTED)
    assert REASON in words(signed_in.get(summary))
    (told,) = report.gather(assessment.pk)["assessment"]["late_files"]
    assert (told["reception"], told["decision"], told["reason"]) == (1, "admitted", REASON)


def test_kept_out_it_stays_out_and_the_decision_stands(
    signed_in: Client, assessment: Assessment
) -> None:
    send(signed_in, assessment, **LATE)
    page = decide(signed_in, LateDecision.KEPT_OUT, "Déposé une minute trop tard.")
    assert "Hors délai, écarté" in words(page) and is_out(assessment)
    again = decide(signed_in, LateDecision.ADMITTED)
    assert again.status_code == 422 and "ne change plus" in words(again)
    assert take(signed_in).status_code == 422
    assert LateFile.objects.get().decision == LateDecision.KEPT_OUT
    told = dossier_missing.missing(assessment.candidacy.lot.tender)
    assert not [one for one in told if assessment.candidacy.vendor.name in one]


def test_a_decision_needs_its_reason_and_what_was_chosen_stays(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    send(signed_in, assessment, **LATE)
    page = decide(signed_in, LateDecision.ADMITTED, "  ")
    assert page.status_code == 422 and "Donnez le motif" in words(page)
    assert 'value="admitted"' in page.content.decode().split("checked")[0][-200:]
    with pytest.raises(late_files.NotDecided):
        late_files.decide(
            late=LateFile.objects.get(), decision=LateDecision.ADMITTED, reason=" ", by=buyer
        )
    assert decide(signed_in, "autre").status_code == 422
    assert LateFile.objects.get().decision == ""


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("", "Donnez la date"),
        ("2026-03-02T12:00", "n’est pas après la date limite"),
        ("2999-01-01T12:00", "est à venir"),
        ("hier", "par exemple 15/07/2026"),
    ],
)
def test_the_moment_of_a_late_deposit_is_checked(
    signed_in: Client, assessment: Assessment, moment: str, why: str
) -> None:
    page = send(signed_in, assessment, when="late", deposited_at=moment)
    assert page.status_code == 422 and why in words(page)
    assert not Reception.objects.exists()


def test_without_a_deadline_nothing_is_late(signed_in: Client, assessment: Assessment) -> None:
    tender = assessment.candidacy.lot.tender
    tender.deadline = None
    tender.save(update_fields=["deadline"])
    page = send(signed_in, assessment, **LATE)
    assert "Hors délai" not in words(page) and not LateFile.objects.exists()


def test_a_file_in_time_keeps_its_candidate_in(signed_in: Client, assessment: Assessment) -> None:
    send(signed_in, assessment)
    send(signed_in, assessment, file=lines("O-7.1 NON"), **LATE)
    assert LateFile.objects.count() == 1 and not is_out(assessment)


def test_a_candidate_that_is_out_does_not_hold_the_tender_up(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    send(signed_in, assessment, **LATE)
    other = factories.candidacy(assessment.candidacy.lot, buyer)
    url = reverse(
        "checklists:assessment_start", args=[other.pk, assessment.checklist.version.clausier.code]
    )
    signed_in.post(url)
    scored = other.assessments.get()
    for ref in scored.scores.values_list("item__point__ref", flat=True):
        answering.save_field(
            assessment_id=scored.pk, ref=ref, field="score", value="compliant",
            base_version=0, by=buyer,
        )  # fmt: skip
    page = tender_page(signed_in, assessment)
    tender = page.context["tender"]
    assert (tender.state, tender.scored, tender.total) == (TenderState.FINISHED, 4, 4)
    assert "1 candidat sur 1" in words(page)


def test_nobody_is_asked_to_review_a_candidate_that_is_out(
    signed_in: Client, assessment: Assessment, facility: Facility
) -> None:
    ciso = factories.member(facility, Role.CISO)
    places = my_points.places_of(ciso)
    assert list(my_points.assessments_of(ciso, places)) == [assessment]
    send(signed_in, assessment, **LATE)
    assert not my_points.assessments_of(ciso, places).exists()
    decide(signed_in, LateDecision.ADMITTED)
    assert list(my_points.assessments_of(ciso, places)) == [assessment]


def test_late_files_dropped_together_wait_for_their_decision(
    signed_in: Client, assessment: Assessment
) -> None:
    vendor = assessment.candidacy.vendor
    url = reverse("checklists:deposit_list", args=[assessment.checklist_id])
    files = [
        SimpleUploadedFile(f"{vendor.name}.csv", lines().read()),
        SimpleUploadedFile("reponse.csv", lines("O-7.1 NON").read()),
    ]
    signed_in.post(url, {"workbooks": files} | LATE)
    assert worked() == ["SUCCESSFUL"]
    page = signed_in.get(url)
    assert "hors délai : à décider" in words(page)
    assert is_out(assessment)
    signed_in.post(reverse("checklists:deposit_take_over", args=[assessment.checklist_id]))
    assert worked() == ["SUCCESSFUL"]
    assert answer(assessment, "O-7.1") == ("", "")
    waiting = Deposit.objects.get(reception=None)
    assert waiting.deposited_at == DEADLINE + dt.timedelta(minutes=1)
    data = {f"candidat-{waiting.pk}": assessment.candidacy_id}
    signed_in.post(reverse("checklists:deposit_give", args=[assessment.checklist_id]), data)
    assert LateFile.objects.count() == 2


@pytest.fixture
def informal(buyer: User, facility: Facility) -> Assessment:
    """A purchase without an opening: its deadline may still move once it has passed."""
    return dated(factories.informal_assessment(buyer, facility))


def move_deadline(client: Client, assessment: Assessment, deadline: str) -> None:
    tender = assessment.candidacy.lot.tender
    told = {"reference": tender.reference, "title": tender.title, "procedure": tender.procedure}
    client.post(reverse("vendors:tender_edit", args=[tender.pk]), told | {"deadline": deadline})
    tender.refresh_from_db()
    assert bool(tender.deadline) == bool(deadline) and tender.deadline != DEADLINE


def drop_late(client: Client, assessment: Assessment, name: str = "reponse.csv") -> str:
    url = reverse("checklists:deposit_list", args=[assessment.checklist_id])
    client.post(url, {"workbooks": SimpleUploadedFile(name, lines().read())} | LATE)
    return url


@pytest.mark.parametrize("deadline", ["2026-03-02T18:00", ""], ids=["put off", "taken away"])
def test_a_file_whose_deadline_has_moved_is_in_time(
    signed_in: Client, informal: Assessment, deadline: str
) -> None:
    url = drop_late(signed_in, informal)
    assert worked() == ["SUCCESSFUL"]
    page = words(signed_in.get(url))
    assert "Hors délai" in waiting(page) and "dans les temps" not in page
    move_deadline(signed_in, informal, deadline)
    page = words(signed_in.get(url))
    assert "Déposé le 2 mars 2026, 12:01 : dans les temps" in waiting(page)
    assert "Hors délai" not in waiting(page)
    data = {f"candidat-{Deposit.objects.get().pk}": informal.candidacy_id}
    given = signed_in.post(
        reverse("checklists:deposit_give", args=[informal.checklist_id]), data, follow=True
    )
    assert "1 fichier attribué." in words(given)
    assert not LateFile.objects.exists() and not is_out(informal)
    event = AuditEvent.objects.get(action="reception.in_time")
    assert event.data["deposited_at"] == (DEADLINE + dt.timedelta(minutes=1)).isoformat()
    assert bool(event.data["deadline"]) == bool(deadline)


@pytest.mark.parametrize("deadline", ["2026-03-02T18:00", ""], ids=["put off", "taken away"])
def test_a_file_read_after_its_deadline_has_moved_holds_no_other_up(
    signed_in: Client, informal: Assessment, deadline: str
) -> None:
    url = drop_late(signed_in, informal, f"{informal.candidacy.vendor.name}.csv")
    move_deadline(signed_in, informal, deadline)
    signed_in.post(url, {"workbooks": SimpleUploadedFile("b.csv", lines("O-7.1 NON").read())})
    assert worked() == ["SUCCESSFUL", "SUCCESSFUL"]
    assert not Deposit.objects.filter(is_read=False).exists()
    assert Reception.objects.get().assessment == informal and not is_out(informal)


def waiting(page: str) -> str:
    """What the page says of the files that wait for their candidate."""
    return page.partition("Fichiers à attribuer")[2].partition("Attribuer aux candidats")[0]


def test_what_is_late_stays_late_and_is_decided_once(
    signed_in: Client, assessment: Assessment
) -> None:
    send(signed_in, assessment, **LATE)
    decide(signed_in, LateDecision.KEPT_OUT)
    for sql, message in (
        ("UPDATE checklists_latefile SET deadline = deposited_at", "stays late"),
        ("DELETE FROM checklists_latefile", "stays late"),
        ("UPDATE checklists_latefile SET decision = 'admitted'", "decided once"),
    ):
        with (
            pytest.raises(DatabaseError, match=message),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"deposited_at": DEADLINE}, "late_file_after_the_deadline"),
        ({"decision": "admitted"}, "late_file_decided_with_reason"),
        ({"reason": "Un motif."}, "late_file_decided_with_reason"),
    ],
)
def test_a_late_file_that_says_half_is_refused_by_the_database(
    signed_in: Client, assessment: Assessment, fields: dict[str, Any], name: str
) -> None:
    send(signed_in, assessment)
    values = {
        "reception": Reception.objects.get(),
        "deadline": DEADLINE,
        "deposited_at": timezone.now(),
    }
    with pytest.raises(IntegrityError, match=name):
        LateFile.objects.create(**values | fields)
