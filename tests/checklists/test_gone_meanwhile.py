"""What a page shows is gone when the act comes: a colleague, or the second click, was faster."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from checklists.domain import assessments, checklists, evidence
from checklists.models import Assessment, Checklist, Evidence
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from vendors.domain import candidacies, certificates
from vendors.models import Candidacy, Certificate

from .checklist_site import text

Faster = Callable[[Any, str, Callable[..., object]], None]


@pytest.fixture
def faster(monkeypatch: pytest.MonkeyPatch) -> Faster:
    """Let another act come between the door of a page and the function that it calls."""

    def install(module: Any, name: str, act: Callable[..., object]) -> None:
        meant = getattr(module, name)

        def second(**told: Any) -> object:
            monkeypatch.setattr(module, name, meant)
            act(**told)
            return meant(**told)

        monkeypatch.setattr(module, name, second)

    return install


@pytest.fixture
def draft(facility: Facility, buyer: User) -> Checklist:
    return factories.draft_checklist(buyer, facility)


@pytest.fixture
def file(facility: Facility, buyer: User) -> Evidence:
    sent = evidence.SentFile(b"%PDF-1.7 justificatif", "pdf", "Justificatif.pdf")
    assessment = factories.assessment(buyer, facility)
    return evidence.attach(assessment=assessment, ref="O-7.1", file=sent, by=buyer)


def said(client: Client, name: str, *key: Any, **told: Any) -> str:
    """What the page to which an act leads says."""
    response = client.post(reverse(name, args=key), told, follow=True)
    assert response.status_code == 200
    return text(response)


def test_a_candidate_is_withdrawn_once(
    signed_in: Client, facility: Facility, buyer: User, faster: Faster
) -> None:
    candidacy = factories.candidacy(factories.lot(facility, buyer), buyer)
    faster(candidacies, "withdraw_candidate", candidacies.withdraw_candidate)
    told = said(signed_in, "vendors:candidate_withdraw", candidacy.pk)
    assert "Ce candidat vient d’être retiré." in told
    assert not Candidacy.objects.exists()


def test_no_assessment_of_a_candidate_who_is_withdrawn(
    signed_in: Client, facility: Facility, buyer: User, faster: Faster
) -> None:
    checklist = factories.published_checklist(buyer, facility)
    candidacy = factories.candidacy(checklist.lot, buyer)
    faster(
        assessments,
        "start_assessment",
        lambda **_told: candidacies.withdraw_candidate(candidacy=candidacy, by=buyer),
    )
    code = checklist.version.clausier.code
    told = said(signed_in, "checklists:assessment_start", candidacy.pk, code)
    assert "Ce candidat vient d’être retiré" in told
    assert not Assessment.objects.exists()


def test_a_certificate_is_removed_once(
    signed_in: Client, facility: Facility, buyer: User, faster: Faster
) -> None:
    found = factories.certificate(factories.vendor(facility, buyer), buyer)
    faster(certificates, "remove", certificates.remove)
    told = said(signed_in, "vendors:certificate_remove", found.pk)
    assert "Ce certificat vient d’être supprimé." in told
    assert not Certificate.objects.exists()


def test_a_draft_is_given_up_once(signed_in: Client, draft: Checklist, faster: Faster) -> None:
    faster(checklists, "discard_draft", checklists.discard_draft)
    told = said(signed_in, "checklists:checklist_discard", draft.pk)
    assert "Ce brouillon vient d’être abandonné" in told
    assert not Checklist.objects.exists()


def test_a_draft_that_is_given_up_is_not_changed(
    signed_in: Client, draft: Checklist, buyer: User, faster: Faster
) -> None:
    faster(
        checklists,
        "set_profile",
        lambda **_told: checklists.discard_draft(checklist=draft, by=buyer),
    )
    page = reverse("checklists:checklist_edit", args=[draft.pk])
    response = signed_in.post(page, {"flags": ["DP"], "seen": draft.profile}, follow=True)
    assert response.status_code == 404  # the page is no more; it says why
    assert "Ce brouillon vient d’être abandonné" in text(response)


def test_a_file_that_is_taken_back_has_no_sheet(
    signed_in: Client, file: Evidence, buyer: User, faster: Faster
) -> None:
    faster(evidence, "qualify", taken_back(file, buyer))
    told = said(signed_in, "checklists:evidence_sheet", file.pk, disclosure="communicable")
    assert "Ce document vient d’être retiré." in told


def test_a_file_that_is_taken_back_is_not_replaced(
    signed_in: Client, file: Evidence, buyer: User, faster: Faster
) -> None:
    faster(evidence, "replace", taken_back(file, buyer))
    sent = SimpleUploadedFile("Autre.pdf", b"%PDF-1.7 autre")
    told = said(signed_in, "checklists:evidence_replace", file.pk, file=sent)
    assert "Ce document n’est pas parmi ceux du candidat." in told


def taken_back(file: Evidence, by: User) -> Callable[..., object]:
    return lambda **_told: evidence.detach(
        assessment=file.assessment, ref="O-7.1", evidence_id=file.pk, by=by
    )
