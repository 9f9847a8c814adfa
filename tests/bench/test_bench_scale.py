"""The generator of the scale bench writes what the product itself would have written."""

import datetime as dt
import io
import os
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from checklists.domain import answer_sets, assessments, checklists
from checklists.models import Answer, Assessment, Checklist
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from vendors.models import Tender

from .scale import texts
from .scale.shape import Size, Whole

SMALL = Size.of(60, solutions=20)
TODAY = dt.date(2026, 11, 23)


def test_a_size_has_exactly_the_assessments_that_are_asked_for() -> None:
    whole = Whole.of(Size.of(72_000))
    assert sum(one.assessments for one in whole.facilities) == whole.total.assessments == 72_000
    assert len(whole.facilities) == 120


def test_facilities_are_unequal_and_the_witness_is_the_same_at_every_size() -> None:
    large, small = Whole.of(Size.of(72_000)), Whole.of(Size.of(6_000))
    parts = sorted((one.assessments for one in large.facilities), reverse=True)
    assert parts[0] > 10 * parts[-1]
    assert large.facilities[0].tenders == small.facilities[0].tenders
    assert large.facilities[0].counts == small.facilities[0].counts


def test_the_same_seed_makes_the_same_tenders() -> None:
    one, other = Whole.of(SMALL), Whole.of(SMALL)
    assert [f.tenders for f in one.facilities] == [f.tenders for f in other.facilities]
    another = Whole.of(Size.of(60, solutions=20, seed=5))
    assert [f.tenders for f in one.facilities] != [f.tenders for f in another.facilities]


@pytest.mark.parametrize("number", [0, 1, 999, 123_456])
def test_every_siren_has_its_key(number: int) -> None:
    from uniha_clausier.accounts.validators import validate_siren

    validate_siren(texts.siren(number))


@pytest.fixture
def loaded(transactional_db: None) -> Any:
    """Sixty assessments in three facilities, by COPY; the tables are emptied afterwards."""
    if connection.vendor != "postgresql":
        pytest.skip("COPY is PostgreSQL's")
    from .scale import loading

    call_command("load_clausiers", stdout=io.StringIO())
    return loading.load(SMALL, processes=2, today=TODAY)


@pytest.mark.skipif(
    not os.environ.get("DATABASE_URL", "").startswith("postgres"), reason="COPY is PostgreSQL's"
)
@pytest.mark.long  # each test loads its own facilities
class TestLoaded:
    def test_counters_are_those_of_the_rows(self, loaded: Any) -> None:
        out = io.StringIO()
        call_command("check_counters", stdout=out)
        assert out.getvalue() == "60 évaluations, 0 à corriger\n"

    def test_every_chain_of_the_journal_verifies(self, loaded: Any) -> None:
        assert list(journal.verify()) == []
        assert loaded.rows["common_auditevent"] > 1_000

    def test_hashes_are_those_of_the_content(self, loaded: Any) -> None:
        for checklist in Checklist.objects.filter(state="published")[:5]:
            assert checklist.content_sha256 == checklists.fingerprint(checklist)
        frozen = Assessment.objects.exclude(answers_sha256="").select_related("checklist")
        assert frozen.count() > 30
        for one in frozen[:10]:
            assert one.answers_sha256 == answer_sets.hash_of(one)

    def test_no_row_names_another_that_is_not_there(self, loaded: Any) -> None:
        """The foreign keys were not looked at while loading: they are here, one by one."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text,"
                " b.attname FROM pg_constraint c"
                " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
                " JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]"
                " WHERE c.contype = 'f'"
            )
            keys = cursor.fetchall()
            assert len(keys) > 60
            for table, column, other, key in keys:
                cursor.execute(
                    f"SELECT count(*) FROM {table} t WHERE t.{column} IS NOT NULL AND NOT EXISTS"
                    f" (SELECT FROM {other} o WHERE o.{key} = t.{column})"
                )
                assert cursor.fetchone() == (0,), f"{table}.{column}"

    def test_people_write_on_it_as_on_their_own(self, loaded: Any, client: Client) -> None:
        witness = Facility.objects.get(pk=loaded.witness)
        buyer = User.objects.filter(memberships__facility=witness, memberships__role=Role.BUYER)[0]
        client.force_login(buyer)
        [tender] = Tender.objects.filter(facility=witness, reference__contains="-T")
        assert client.get(reverse("checklists:tender_detail", args=[tender.pk])).status_code == 200
        one = Assessment.objects.filter(candidacy__lot__tender=tender).earliest("pk")
        score = one.scores.filter(value="").earliest("item__position")
        address = reverse("checklists:assessment_point", args=[one.pk, score.item.point.ref])
        sent = {"field": "score", "value": "compliant", "version": 0}
        answer = client.post(address, sent, headers={"origin": "http://testserver"})
        assert answer.status_code == 200, answer.content
        assert assessments.recompute_counters(Assessment.objects.get(pk=one.pk)) == []
        assert list(journal.verify(tenants=[witness.pk])) == []

    def test_new_rows_follow_the_loaded_ones(self, loaded: Any) -> None:
        """The sequences stand after the identifiers that were given."""
        last = Tender.objects.latest("pk")
        one = Tender.objects.create(
            facility_id=loaded.witness, reference="suite", title="Suite", created_by=last.created_by
        )
        assert one.pk > last.pk
        assert Answer.objects.count() == 60 * 117
