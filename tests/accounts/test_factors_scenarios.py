"""Fifteen ways to get in without the second factor: none opens anything (QUALITY 23)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp_views
from cryptography.fernet import InvalidToken
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from checklists.models import Assessment
from tests import factories
from tests.factories import PASSWORD
from uniha_clausier.accounts.domain import browser_sessions, factor_secrets, factors
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.common.models import AuditEvent

from .codes import code_of, recovery_codes, with_application

SIGN_IN = "/connexion/"
SECOND_STEP = "/connexion/code/"
ANOTHER = "un tout autre secret de cette installation, assez long pour elle"
NOON = dt.datetime(2026, 11, 26, 12, 0, 5, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[Any]:
    """Codes depend on the second: it stands still until a test moves it."""
    cache.clear()
    with time_machine.travel(NOON, tick=False) as found:
        yield found


@pytest.fixture
def secret(buyer: User) -> str:
    return with_application(buyer)


def give_password(client: Client, user: User, password: str = PASSWORD) -> Any:
    return client.post(SIGN_IN, {"login": user.email, "password": password})


def give_code(client: Client, code: str) -> Any:
    return client.post(SECOND_STEP, {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/consultations/").status_code == 200


def test_the_right_password_and_the_right_code_open(
    client: Client, buyer: User, secret: str
) -> None:
    assert give_password(client, buyer)["Location"] == SECOND_STEP
    assert give_code(client, code_of(secret))["Location"] == "/"
    assert is_in(client)


def test_01_the_password_alone_opens_nothing(client: Client, buyer: User, secret: str) -> None:
    give_password(client, buyer)
    assert not is_in(client)
    assert not is_in(client)


def test_02_a_code_opens_once(buyer: User, secret: str) -> None:
    first, second = Client(), Client()
    give_password(first, buyer)
    give_code(first, code_of(secret))
    give_password(second, buyer)
    answer = give_code(second, code_of(secret))
    assert "il a déjà servi" in answer.content.decode()
    assert not is_in(second)


@pytest.mark.parametrize("seconds", [-30, 30, 60])
def test_03_the_code_of_another_half_minute_is_refused(
    client: Client, buyer: User, secret: str, seconds: int
) -> None:
    give_password(client, buyer)
    give_code(client, code_of(secret, at=NOON.timestamp() + seconds))
    assert not is_in(client)


def test_04_a_code_that_was_used_is_not_good_in_the_next_half_minute(
    buyer: User, secret: str, clock: Any
) -> None:
    used = code_of(secret)
    first, second = Client(), Client()
    give_password(first, buyer)
    give_code(first, used)
    clock.shift(30)
    give_password(second, buyer)
    give_code(second, used)
    assert not is_in(second)


def test_05_ten_codes_are_tried_and_no_more(client: Client, buyer: User, secret: str) -> None:
    give_password(client, buyer)
    for wrong in range(10):
        give_code(client, f"{wrong:06}")
    answer = give_code(client, code_of(secret))
    assert "Trop d’essais" in answer.content.decode()
    assert not is_in(client)


def test_06_a_recovery_code_opens_once(buyer: User, secret: str) -> None:
    code = recovery_codes(buyer)[0]
    first, second = Client(), Client()
    give_password(first, buyer)
    give_code(first, code)
    assert is_in(first)
    give_password(second, buyer)
    give_code(second, code)
    assert not is_in(second)


def test_07_a_new_password_by_mail_asks_the_code_as_before(
    client: Client, buyer: User, secret: str, mailoutbox: list[Any]
) -> None:
    client.post("/compte/oubli/", {"email": buyer.email})
    address = next(word for word in mailoutbox[-1].body.split() if "/compte/oubli/" in word)
    form = client.get(address, follow=True)
    fresh = "une autre phrase de passe"
    client.post(form.wsgi_request.path, {"password1": fresh, "password2": fresh})
    assert not is_in(client)
    assert give_password(client, buyer, fresh)["Location"] == SECOND_STEP
    assert not is_in(client)


def test_08_the_factor_of_another_person_opens_nothing(
    client: Client, buyer: User, secret: str, facility: Facility
) -> None:
    other = with_application(factories.member(facility))
    give_password(client, buyer)
    give_code(client, code_of(other))
    assert not is_in(client)


@pytest.mark.parametrize("path", ["/", "/consultations/", "/compte/", "/compte/jetons/"])
def test_09_no_address_skips_the_second_step(
    client: Client, buyer: User, secret: str, path: str
) -> None:
    give_password(client, buyer)
    assert client.get(path)["Location"].startswith("/connexion/?next=")


class TestRequired:
    """The role needs a factor, and the person has none: everything but setting it up is closed."""

    @pytest.fixture
    def lacking(self, signed_in: Client, buyer: User, facility: Facility) -> Client:
        """Signed in before the rule: the next request feels it."""
        assert is_in(signed_in)
        factors.require(facility=facility, roles=[Role.BUYER], by=buyer)
        return signed_in

    @pytest.fixture
    def assessment(self, buyer: User, facility: Facility) -> Assessment:
        return factories.assessment(buyer, facility)

    def test_10_a_page_leads_to_the_set_up(self, lacking: Client, assessment: Assessment) -> None:
        for path in ("/", "/consultations/", f"/evaluations/{assessment.pk}/", "/compte/jetons/"):
            assert lacking.get(path)["Location"] == reverse("mfa_index")
        page = lacking.get(reverse("mfa_index")).content.decode()
        assert "Ajoutez un second facteur pour continuer" in page

    def test_11_a_save_by_script_writes_nothing(
        self, lacking: Client, assessment: Assessment
    ) -> None:
        address = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.1"])
        edit = {"field": "score", "value": "compliant", "version": 0}
        answer = lacking.post(address, edit, headers={"Accept": "application/json"})
        assert answer.status_code == 403
        assert "second facteur" in answer.json()["error"]
        assert not assessment.scores.exclude(value="").exists()

    def test_12_a_fragment_is_not_given(self, lacking: Client, assessment: Assessment) -> None:
        address = reverse("checklists:assessment_guides", args=[assessment.pk])
        answer = lacking.get(address, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer["HX-Redirect"] == reverse("mfa_index")

    def test_13_a_token_of_the_api_opens_nothing(
        self, lacking: Client, buyer: User, assessment: Assessment
    ) -> None:
        secret = factories.api_token(buyer)[1]
        program = Client(headers={"Authorization": f"Bearer {secret}"})
        answer = program.get(reverse("api:assessment_detail", args=[assessment.pk]))
        assert answer.status_code == 403
        assert "second facteur" in answer.content.decode()

    def test_14_taking_the_last_factor_off_closes_again(
        self, buyer: User, facility: Facility, clock: Any
    ) -> None:
        secret = with_application(buyer)
        factors.require(facility=facility, roles=[Role.BUYER], by=buyer)
        client = Client()
        give_password(client, buyer)
        give_code(client, code_of(secret))
        assert is_in(client)
        confirm = f"{reverse('account_reauthenticate')}?next={reverse('mfa_deactivate_totp')}"
        client.post(confirm, {"password": PASSWORD})
        client.post(reverse("mfa_deactivate_totp"))
        assert not Authenticator.objects.filter(user=buyer).exists()
        assert client.get("/consultations/")["Location"] == reverse("mfa_index")

    def test_15_a_stolen_session_cannot_take_a_factor_off_without_a_proof(
        self, buyer: User, clock: Any
    ) -> None:
        secret = with_application(buyer)
        client = Client()
        give_password(client, buyer)
        give_code(client, code_of(secret))
        answer = client.post(reverse("mfa_deactivate_totp"))
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        assert Authenticator.objects.filter(user=buyer).exists()

    def test_setting_a_factor_up_opens_everything(self, lacking: Client, buyer: User) -> None:
        page = reverse("mfa_activate_totp")
        asked = lacking.get(page)["Location"]
        lacking.post(asked, {"password": PASSWORD})
        secret = lacking.get(page).context["form"].secret
        answer = lacking.post(page, {"code": code_of(secret)})
        assert answer["Location"] == reverse("mfa_view_recovery_codes")
        shown = lacking.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]
        assert len(set(shown)) == 10
        again = lacking.get(reverse("mfa_view_recovery_codes")).content.decode()
        assert not any(code in again for code in shown)
        assert is_in(lacking)
        codes = Authenticator.objects.get(user=buyer, type=Authenticator.Type.RECOVERY_CODES)
        for left, words in (
            (10, "Les 10 codes qui restent n’ouvriront plus rien."),
            (1, "Le code qui reste n’ouvrira plus rien."),
            (0, "Aucun ancien code ne reste."),
        ):
            codes.data["used_mask"] = (1 << 10 - left) - 1
            codes.save()
            assert words in lacking.get(reverse("mfa_generate_recovery_codes")).content.decode()

    def test_two_clicks_on_its_set_up_lead_to_the_codes(
        self, lacking: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = reverse("mfa_activate_totp")
        lacking.post(lacking.get(page)["Location"], {"password": PASSWORD})
        sent = {"code": code_of(lacking.get(page).context["form"].secret)}

        def meanwhile(_request: Any) -> Any:
            raise IntegrityError

        with monkeypatch.context() as first_not_committed:
            first_not_committed.setattr(totp_views, "activate_totp", meanwhile)
            assert lacking.post(page, sent)["Location"] == reverse("mfa_view_recovery_codes")
        for _click in range(2):
            assert lacking.post(page, sent)["Location"] == reverse("mfa_view_recovery_codes")

    def test_a_role_that_needs_none_is_left_alone(
        self, buyer: User, facility: Facility, signed_in: Client
    ) -> None:
        factors.require(facility=facility, roles=[Role.CISO], by=buyer)
        assert is_in(signed_in)

    def test_another_facility_asks_nothing(self, lacking: Client, stranger: User) -> None:
        other = Client()
        other.force_login(stranger)
        assert is_in(other)

    def test_lifting_the_rule_opens_again(
        self, lacking: Client, buyer: User, facility: Facility
    ) -> None:
        factors.require(facility=facility, roles=[], by=buyer)
        assert is_in(lacking)
        events = AuditEvent.objects.filter(action="facility.factors_required").order_by("seq")
        assert [event.data["after"] for event in events] == [["buyer"], []]


class TestLost:
    @pytest.fixture
    def admin(self, facility: Facility) -> Client:
        client = Client()
        client.force_login(factories.member(facility, Role.FACILITY_ADMIN))
        return client

    def test_an_administrator_takes_them_off_and_every_session_ends(
        self,
        admin: Client,
        buyer: User,
        facility: Facility,
        secret: str,
        mailoutbox: list[Any],
    ) -> None:
        client = Client()
        give_password(client, buyer)
        give_code(client, code_of(secret))
        admin.post(reverse("member_factors_reset", args=[facility.pk, buyer.pk]))
        assert not Authenticator.objects.filter(user=buyer).exists()
        assert not is_in(client)
        assert [mail.to for mail in mailoutbox] == [[buyer.email]]
        assert "Si vous ne l’avez pas demandé, prévenez tout de suite" in mailoutbox[0].body
        assert "l’auteur" not in mailoutbox[0].body
        assert AuditEvent.objects.filter(
            action="account.factors_reset", subject=f"user/{buyer.pk}"
        ).exists()

    def test_nobody_takes_their_own_off_there(self, admin: Client, facility: Facility) -> None:
        me = User.objects.get(pk=admin.session["_auth_user_id"])
        with_application(me)
        answer = admin.post(reverse("member_factors_reset", args=[facility.pk, me.pk]), follow=True)
        assert "Retirez vos propres facteurs" in answer.content.decode()
        assert Authenticator.objects.filter(user=me).exists()

    def test_the_member_of_another_facility_is_nobody(
        self, admin: Client, facility: Facility, stranger: User
    ) -> None:
        with_application(stranger)
        answer = admin.post(reverse("member_factors_reset", args=[facility.pk, stranger.pk]))
        assert answer.status_code == 404
        assert Authenticator.objects.filter(user=stranger).exists()

    def test_of_a_member_of_another_facility_too_nothing_is_taken_off(
        self, admin: Client, facility: Facility, clock: Any
    ) -> None:
        """Invited as a reader, the administrator of B would be left with a password alone."""
        theirs = factories.facility()
        other = factories.member(theirs, Role.FACILITY_ADMIN)
        Membership.objects.create(user=other, facility=facility, role=Role.READER)
        secret = with_application(other)
        client = Client()
        give_password(client, other)
        give_code(client, code_of(secret))
        for act in ("member_factors_reset", "member_sessions_end"):
            answer = admin.post(reverse(act, args=[facility.pk, other.pk]), follow=True)
            assert "demandez à l’exploitant" in answer.content.decode()
        assert Authenticator.objects.filter(user=other).exists()
        assert is_in(client)
        again = Client()
        assert give_password(again, other)["Location"] == SECOND_STEP
        assert not AuditEvent.objects.filter(action="account.factors_reset").exists()

    def test_of_an_operator_nothing_is_taken_off(self, admin: Client, facility: Facility) -> None:
        operator = factories.member(facility, Role.READER, is_operator=True)
        with_application(operator)
        address = reverse("member_factors_reset", args=[facility.pk, operator.pk])
        assert "demandez à l’exploitant" in admin.post(address, follow=True).content.decode()
        assert Authenticator.objects.filter(user=operator).exists()

    def test_the_page_offers_neither_act_and_says_why(
        self, admin: Client, facility: Facility, buyer: User, secret: str
    ) -> None:
        other = factories.member(factories.facility(), Role.BUYER)
        Membership.objects.create(user=other, facility=facility, role=Role.READER)
        with_application(other)
        page = admin.get(reverse("account_protection", args=[facility.pk])).content.decode()
        for act in ("member_factors_reset", "member_sessions_end"):
            assert reverse(act, args=[facility.pk, buyer.pk]) in page
            assert reverse(act, args=[facility.pk, other.pk]) not in page
        assert page.count("demandez à l’exploitant") == 1

    def test_who_administers_every_facility_of_the_person_takes_them_off(
        self, admin: Client, facility: Facility, buyer: User, secret: str
    ) -> None:
        second = factories.facility()
        Membership.objects.create(user=buyer, facility=second, role=Role.BUYER)
        me = User.objects.get(pk=admin.session["_auth_user_id"])
        address = reverse("member_factors_reset", args=[facility.pk, buyer.pk])
        Membership.objects.create(user=me, facility=second, role=Role.BUYER)
        admin.post(address)
        assert Authenticator.objects.filter(user=buyer).exists()
        Membership.objects.create(user=me, facility=second, role=Role.FACILITY_ADMIN)
        admin.post(address)
        assert not Authenticator.objects.filter(user=buyer).exists()

    @pytest.mark.parametrize("is_operator", [False, True])
    def test_the_operator_does_it_for_who_works_elsewhere_too(
        self, facility: Facility, is_operator: bool
    ) -> None:
        person = factories.member(facility, is_operator=is_operator)
        Membership.objects.create(user=person, facility=factories.facility(), role=Role.BUYER)
        with_application(person)
        call_command("reset_factors", person.email)
        assert not Authenticator.objects.filter(user=person).exists()

    def test_the_operator_does_it_by_a_command(self, buyer: User, secret: str) -> None:
        call_command("reset_factors", buyer.email)
        assert not Authenticator.objects.filter(user=buyer).exists()


class TestSecretsAtRest:
    def test_the_database_holds_no_secret_in_clear(self, buyer: User, secret: str) -> None:
        codes = recovery_codes(buyer)
        kept = str(list(Authenticator.objects.filter(user=buyer).values_list("data", flat=True)))
        assert secret not in kept
        assert not any(code in kept for code in codes)

    def test_a_new_secret_of_the_installation_still_reads_the_former(
        self, client: Client, buyer: User, secret: str, settings: Any, clock: Any
    ) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = ANOTHER
        give_password(client, buyer)
        give_code(client, code_of(secret))
        assert is_in(client)
        settings.SECRET_KEY_FALLBACKS = []  # a factor that was used needs it no more
        again = Client()
        give_password(again, buyer)
        clock.shift(30)
        give_code(again, code_of(secret))
        assert is_in(again)

    def test_a_code_brings_every_secret_of_its_person_under_the_new_one(
        self, client: Client, buyer: User, secret: str, settings: Any, clock: Any
    ) -> None:
        """Else whoever gives the code of their phone keeps recovery codes that nobody reads."""
        codes = recovery_codes(buyer)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = ANOTHER
        give_password(client, buyer)
        give_code(client, code_of(secret))
        settings.SECRET_KEY_FALLBACKS = []
        for is_recovery in (True, False):
            clock.shift(30)
            other = Client()
            give_password(other, buyer)
            give_code(other, codes[0] if is_recovery else code_of(secret))
            assert is_in(other)

    def test_a_secret_that_is_lost_is_said_and_its_person_helped(
        self, client: Client, buyer: User, secret: str, settings: Any, caplog: Any
    ) -> None:
        recovery_codes(buyer)
        settings.SECRET_KEY = ANOTHER
        give_password(client, buyer)
        page = give_code(client, code_of(secret))
        assert page.status_code == 200 and not is_in(client)
        assert "ne se lit plus" in page.content.decode()
        assert "SECRET_KEY that is not known any more" in caplog.text
        kept = Authenticator.objects.get(user=buyer, type="totp").data["secret"]
        with pytest.raises(InvalidToken):
            factor_secrets.decrypted(kept)  # where no code is tried, nothing stands in for it
        call_command("reset_factors", buyer.email)
        other = Client()
        give_password(other, buyer)
        assert is_in(other)

    def test_a_lost_secret_hides_no_other_factor(
        self, client: Client, buyer: User, secret: str, settings: Any
    ) -> None:
        """Recovery codes of before, an application of after."""
        codes = recovery_codes(buyer)
        former, settings.SECRET_KEY = settings.SECRET_KEY, ANOTHER
        row = Authenticator.objects.get(user=buyer, type="totp")
        row.data["secret"] = factor_secrets.encrypted(secret)
        row.save()
        give_password(client, buyer)
        give_code(client, code_of(secret))
        assert is_in(client)
        settings.SECRET_KEY = former  # what could not be read was left as it was
        assert recovery_codes(buyer) == codes


class TestSessions:
    def signed_in_again(self, user: User) -> Client:
        client = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"})
        give_password(client, user)
        return client

    def test_half_an_hour_without_an_activity_ends_it(self, buyer: User, clock: Any) -> None:
        client = self.signed_in_again(buyer)
        clock.shift(29 * 60)
        assert is_in(client)
        clock.shift(29 * 60)
        assert is_in(client)
        clock.shift(31 * 60)
        assert not is_in(client)

    def test_twelve_hours_end_it_whatever_happens(self, buyer: User, clock: Any) -> None:
        client = self.signed_in_again(buyer)
        for _ in range(35):
            clock.shift(20 * 60)
            assert is_in(client)
        clock.shift(20 * 60)
        assert not is_in(client)

    def test_an_open_page_alone_is_no_activity(
        self, buyer: User, facility: Facility, clock: Any
    ) -> None:
        client = self.signed_in_again(buyer)
        assessment = factories.assessment(buyer, facility)
        life = reverse("checklists:assessment_presence", args=[assessment.pk])
        for _ in range(2):
            clock.shift(14 * 60)
            assert client.post(life, {"chapter": "", "since": "0"}).status_code == 200
        clock.shift(5 * 60)
        assert not is_in(client)

    def test_prolonging_says_when_it_ends_and_never_goes_beyond(
        self, buyer: User, clock: Any
    ) -> None:
        client = self.signed_in_again(buyer)
        for _ in range(35):
            clock.shift(20 * 60)
            assert is_in(client)
        answer = client.post(reverse("session_extend")).json()
        assert answer == {"session": 20 * 60}

    def test_an_activity_is_written_every_few_minutes_only(self, buyer: User, clock: Any) -> None:
        client = self.signed_in_again(buyer)
        written = Session.objects.get().expire_date
        clock.shift(4 * 60)
        assert is_in(client)
        assert Session.objects.get().expire_date == written
        clock.shift(2 * 60)
        assert is_in(client)
        assert Session.objects.get().expire_date == written + dt.timedelta(minutes=6)

    @pytest.mark.parametrize("minutes", [5, 6, 30])
    def test_who_works_is_never_signed_out_however_short_the_idle_time(
        self, buyer: User, clock: Any, settings: Any, minutes: int
    ) -> None:
        settings.SESSION_COOKIE_AGE = minutes * 60
        client = self.signed_in_again(buyer)
        for seconds in (48, 48, 8, 48):  # of each minute of the idle time
            clock.shift(seconds * minutes)
            assert is_in(client)
        clock.shift(61 * minutes)
        assert not is_in(client)

    def test_they_are_listed_in_words_and_closed_one_by_one(self, buyer: User, clock: Any) -> None:
        here, there = self.signed_in_again(buyer), self.signed_in_again(buyer)
        page = here.get(reverse("mfa_index"))
        assert [(one.browser, one.is_this_one) for one in page.context["sessions"]] == [
            ("Firefox, Windows", True),
            ("Firefox, Windows", False),
        ]
        other = page.context["sessions"][1].pk
        here.post(reverse("session_end", args=[other]))
        assert (is_in(here), is_in(there)) == (True, False)

    def test_all_the_others_are_closed_at_once(self, buyer: User) -> None:
        clients = [self.signed_in_again(buyer) for _ in range(3)]
        answer = clients[0].post(reverse("sessions_end"), follow=True)
        assert "2 autres sessions sont fermées." in answer.content.decode()
        assert [is_in(client) for client in clients] == [True, False, False]

    def test_a_new_password_closes_the_others_and_keeps_this_one(self, buyer: User) -> None:
        here, there = self.signed_in_again(buyer), self.signed_in_again(buyer)
        fresh = "une autre phrase de passe"
        typed = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
        here.post(reverse("account_change_password"), typed)
        assert (is_in(here), is_in(there)) == (True, False)
        sessions = browser_sessions.of(buyer, current=here.session.session_key)
        assert [one.is_this_one for one in sessions] == [True]

    def test_an_administrator_closes_those_of_a_member(
        self, buyer: User, facility: Facility
    ) -> None:
        client, admin = self.signed_in_again(buyer), Client()
        admin.force_login(factories.member(facility, Role.FACILITY_ADMIN))
        admin.post(reverse("member_sessions_end", args=[facility.pk, buyer.pk]))
        assert not is_in(client)

    def test_signing_out_forgets_it(self, buyer: User) -> None:
        client = self.signed_in_again(buyer)
        client.post("/deconnexion/")
        assert browser_sessions.of(buyer, current=None) == []
        assert browser_sessions.forget_ended() == 1
