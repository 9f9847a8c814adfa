"""The demo: told once, whole, and only in a demo."""

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.test import Client, TestCase, override_settings
from django.utils import timezone

from checklists.domain import answering, assessments, demo
from checklists.domain.queries import documents as queries
from checklists.enums import ScoreValue, VersionState
from checklists.models import Answer, Assessment, Checklist, CommentTemplate, Score
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.accounts.validators import validate_finess, validate_siren, validate_siret
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from vendors.models import Tender, Vendor

FOLDER = project.FIXTURE_FOLDER / "demo"
STORY: dict[str, Any] = yaml.safe_load((FOLDER / "hopital.yaml").read_text(encoding="utf-8"))
TEXTS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "hopital.yaml")
APPLICATIONS = ("accounts", "vendors", "checklists", "common")
COMPLETE, HALF_DONE, FLEET = "Ombreline Santé", "Cortavie", "Portalune Mobilité"


def load_demo() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of the product."""
    models = [model for name in APPLICATIONS for model in apps.get_app_config(name).get_models()]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in models
    }


def assessment_of(vendor: str) -> Assessment:
    return Assessment.objects.get(candidacy__vendor__name=vendor)


# Django makes these settings before the accounts are created; the fixture of conftest comes later.
@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
@pytest.mark.django_db
class TestLoadedDemo(TestCase):
    """A class of Django's, because it loads the clausier and the demo once for all its tests."""

    printed: str

    @classmethod
    def setUpTestData(cls) -> None:
        call_command("load_clausiers", stdout=io.StringIO())
        cls.printed = load_demo()

    def test_a_second_run_changes_nothing(self) -> None:
        before = everything()
        assert load_demo().startswith("Démonstration déjà là")
        assert everything() == before

    def test_what_people_did_since_stays(self) -> None:
        buyer = User.objects.get(email="acheteuse@brumeval.example")
        edits = [answering.Edit("O-8.1", "score", ScoreValue.PARTIAL, 0)]
        assessment_id = assessment_of(HALF_DONE).pk
        assert answering.save_fields(assessment_id=assessment_id, edits=edits, by=buyer).is_clean
        buyer.set_password("un autre mot de passe")
        buyer.save(update_fields=["password"])
        before = everything()
        load_demo()
        assert everything() == before

    def test_the_printed_accounts_open_a_session(self) -> None:
        emails = re.findall(r"\S+@\S+", self.printed)
        assert emails == [person["email"] for person in STORY["people"]]
        for email in emails:
            assert STORY["password"] in next(
                line for line in self.printed.splitlines() if email in line
            )
            assert User.objects.get(email=email).check_password(STORY["password"])

    def test_the_smoke_run_knows_the_account_of_the_buyer(self) -> None:
        smoke = (project.BASE_DIR / "bin/smoke").read_text(encoding="utf-8")
        buyer = {"login": "acheteuse@brumeval.example", "password": STORY["password"]}
        assert f"BUYER = {buyer}".replace("'", '"') in smoke

    def test_the_buyer_signs_in_on_the_page(self) -> None:
        client = Client()
        fields = {"login": "acheteuse@brumeval.example", "password": STORY["password"]}
        assert client.post("/connexion/", fields).status_code == 302
        assert client.session["_auth_user_id"] == str(User.objects.get(email=fields["login"]).pk)

    def test_every_role_has_its_account(self) -> None:
        held = Membership.objects.filter(facility__name="Centre hospitalier de Brumeval")
        assert sorted(held.values_list("role", flat=True)) == sorted(Role.values)
        assert User.objects.filter(is_operator=True, memberships=None).count() == 1

    def test_the_accounts_are_printed_in_columns(self) -> None:
        lines = self.printed.splitlines()
        start = lines.index("Comptes de démonstration (mot de passe d’origine)\u00a0:") + 1
        columns = {line.index(STORY["password"]) for line in lines[start + 1 :]}
        assert columns == {lines[start].index("Mot de passe")}

    def test_the_first_assessment_listed_is_complete_and_sealable(self) -> None:
        first = queries.listed()[0]
        assert first.candidacy.vendor.name == COMPLETE
        assert (first.scored, first.answered, first.total) == (62, 62, 62)
        assert queries.unscored_refs(first) == []

    def test_complete_means_a_text_and_a_comment_everywhere(self) -> None:
        for vendor in (COMPLETE, FLEET):
            answers = Answer.objects.filter(assessment=assessment_of(vendor))
            scores = Score.objects.filter(assessment=assessment_of(vendor))
            assert not answers.filter(value="").exists() and not answers.filter(text="").exists()
            assert not scores.filter(value="").exists() and not scores.filter(comment="").exists()

    def test_the_complete_one_has_every_score(self) -> None:
        values = Score.objects.filter(assessment=assessment_of(COMPLETE)).values_list("value")
        assert {value for (value,) in values} == set(ScoreValue.values) - {""}

    def test_the_other_candidate_is_half_done(self) -> None:
        other = assessment_of(HALF_DONE)
        assert (other.answered, other.scored, other.total) == (37, 31, 62)

    def test_the_fleet_is_a_small_finished_tender(self) -> None:
        fleet = assessment_of(FLEET)
        assert (fleet.answered, fleet.scored, fleet.total) == (19, 19, 19)

    def test_comments_are_kept_ready_for_most_scores(self) -> None:
        kept = CommentTemplate.objects.filter(facility__name="Centre hospitalier de Brumeval")
        assert kept.count() == 5
        assert set(kept.values_list("score", flat=True)) == set(ScoreValue.values) - {
            ScoreValue.NOT_APPLICABLE
        }

    def test_counters_are_those_of_the_rows(self) -> None:
        found = Assessment.objects.all()
        assert {a.pk: assessments.recompute_counters(a) for a in found} == {a.pk: [] for a in found}

    def test_the_journal_holds_and_says_where_the_story_ends(self) -> None:
        assert list(journal.verify()) == []
        for facility in Facility.objects.all():
            events = AuditEvent.objects.filter(tenant=facility.pk).order_by("seq")
            times = [event.occurred_at for event in events]
            assert times == sorted(times)
            last = events.last()
            assert last is not None and last.action == "demo.loaded"
            assert timezone.now() - last.occurred_at < dt.timedelta(minutes=10)

    def test_the_published_checklist(self) -> None:
        checklist = assessment_of(COMPLETE).checklist
        assert checklist.is_published
        assert checklist.items.filter(is_applicable=True).count() == 63
        forced = checklist.items.exclude(force="").order_by("position")
        assert [(item.point.ref, item.force) for item in forced] == [
            ("O-8.4", "out"),
            ("O-9.14", "in"),
        ]
        knock_outs = checklist.items.filter(is_knock_out=True).order_by("position")
        assert [item.point.ref for item in knock_outs] == ["O-5.4", "O-7.2", "O-12.3.3"]

    def test_a_checklist_in_preparation_and_a_tender_without(self) -> None:
        draft = Checklist.objects.get(state=VersionState.DRAFT)
        assert draft.lot.tender.reference == "2026-BIO-007" and "WIFI" in draft.profile
        assert draft.lot.tender.has_lots and draft.lot.tender.lots.count() == 2
        without = Tender.objects.filter(lots__checklists=None).order_by("reference")
        assert [tender.reference for tender in without] == ["2026-BIO-007", "2026-DSN-021"]

    def test_the_second_facility_has_its_own(self) -> None:
        other = Facility.objects.get(name="Hôpital de Clairpont")
        assert other.tenders.count() == 1 and other.vendors.count() == 1
        assert other.group is not None
        assert other.group.lead_facility == Facility.objects.exclude(pk=other.pk).get()

    def test_numbers_pass_the_checks(self) -> None:
        for facility in Facility.objects.all():
            validate_siret(facility.siret)
            validate_finess(facility.finess)
        for vendor in Vendor.objects.exclude(siren=""):
            validate_siren(vendor.siren)
            validate_siret(vendor.siret)
            assert vendor.siren.startswith("999") and vendor.siret.startswith(vendor.siren)
        assert Vendor.objects.filter(siren="").exclude(country="FR").count() == 1

    def test_the_clock_shows_the_real_time_again(self) -> None:
        assert not isinstance(timezone.now, demo.StoryClock)


