"""The profiles that a facility keeps: started from, listed, deleted, never another's."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from checklists.domain import checklists, saved_profiles
from checklists.models import Checklist, SavedProfile
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def draft(buyer: User, facility: Facility) -> Checklist:
    return factories.draft_checklist(buyer, facility, flags=("DP", "SAAS"))


def keep(draft: Checklist, by: User, name: str = "SaaS courant") -> SavedProfile:
    draft.refresh_from_db()
    return saved_profiles.keep_profile(checklist=draft, name=name, by=by)


def ticked(response: Any) -> set[str]:
    inputs = re.findall(r'<input type="checkbox"[^>]*name="flags"[^>]*>', response.content.decode())
    return {
        match[1]
        for text in inputs
        if "checked" in text and (match := re.search(r'value="(\w+)"', text))
    }


def profile_url(checklist: Checklist) -> str:
    return reverse("checklists:checklist_edit", args=[checklist.pk])


def test_a_kept_profile_holds_what_the_checklist_said(draft: Checklist, buyer: User) -> None:
    saved = keep(draft, buyer)
    assert saved.flags == draft.profile
    event = AuditEvent.objects.get(action="saved_profile.created")
    assert event.data["after"] == {"name": "SaaS courant", "flags": draft.profile}


@pytest.mark.parametrize("name", ["SaaS courant", "SAAS COURANT"])
def test_two_profiles_never_have_one_name(draft: Checklist, buyer: User, name: str) -> None:
    keep(draft, buyer)
    with pytest.raises(saved_profiles.NameTaken):
        keep(draft, buyer, name)
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedProfile.objects.create(facility=draft.lot.tender.facility, name=name)


def test_an_empty_profile_is_not_kept(buyer: User, facility: Facility) -> None:
    empty = factories.draft_checklist(buyer, facility, flags=())
    with pytest.raises(saved_profiles.NothingToKeep):
        keep(empty, buyer)


def test_a_purchase_starts_from_a_kept_profile_and_nothing_is_written_before_the_buyer_saves(
    signed_in: Client, draft: Checklist, buyer: User, facility: Facility
) -> None:
    saved = keep(draft, buyer)
    other = factories.draft_checklist(buyer, facility, flags=("MOB",))
    before = list(other.profile)
    page = signed_in.get(profile_url(other), {"profil": saved.pk})
    assert ticked(page) == set(saved.flags)
    assert "Pas encore enregistré." in page.content.decode()
    other.refresh_from_db()
    assert other.profile == before
    signed_in.post(profile_url(other), {"flags": list(ticked(page)), "seen": before, "save": "1"})
    other.refresh_from_db()
    assert other.profile == saved.flags


def test_the_profile_of_another_facility_is_never_started_from(
    signed_in: Client, draft: Checklist
) -> None:
    elsewhere = SavedProfile.objects.create(
        facility=factories.facility(), name="Ailleurs", flags=["MOB"]
    )
    page = signed_in.get(profile_url(draft), {"profil": elsewhere.pk})
    assert ticked(page) == set(draft.profile)
    assert "Ailleurs" not in page.content.decode()


def test_a_published_checklist_shows_its_own_profile(
    signed_in: Client, draft: Checklist, buyer: User
) -> None:
    saved = keep(draft, buyer)
    checklists.set_profile(checklist=draft, flags=("MOB",), by=buyer)
    checklists.publish(checklist=draft, by=buyer)
    page = signed_in.get(profile_url(draft), {"profil": saved.pk})
    assert "Partir d’un profil gardé" not in page.content.decode()
    assert ticked(page) != set(saved.flags)


def test_the_buyer_keeps_and_deletes_a_profile_on_the_pages(
    signed_in: Client, draft: Checklist, facility: Facility
) -> None:
    address = reverse("checklists:profile_keep", args=[draft.pk])
    refused = signed_in.post(address, {"name": ""})
    assert refused.status_code == 422 and "Donnez un nom" in refused.content.decode()
    signed_in.post(address, {"name": "SaaS avec données de santé"})
    again = signed_in.post(address, {"name": "saas avec données de santé"})
    assert again.status_code == 422
    assert 'value="saas avec données de santé"' in again.content.decode()
    listed = reverse("checklists:saved_profile_list", args=[facility.pk])
    assert "SaaS avec données de santé" in signed_in.get(listed).content.decode()
    saved = SavedProfile.objects.get()
    signed_in.post(reverse("checklists:saved_profile_delete", args=[saved.pk]))
    assert not SavedProfile.objects.exists()
    assert AuditEvent.objects.filter(action="saved_profile.deleted").count() == 1
