"""What is kept of a person, given to them, and taken away; the journal verifies afterwards."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.models import Assessment, Presence
from tests import factories
from tests.architecture.test_personal_data import personal_fields
from tests.checklists import decision_site
from uniha_clausier.accounts.domain import invitations, openid, privacy
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import ApiToken, Facility, Invitation, Membership, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from vendors.domain import openings


@pytest.fixture
def leaver(facility: Facility) -> User:
    """A person with all that an account may have, whom no file of a tender names."""
    person = factories.member(facility, Role.READER, full_name="Odile Partante")
    factories.api_token(person)
    openid.link_identity(
        user=person, issuer="https://annuaire.example", subject="1", label="odile", by=person
    )
    EmailAddress.objects.create(user=person, email=person.email)
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return person


def signed_in_as(person: User) -> Client:
    client = Client()
    client.post("/connexion/", {"login": person.email, "password": factories.PASSWORD})
    return client


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


class TestErasing:
    def test_takes_the_name_and_all_that_opens(self, leaver: User) -> None:
        client, address, name = signed_in_as(leaver), leaver.email, leaver.full_name
        out = run("erase_person", address)
        assert f"Personne n°\u00a0{leaver.pk} (effacée)" in out
        leaver.refresh_from_db()
        assert leaver.full_name == f"Personne n°\u00a0{leaver.pk} (effacée)"
        assert leaver.email == f"personne-{leaver.pk}@effacee.invalid"
        assert not leaver.is_active and not leaver.has_usable_password()
        assert client.get("/compte/").status_code == 302
        for rows in (
            ApiToken.objects.filter(user=leaver),
            Authenticator.objects.filter(user=leaver),
            EmailAddress.objects.filter(user=leaver),
            Membership.objects.filter(user=leaver),
            leaver.browser_sessions.all(),
            leaver.identities.all(),
            Presence.objects.filter(user=leaver),
        ):
            assert not rows.exists()
        assert not User.objects.filter(email=address).exists()
        assert not User.objects.filter(full_name=name).exists()

    def test_leaves_the_journal_whole(self, leaver: User) -> None:
        events = list(AuditEvent.objects.order_by("pk").values())
        run("erase_person", leaver.email)
        assert list(AuditEvent.objects.order_by("pk").values())[: len(events)] == events
        assert list(journal.verify()) == []
        actions = AuditEvent.objects.filter(subject=f"user/{leaver.pk}").values_list(
            "action", flat=True
        )
        assert {"api_token.revoked", "member.removed", "account.erased"} <= set(actions)

    def test_the_journal_never_holds_a_name_nor_an_address(self, leaver: User) -> None:
        address, name = leaver.email, leaver.full_name
        run("erase_person", address)
        told = json.dumps(list(AuditEvent.objects.values_list("data", "subject")))
        assert address not in told and name not in told

    def test_waits_for_the_files_that_name_the_person(
        self, buyer: User, facility: Facility
    ) -> None:
        factories.assessment(buyer, facility)
        before = User.objects.filter(pk=buyer.pk).values().get()
        with pytest.raises(CommandError) as caught:
            run("erase_person", buyer.email)
        assert "nomment encore cette personne" in str(caught.value)
        assert "consultation (created_by)\u00a0: 1" in str(caught.value)
        assert User.objects.filter(pk=buyer.pk).values().get() == before

    def test_closing_keeps_the_name(self, buyer: User, facility: Facility) -> None:
        factories.assessment(buyer, facility)
        client = signed_in_as(buyer)
        run("erase_person", buyer.email, "--close")
        after = User.objects.get(pk=buyer.pk)
        assert (after.full_name, after.email) == (buyer.full_name, buyer.email)
        assert not after.is_active and not after.memberships.exists()
        assert client.get("/compte/").status_code == 302
        assert list(journal.verify()) == []

    def test_leaves_others_as_they_are(self, leaver: User, buyer: User) -> None:
        factories.api_token(buyer)
        before = privacy.whole_data(buyer)
        run("erase_person", leaver.email)
        buyer.refresh_from_db()
        after = privacy.whole_data(buyer)
        assert after | {"exported_at": ""} == before | {"exported_at": ""}

    def test_takes_the_person_away_from_invitations(self, leaver: User, facility: Facility) -> None:
        joined, waiting = factories.facility(), factories.facility()
        for where, address in (
            (joined, leaver.email),
            (waiting, leaver.email),
            (facility, "nouvelle@chu.example"),
        ):
            invitation, _secret = invitations.invite(
                facility=where,
                email=address,
                full_name="Une Personne",
                roles=[Role.READER],
                by=leaver,
            )
            if where == joined:
                invitations.accept_with_account(invitation=invitation, by=leaver)
        run("erase_person", leaver.email)
        [left] = Invitation.objects.all()
        assert (left.email, left.created_by) == ("nouvelle@chu.example", None)

    @pytest.mark.parametrize("options", [[], ["--close"]])
    def test_the_last_administrator_gives_the_role_first(
        self, facility: Facility, options: list[str]
    ) -> None:
        admin = factories.member(facility, Role.FACILITY_ADMIN)
        with pytest.raises(CommandError, match="dernier administrateur"):
            run("erase_person", admin.email, *options)
        admin.refresh_from_db()
        assert admin.is_active and admin.memberships.exists()

    @pytest.mark.parametrize("command", [["erase_person"], ["export_person", "--out", "x"]])
    def test_an_unknown_address_is_said(self, db: None, command: list[str]) -> None:
        name, *rest = command
        with pytest.raises(CommandError, match="n’a pas de compte ici"):
            call_command(name, "personne@ailleurs.example", *rest)


class TestJournal:
    def test_holds_no_text_of_the_fields_that_the_page_lists(
        self, leaver: User, buyer: User, facility: Facility
    ) -> None:
        """An opening, a reservation and a signature name people in text, whom no account has."""
        assessment = decision_site.scored_assessment(buyer, facility)
        _name_people(assessment, buyer)
        kept = {label: texts for label, texts in _personal_texts() if texts}
        assert {
            "checklists.PointDecision.owner",
            "checklists.SignedFile.confirmed_name",
            "vendors.Opening.people",
            "accounts.User.full_name",
        } <= kept.keys()
        events = AuditEvent.objects.values_list("data", "subject")
        told = json.dumps(list(events), ensure_ascii=False)
        assert {text for texts in kept.values() for text in texts if text in told} == set()


def _name_people(assessment: Assessment, by: User) -> None:
    reservation = decision_site.reservation(assessment, "O-7.1")
    decision_site.ready(
        assessment, by, decision_site.edit(assessment, "O-2.1", "refused"), reservation
    )
    decision_site.whole(assessment, "reserved", by, reason="Une réserve.")
    factories.signed(assessment, by)
    openings.record_opening(
        tender=factories.tender(assessment.facility, by),
        opened_at=timezone.now(),
        people=["Anne Petit, acheteuse", "Paul Durand, RSSI"],
        by=by,
    )


def _personal_texts() -> Iterator[tuple[str, set[str]]]:
    """Each field of a person that is a text, with the lines that its rows hold."""
    for label in sorted(personal_fields()):
        model, _dot, name = label.rpartition(".")
        field = apps.get_model(model)._meta.get_field(name)
        if not field.is_relation:
            rows = field.model._base_manager.values_list(name, flat=True)
            yield label, {line for text in rows for line in text.splitlines()}


class TestExporting:
    def test_all_that_names_the_person(
        self, buyer: User, facility: Facility, tmp_path: Path
    ) -> None:
        assessment = factories.assessment(buyer, facility)
        target = tmp_path / "personne.json"
        run("export_person", buyer.email, "--out", str(target))
        data = json.loads(target.read_text(encoding="utf-8"))
        assert data["account"]["email"] == buyer.email
        named = {"kind": "évaluation", "as": "created_by", "number": assessment.pk}
        assert [
            row
            for row in data["rows"]
            if row["number"] == assessment.pk and row["kind"] == named["kind"]
        ]
        assert {event["action"] for event in data["journal"]} >= {"checklist.published"}
        assert target.stat().st_mode & 0o077 == 0

    def test_nothing_of_a_secret(self, leaver: User) -> None:
        written = json.dumps(privacy.whole_data(leaver))
        assert leaver.password not in written
        assert leaver.api_tokens.get().secret_sha256 not in written
        assert "secret" not in written


class TestPage:
    def test_says_what_is_kept_and_gives_it(self, signed_in: Client, buyer: User) -> None:
        page = signed_in.get(reverse("my_data")).content.decode()
        address = reverse("my_data_file")
        assert f'href="{address}"' in page
        given = signed_in.get(address)
        assert given.headers["Content-Disposition"] == 'attachment; filename="mes-donnees.json"'
        assert given.json()["account"]["full_name"] == buyer.full_name

    def test_tells_who_receives_a_name_and_how_long_a_session_lasts(
        self, signed_in: Client, settings: Any
    ) -> None:
        settings.SESSION_LONGEST = 3600
        page = signed_in.get(reverse("my_data")).content.decode()
        assert "Un candidat à qui vous écrivez reçoit votre nom et votre adresse" in page
        assert "Délégations" in page and "Invitations" in page
        assert "1 heure au plus." in page

    def test_names_the_factors_as_their_page_does(self, leaver: User) -> None:
        for kind in (Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN):
            Authenticator.objects.create(user=leaver, type=kind, data={})
        told = [one["kind"] for one in privacy.account_data(leaver)["factors"]]
        assert told == ["Application de codes", "Codes de secours", "Clé d’accès"]

    def test_is_reached_from_the_account(self, signed_in: Client) -> None:
        assert f'href="{reverse("my_data")}"' in signed_in.get("/compte/").content.decode()

    def test_names_the_officer_of_each_facility(
        self, signed_in: Client, facility: Facility
    ) -> None:
        url = reverse("my_data")
        assert "écrivez au délégué" in signed_in.get(url).content.decode()
        Facility.objects.filter(pk=facility.pk).update(dpo_email="dpo@hopital.example")
        assert "mailto:dpo@hopital.example" in signed_in.get(url).content.decode()

    @pytest.mark.parametrize("facilities", [1, 3])
    def test_costs_the_same_whatever_was_written(
        self, facilities: int, signed_in: Client, buyer: User, django_assert_num_queries: object
    ) -> None:
        for _ in range(facilities):
            at = factories.facility()
            Membership.objects.create(user=buyer, facility=at, role=Role.READER)
            factories.tender(at, buyer)
        with django_assert_num_queries(4):  # type: ignore[operator]
            signed_in.get(reverse("my_data"))
