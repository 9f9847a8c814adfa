"""What the hospital joins to an answer: the candidate reads it, and leaves it where it is."""

# ruff: noqa: F401, F811 - the fixtures of test_evidence.py

import pytest
from django.urls import reverse

from checklists.domain import evidence
from uniha_clausier.accounts.models import User

from .checklist_site import text
from .evidence_site import PDF
from .test_evidence import assessment, given, upload


def test_a_candidate_leaves_what_the_hospital_joined(client, signed_in, assessment, given):
    """They see it beside theirs, and neither replace it nor take it back."""
    link, token = given
    sent = evidence.SentFile(PDF, "pdf", "Rapport de visite.pdf")
    buyer = User.objects.get(pk=int(signed_in.session["_auth_user_id"]))
    theirs = evidence.attach(assessment=assessment, ref="O-7.1", file=sent, by=buyer)
    address = reverse("checklists:answer_replace", args=[token, theirs.pk])
    assert client.get(address).status_code == 404
    assert client.post(address, {"file": upload(PDF + b"2")}).status_code == 404
    with pytest.raises(evidence.UnknownPlace):
        evidence.replace(
            assessment=assessment,
            evidence_id=theirs.pk,
            file=evidence.SentFile(PDF + b"2", "pdf", "Autre.pdf"),
            by=link,
        )
    page = text(client.get(reverse("checklists:answer_chapter", args=[token, 4])))
    assert "Rapport de visite.pdf" in page and "joint par l’établissement" in page
    assert address not in page
