"""The log: one line an event, with the identifier of its request and without any secret."""

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import logs, slow_queries


def line(form: logging.Formatter, message: str, *values: Any, **extra: Any) -> str:
    record = logging.LogRecord("clausier", logging.WARNING, "", 1, message, values, None)
    record.__dict__.update(extra)
    return form.format(record)


class Kept(logging.Handler):
    """Keeps what the log would write, as JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.json_formatter())
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["logger"] == name]


@pytest.fixture
def kept() -> Any:
    handler, root, requests = Kept(), logging.getLogger(), logging.getLogger("clausier.request")
    level = requests.level
    root.addHandler(handler)
    requests.setLevel(logging.INFO)
    yield handler
    requests.setLevel(level)
    root.removeHandler(handler)


class TestOneLine:
    def test_json_says_when_what_and_about_whom(self) -> None:
        with logs.about(request_id="abc", user_id=3):
            told = json.loads(line(logs.json_formatter(), "kept %s", "it", status=200))
        assert told.pop("time").endswith("Z")
        assert told == {
            "level": "warning",
            "logger": "clausier",
            "event": "kept it",
            "request_id": "abc",
            "user_id": 3,
            "status": 200,
        }

    def test_nothing_is_about_a_request_that_is_over(self) -> None:
        with logs.about(request_id="abc"):
            pass
        assert "request_id" not in json.loads(line(logs.json_formatter(), "later"))

    @pytest.mark.parametrize("form", [logs.json_formatter, logs.text_formatter])
    def test_a_value_never_makes_a_line_of_its_own(self, form: Any) -> None:
        forged = "x\n2026-01-01 ERROR forged\r\u2028\x1b[31m"
        written = line(form(), "name: %s", forged, path=forged)
        assert len(written.splitlines()) == 1
        assert "\x1b" not in written

    def test_what_nobody_planned_stays_out(self) -> None:
        assert "secret" not in line(logs.json_formatter(), "x", password="secret", request=object())

    @pytest.mark.parametrize(
        ("said", "kept"),
        [
            ("Not Found: /repondre/AbC-123_x/point", "Not Found: /repondre/***/point"),
            ("/repondre-a-la-lettre/AbC/", "/repondre-a-la-lettre/***/"),
            ("/invitation/AbC/", "/invitation/***/"),
            ("/compte/oubli/2b-c0ffee-set/", "/compte/oubli/2b-***/"),
            ("/compte/oubli/envoye/", "/compte/oubli/envoye/"),
            ("/x?token=AbC&page=2", "/x?token=***&page=2"),
            ("/rappel?code=AbC&state=dEf", "/rappel?code=***&state=***"),
            ("/consultations/12/", "/consultations/12/"),
        ],
    )
    def test_a_secret_of_an_address_is_masked(self, said: str, kept: str) -> None:
        for form in (logs.json_formatter(), logs.text_formatter()):
            assert kept in line(form, said)
            assert "AbC" not in line(form, said)

    def test_an_exception_stays_with_its_line_in_json(self) -> None:
        try:
            raise ValueError("/repondre/AbC/")
        except ValueError as error:
            record = logging.LogRecord(
                "x", 40, "", 1, "failed", (), (type(error), error, error.__traceback__)
            )
        written = logs.json_formatter().format(record)
        assert len(written.splitlines()) == 1
        assert "ValueError: /repondre/***/" in json.loads(written)["exception"]


class TestRequests:
    def test_a_request_is_one_line(self, signed_in: Client, buyer: User, kept: Kept) -> None:
        answer = signed_in.get(
            reverse("account"), {"q": "Nom"}, headers={"X-Request-ID": "abcdef-12"}
        )
        [told] = kept.of("clausier.request")
        assert answer["X-Request-ID"] == told["request_id"] == "abcdef-12"
        assert (told["method"], told["path"], told["route"]) == ("GET", "/compte/", "account")
        assert (told["status"], told["user_id"], told["query"]) == (200, buyer.pk, "q")
        assert told["queries"] > 0
        assert told["duration_ms"] > 0
        assert "Nom" not in json.dumps(told)

    def test_the_facility_is_named_once_it_is_known(
        self, signed_in: Client, facility: Facility, kept: Kept
    ) -> None:
        signed_in.get(reverse("checklists:comment_template_list", args=[facility.pk]))
        assert kept.of("clausier.request")[0]["facility_id"] == facility.pk

    @pytest.mark.parametrize("given", ["", "short", "a b c d e f g h", "x\nforged-line", "x" * 65])
    def test_an_identifier_that_is_no_plain_token_is_replaced(
        self, given: str, client: Client, db: None
    ) -> None:
        answer = client.get("/sante/vivant", headers={"X-Request-ID": given})
        assert answer["X-Request-ID"] != given
        assert len(answer["X-Request-ID"]) == 16

    def test_the_link_of_a_candidate_is_in_no_line(
        self, client: Client, db: None, kept: Kept
    ) -> None:
        secret = "aUnknownSecretOfACandidate0123456789"
        assert client.get(f"/repondre/{secret}/").status_code == 404
        assert secret not in json.dumps(kept.lines)
        assert "/repondre/***/" in json.dumps(kept.lines)

    def test_the_probe_that_succeeds_writes_nothing(self, client: Client, kept: Kept) -> None:
        client.get("/sante/vivant")
        assert kept.of("clausier.request") == []

    def test_two_requests_have_two_names(self, client: Client) -> None:
        names = {client.get("/sante/vivant")["X-Request-ID"] for _ in range(2)}
        assert len(names) == 2


class TestSlowQueries:
    def test_a_slow_query_is_written_without_its_values(
        self, signed_in: Client, settings: Any, kept: Kept
    ) -> None:
        settings.SLOW_QUERY_MS = 0
        answer = signed_in.get(reverse("account"))
        lines = kept.of("clausier.slow_query")
        assert len(lines) == kept.of("clausier.request")[0]["queries"]
        assert {line["request_id"] for line in lines} == {answer["X-Request-ID"]}
        assert lines[-1]["route"] == "account"
        assert any("accounts_user" in line["sql"] for line in lines)

    def test_a_quick_one_is_not(self, signed_in: Client, kept: Kept) -> None:
        signed_in.get(reverse("account"))
        assert kept.of("clausier.slow_query") == []

    @pytest.mark.parametrize(
        ("sql", "shown"),
        [
            ("SELECT  1\n FROM t1 WHERE a = 'it''s'", "SELECT ? FROM t1 WHERE a = ?"),
            ("x IN (%s, %s,%s)", "x IN (…)"),
            ("x IN (1, 2)", "x IN (…)"),
            ('"t"."col2" > 3.5 LIMIT 21', '"t"."col2" > ? LIMIT ?'),
        ],
    )
    def test_a_query_is_told_by_its_form(self, sql: str, shown: str) -> None:
        assert slow_queries.normalised(sql) == shown

    def test_each_query_of_a_block_counts(self, db: None) -> None:
        with slow_queries.counted() as count:
            User.objects.count()
            with connection.execute_wrapper(lambda execute, *rest: execute(*rest)):
                User.objects.count()
            User.objects.count()
        assert count.queries == 3