def test_refused_outside_a_demo(db: None, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="Lancez-la avec DEMO=1"):
        load_demo()
    assert not User.objects.exists() and not Facility.objects.exists()


def test_refused_without_the_clausier(db: None) -> None:
    with pytest.raises(CommandError, match="lancez d’abord «\u00a0manage"):
        load_demo()
    assert not User.objects.exists() and not Facility.objects.exists()
    assert not isinstance(timezone.now, demo.StoryClock)


def test_a_story_that_does_not_fit_leaves_nothing(db: None, tmp_path: Path, settings: Any) -> None:
    call_command("load_clausiers", stdout=io.StringIO())
    texts = {"points": {"O-1.1": {"claim": "not_concerned"}}}
    with pytest.raises(demo.DemoUnfit, match=r"O-1\.1"):
        demo.load(story=STORY, read=lambda name: texts)
    assert not User.objects.exists() and not Facility.objects.exists()


def texts_of(path: Path) -> list[str]:
    points = yaml.safe_load(path.read_text(encoding="utf-8"))["points"].values()
    return [point[name] for point in points for name in ("claim_text", "comment") if name in point]


def test_no_sentence_is_told_twice() -> None:
    texts = [text for path in TEXTS for text in texts_of(path)]
    assert len(texts) == len(set(texts)) == 230


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_french_typography(path: Path) -> None:
    for text in texts_of(path):
        assert not re.search(r"['\"]| [;:!?»%]|« ", text), text
