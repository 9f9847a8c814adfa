"""A file taken back from its last point at the instant when it is joined to another: it stays."""

# ruff: noqa: F401, F811 - the fixtures of test_evidence.py

import pytest

from checklists.domain import evidence
from checklists.models import Evidence
from tests import at_once, factories
from uniha_clausier.common import storage

from .evidence_site import PDF
from .test_evidence import assessment, attach, given


def test_a_file_joined_again_before_it_is_removed_stays(given, django_capture_on_commit_callbacks):
    link, _token = given
    file = attach(link)
    with django_capture_on_commit_callbacks() as removing:
        evidence.detach(assessment=link.assessment, by=link, ref="O-7.1", evidence_id=file.pk)
    joined = attach(link, ref="O-7.2")
    for act in removing:
        act()
    assert storage.read(joined.file_name) == PDF


def test_a_file_removed_while_it_is_joined_again_is_kept_again(
    given, monkeypatch, django_capture_on_commit_callbacks
):
    link, _token = given
    file, store = attach(link), storage.store

    def and_taken_back(name: str, content: bytes) -> str:
        monkeypatch.setattr(storage, "store", store)
        stored = store(name, content)
        with django_capture_on_commit_callbacks(execute=True):
            evidence.detach(assessment=link.assessment, by=link, ref="O-7.1", evidence_id=file.pk)
        return stored

    monkeypatch.setattr(storage, "store", and_taken_back)
    joined = attach(link, ref="O-7.2")
    assert joined.pk != file.pk and storage.read(joined.file_name) == PDF


@at_once.needs_locks
@pytest.mark.django_db(transaction=True)
def test_a_file_taken_back_and_joined_at_once_is_there():
    at = factories.facility()
    buyer = factories.member(at)
    link, _token = factories.answer_link(buyer, factories.informal_assessment(buyer, at))
    file = attach(link)
    joined = at_once.behind(
        lambda: evidence.detach(
            assessment=link.assessment, by=link, ref="O-7.1", evidence_id=file.pk
        ),
        lambda: attach(link, ref="O-7.2"),
    )
    assert Evidence.objects.get() == joined and storage.read(joined.file_name) == PDF
