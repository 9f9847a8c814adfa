"""Several clausiers on one lot, each in numbered editions."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import analysis, answer_form, answer_workbook, dce
from checklists.domain import (
    answer_sets,
    answering,
    checklists,
    derogations,
    editions,
    receptions,
    version_change,
)
from checklists.domain.answering import Edit
from checklists.domain.assessments import recompute_counters, start_assessment, subject_of
from checklists.domain.checklists import NotReady
from checklists.domain.queries import grid, reservations
from checklists.enums import Force, TenderState
from checklists.models import Assessment, Checklist, Evidence, Finding
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from vendors.models import Tender

from . import decision_site
from .checklist_site import text, url


@pytest.fixture
def published(facility: Facility, buyer: User) -> Checklist:
    return factories.published_checklist(buyer, facility)


# -- What the database refuses ---------------------------------------------------------------------


def refused(by: User, **values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Checklist.objects.create(created_by=by, **values)


def test_a_lot_has_one_first_edition_a_clausier(published: Checklist, buyer: User) -> None:
    refused(buyer, lot=published.lot, version=published.version)
    other = factories.version()
    second = checklists.start_checklist(lot=published.lot, version=other, by=buyer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Checklist.objects.filter(pk=second.pk).update(version=published.version)


def test_a_correction_is_the_next_edition_of_what_is_published(
    published: Checklist, facility: Facility, buyer: User
) -> None:
    right = {
        "lot": published.lot,
        "version": published.version,
        "edition": 2,
        "replaces": published,
        "correction_reason": "Une coquille.",
    }
    draft = factories.draft_checklist(buyer, facility)
    refused(buyer, **right | {"edition": 3})
    refused(buyer, **right | {"replaces": None})
    refused(buyer, **right | {"correction_reason": ""})
    refused(buyer, **right | {"version": factories.version()})
    refused(buyer, **right | {"lot": factories.lot(facility, buyer)})
    refused(buyer, **right | {"replaces": draft, "lot": draft.lot, "version": draft.version})
    Checklist.objects.create(created_by=buyer, **right)
    refused(buyer, **right)  # one correction at a time


# -- Correcting ------------------------------------------------------------------------------------


@pytest.fixture
def draft(published: Checklist, buyer: User) -> Checklist:
    return editions.prepare_correction(checklist=published, reason=" Une coquille. ", by=buyer)


def force_in(checklist: Checklist, by: User, ref: str = "O-3.3") -> None:
    checklists.force_point(
        checklist=checklist, ref=ref, force=Force.IN, reason="Un poste est fourni.", by=by
    )


def test_a_correction_starts_with_every_decision(facility: Facility, buyer: User) -> None:
    first = factories.draft_checklist(buyer, facility)
    force_in(first, buyer)
    checklists.set_knock_out(checklist=first, ref="O-7.1", is_knock_out=True, by=buyer)
    derogations.derogate(
        checklist=first,
        ref="O-7.2",
        kind="adapted",
        wording="Sous 48 h.",
        reason="Délai.",
        by=buyer,
    )
    published = editions.publish(checklist=first, by=buyer)
    second = editions.prepare_correction(checklist=published, reason="Une coquille.", by=buyer)
    assert (second.edition, second.replaces) == (2, published)
    before, after = checklists.content(published), checklists.content(second)
    added = {"edition", "replaces", "correction"}
    assert {name: it for name, it in after.items() if name not in added} == before
    assert after["replaces"] == published.content_sha256
    assert editions.changes_of(second) == []


def test_a_correction_has_its_hash_and_its_list_of_differences(
    draft: Checklist, published: Checklist, buyer: User
) -> None:
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)
    assert second.content_sha256 != published.content_sha256
    assert [tuple(change) for change in editions.changes_of(second)] == [
        ("O-3.3", "Demandé au candidat", "non", "oui"),
        ("O-3.3", "Motif de l’acheteur", "", "Un poste est fourni."),
    ]
    published.refresh_from_db()
    assert published.content_sha256 == checklists.fingerprint(published)


def test_a_correction_that_changes_nothing_is_not_published(draft: Checklist, buyer: User) -> None:
    with pytest.raises(NotReady, match="Rien ne change encore"):
        editions.publish(checklist=draft, by=buyer)


def test_one_more_clausier_binds_the_lot_before_the_deadline_and_never_after(
    published: Checklist, buyer: User
) -> None:
    version = factories.version(points=[factories.POINTS[-1]])
    draft = checklists.start_checklist(lot=published.lot, version=version, by=buyer)
    tender = published.lot.tender
    tender.deadline = timezone.now() - dt.timedelta(minutes=1)
    tender.save()
    draft.refresh_from_db()
    assert [one.place for one in checklists.blockers(draft)] == ["tender"]
    with pytest.raises(NotReady, match="publié et ne change plus"):
        checklists.publish(checklist=draft, by=buyer)
    tender.deadline = timezone.now() + dt.timedelta(days=1)
    tender.save()
    draft.refresh_from_db()
    assert checklists.publish(checklist=draft, by=buyer).is_published


def test_one_correction_at_a_time_and_only_of_the_last(
    draft: Checklist, published: Checklist, buyer: User
) -> None:
    with pytest.raises(NotReady, match="édition 2 est déjà en préparation"):
        editions.prepare_correction(checklist=published, reason="Autre.", by=buyer)
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)
    with pytest.raises(NotReady, match="déjà remplacée par l’édition 2"):
        editions.prepare_correction(checklist=published, reason="Autre.", by=buyer)
    third = editions.prepare_correction(checklist=second, reason="Autre.", by=buyer)
    assert third.edition == 3


def test_a_correction_needs_a_reason_and_a_published_checklist(
    published: Checklist, facility: Facility, buyer: User
) -> None:
    with pytest.raises(NotReady, match="Écrivez le motif"):
        editions.prepare_correction(checklist=published, reason=" ", by=buyer)
    with pytest.raises(NotReady, match="n’est pas publiée"):
        editions.prepare_correction(
            checklist=factories.draft_checklist(buyer, facility), reason="Non.", by=buyer
        )


def pass_the_deadline(checklist: Checklist) -> None:
    Tender.objects.filter(pk=checklist.lot.tender_id).update(
        deadline=timezone.now() - dt.timedelta(minutes=1)
    )


def test_after_the_deadline_nothing_is_corrected(
    draft: Checklist, published: Checklist, buyer: User
) -> None:
    force_in(draft, buyer)
    pass_the_deadline(draft)
    with pytest.raises(NotReady, match="date limite de remise des offres est passée"):
        editions.publish(checklist=draft, by=buyer)
    checklists.discard_draft(checklist=draft, by=buyer)
    with pytest.raises(NotReady, match="date limite de remise des offres est passée"):
        editions.prepare_correction(checklist=published, reason="Trop tard.", by=buyer)


def test_after_the_opening_nothing_is_corrected(published: Checklist, buyer: User) -> None:
    factories.opening(published.lot.tender, buyer)
    with pytest.raises(NotReady, match="plis sont ouverts"):
        editions.prepare_correction(checklist=published, reason="Trop tard.", by=buyer)


def test_after_the_answers_of_a_candidate_are_settled_nothing_is_corrected(
    draft: Checklist, published: Checklist, buyer: User
) -> None:
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    answer_sets.freeze(assessment=assessment, by=buyer)
    force_in(draft, buyer)
    with pytest.raises(NotReady, match="réponses d’un candidat sont déjà arrêtées"):
        editions.publish(checklist=draft, by=buyer)


def test_a_correction_stays_on_its_version(draft: Checklist, buyer: User) -> None:
    with pytest.raises(NotReady, match="reste sur la version"):
        version_change.change_version(checklist=draft, version=factories.version(), by=buyer)


# -- What was entered before the correction --------------------------------------------------------


def enter(assessment: Assessment, by: User, **values: str) -> None:
    edits = [Edit(ref.replace("_", "."), "claim", value, 0) for ref, value in values.items()]
    outcome = answering.save_fields(
        assessment_id=assessment.pk, edits=edits, is_whole_form=False, by=by
    )
    assert outcome.is_clean


def test_what_was_entered_follows_its_point(
    published: Checklist, facility: Facility, buyer: User
) -> None:
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    enter(assessment, buyer, **{"O-7_1": "yes", "O-7_2": "no"})
    draft = editions.prepare_correction(checklist=published, reason="Un point de trop.", by=buyer)
    checklists.force_point(
        checklist=draft, ref="O-7.2", force=Force.OUT, reason="Hors objet.", by=buyer
    )
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)

    assessment.refresh_from_db()
    assert assessment.checklist == second
    held = {state.ref: state.claim for state in grid.states(assessment) if not state.is_reminder}
    assert held["O-7.1"] == "yes" and "O-7.2" not in held and held["O-3.3"] == ""
    assert assessment.answered == 1
    assert recompute_counters(assessment) == []
    told = journal.history(tenant=facility.pk, subject=subject_of(assessment.pk))[-1]
    assert (told.action, told.data["gone"]) == ("assessment.edition_changed", {"O-7.2": ["no", ""]})


def test_files_and_findings_follow_their_point_too(published: Checklist, buyer: User) -> None:
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    items = {ref: published.items.get(point__ref=ref) for ref in ("O-7.1", "O-7.2")}
    now = timezone.now()
    file = Evidence.objects.create(
        assessment=assessment, name="PAS.pdf", kind="pdf", file_name="x", file_sha256="a" * 64,
        file_size=1, added_at=now, added_by=buyer,
    )  # fmt: skip
    file.items.set(items.values())
    for item in items.values():
        Finding.objects.create(
            assessment=assessment, item=item, role="ciso", value="favourable", value_version=1,
            version=1, updated_at=now, updated_by=buyer,
        )  # fmt: skip
    draft = editions.prepare_correction(checklist=published, reason="Un point de trop.", by=buyer)
    checklists.force_point(
        checklist=draft, ref="O-7.2", force=Force.OUT, reason="Hors objet.", by=buyer
    )
    second = editions.publish(checklist=draft, by=buyer)
    kept = second.items.get(point__ref="O-7.1")
    assert list(file.items.all()) == [kept]
    assert [one.item for one in Finding.objects.filter(assessment=assessment)] == [kept]


def test_decisions_follow_their_point_too(facility: Facility, buyer: User) -> None:
    assessment = factories.informal_assessment(buyer, facility)
    decision_site.score_points(assessment, buyer)
    refused = decision_site.edit(assessment, "O-2.1", "refused")
    reserved = decision_site.reservation(assessment, "O-7.1")
    decision_site.ready(assessment, buyer, refused, reserved)
    draft = editions.prepare_correction(
        checklist=assessment.checklist, reason="Un point de trop.", by=buyer
    )
    checklists.force_point(
        checklist=draft, ref="O-7.1", force=Force.OUT, reason="Hors objet.", by=buyer
    )
    editions.publish(checklist=draft, by=buyer)
    assessment.refresh_from_db()
    assert decision_site.decided(assessment) == {
        "O-1.1": "accepted",
        "O-2.1": "refused",
        "O-7.2": "accepted",
    }
    assert not reservations.of_tender(assessment.candidacy.lot.tender).exists()
    told = journal.history(tenant=facility.pk, subject=subject_of(assessment.pk))[-1]
    assert told.data["gone"]["O-7.1"][-2:] == ["reserved", "Chiffrer les sauvegardes."]


def test_letters_sent_before_a_correction_are_told_and_numbered_on(
    facility: Facility, buyer: User
) -> None:
    assessment = factories.asked(buyer, factories.informal_assessment(buyer, facility)).assessment
    draft = editions.prepare_correction(checklist=assessment.checklist, reason="Oubli.", by=buyer)
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)
    assessment.refresh_from_db()
    assert factories.asked(buyer, assessment, "O-3.3").exchange.number == 2
    told = analysis.section(second).part(analysis.EXCHANGES)
    assert told is not None
    first, then = told.proposed.splitlines()
    assert "Demande de précisions n° 1 du" in first and "sur O-7.1, O-7.2." in first
    assert "Demande de précisions n° 2 du" in then and "sur O-3.3." in then


def test_a_candidate_is_assessed_on_the_edition_that_stands(
    draft: Checklist, published: Checklist, buyer: User
) -> None:
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)
    candidacy = factories.candidacy(published.lot, buyer)
    with pytest.raises(NotReady):
        start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    assert start_assessment(candidacy=candidacy, checklist=second, by=buyer).checklist == second


# -- Pages -----------------------------------------------------------------------------------------


def test_the_journey_of_a_correction(signed_in: Client, published: Checklist, buyer: User) -> None:
    first = text(signed_in.get(url("publish", published.pk)))
    assert "Édition 1, publiée le" in first and url("correct", published.pk) in first
    refused = signed_in.post(url("correct", published.pk), {"reason": ""})
    assert refused.status_code == 422 and "Écrivez le motif." in text(refused)
    begun: Any = signed_in.post(url("correct", published.pk), {"reason": "Une coquille."})
    draft = Checklist.objects.get(edition=2)
    assert begun.url == url("points", draft.pk)
    assert "Rien encore" in text(signed_in.get(url("publish", draft.pk)))
    force_in(draft, buyer)
    page = signed_in.get(url("publish", draft.pk))
    assert "Ce qui change depuis l’édition 1" in text(page)
    signed_in.post(url("publish", draft.pk), {"content": page.context["content"]})
    told = text(signed_in.get(url("publish", draft.pk)))
    assert "Édition 2, publiée le" in told and "Un poste est fourni." in told
    assert "Cette édition est remplacée" in text(signed_in.get(url("publish", published.pk)))
    detail = text(
        signed_in.get(reverse("checklists:tender_detail", args=[published.lot.tender_id]))
    )
    assert "Édition 2, publiée le" in detail


def test_the_tender_shows_the_edition_that_stands_and_the_one_under_way(
    signed_in: Client, draft: Checklist, published: Checklist
) -> None:
    page = signed_in.get(reverse("checklists:tender_detail", args=[published.lot.tender_id]))
    sheet = page.context["blocks"][0].sheets[0]
    assert (sheet.checklist, sheet.sheet.correction) == (published, draft)
    assert "L’édition 2 est en préparation" in text(page)
    assert page.context["tender"].state == TenderState.PUBLISHED


def test_a_workbook_of_the_former_edition_is_recognised(
    signed_in: Client, facility: Facility, buyer: User, draft: Checklist, published: Checklist
) -> None:
    workbook = answer_workbook.written(answer_form.blank(published), "xlsx")
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)
    form = answer_form.blank(second)
    assert form.edition == 2 and form.sha256 == second.content_sha256
    factories.opening(published.lot.tender, buyer)
    assessment = start_assessment(
        candidacy=factories.candidacy(published.lot, buyer), checklist=second, by=buyer
    )
    reception, _is_new = receptions.receive(
        assessment=assessment, content=workbook, kind="xlsx", sent_as="réponse.xlsx", by=buyer
    )
    page = text(signed_in.get(reverse("checklists:reception_detail", args=[reception.pk])))
    assert "Ce classeur répond à l’édition 1, corrigée par l’édition 2." in page
    assert "O-3.3" in page


def test_the_annexes_say_the_edition_and_what_it_changes(draft: Checklist, buyer: User) -> None:
    force_in(draft, buyer)
    second = editions.publish(checklist=draft, by=buyer)
    data = dce.gather(second)
    assert data["checklist"]["edition"] == 2
    assert data["changes"][0]["ref"] == "O-3.3"
    assert "-edition-2" in dce.download_name(data)
    for html in (dce.clausier_html(data), dce.rc_html(data)):
        assert "Ce que change l’édition 2" in html and "Une coquille." in html
