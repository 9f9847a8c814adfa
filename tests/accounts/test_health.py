"""What watches the service asks: is it alive, is it ready, how much."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from uniha_clausier.accounts.views import health as views
from uniha_clausier.common import health, journal, metrics, queue_worker, scanning
from uniha_clausier.common.certificates import local_seal
from uniha_clausier.common.models import WorkerSign


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_readiness", health.Readiness())


def refuse(*args: Any) -> Any:
    raise OperationalError("server closed the connection at 10.0.0.7")


class TestAlive:
    def test_it_asks_nothing_of_the_database(self, client: Client) -> None:
        # Without the fixture of the database, a query fails the test.
        answer = client.get("/sante/vivant")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert "no-cache" in answer["Cache-Control"]


class TestReady:
    def test_all_is_well(self, client: Client, db: None) -> None:
        answer = client.get("/sante/pret")
        assert (answer.status_code, answer.json()["failures"]) == (200, [])

    def test_a_database_away_is_named_and_nothing_more(self, client: Client, db: None) -> None:
        with connection.execute_wrapper(refuse):
            answer = client.get("/sante/pret")
        assert answer.status_code == 503
        assert answer.json()["failures"] == ["database"]
        assert "10.0.0.7" not in answer.content.decode()
        assert answer["Retry-After"] == "5"

    def test_a_database_that_comes_back_is_seen_at_once(self, client: Client, db: None) -> None:
        with connection.execute_wrapper(refuse):
            client.get("/sante/pret")
        assert client.get("/sante/pret").status_code == 200

    def test_a_migration_that_is_missing_is_told(
        self, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        applied = MigrationRecorder.Migration.objects.filter(app="vendors")
        last = applied.order_by("name").last()
        assert last is not None
        last.delete()
        assert f"vendors.{last.name}" in health.pending_migrations()
        answer = client.get("/sante/pret")
        assert (answer.status_code, answer.json()["failures"]) == (503, ["migrations"])

    def test_a_folder_that_takes_no_file_is_told(
        self, client: Client, db: None, tmp_path: Path
    ) -> None:
        (tmp_path / "files").write_text("not a folder")
        answer = client.get("/sante/pret")
        assert (answer.status_code, answer.json()["failures"]) == (503, ["storage"])

    def test_no_worker_is_a_warning(self, client: Client, db: None) -> None:
        answer = client.get("/sante/pret")
        assert (answer.status_code, answer.json()["warnings"]) == (200, ["worker"])
        queue_worker.show_life("one")
        assert client.get("/sante/pret").json()["warnings"] == []
        WorkerSign.objects.update(seen_at=timezone.now() - dt.timedelta(seconds=61))
        assert client.get("/sante/pret").json()["warnings"] == ["worker"]
        queue_worker.show_life("one")
        queue_worker.leave("one")
        assert client.get("/sante/pret").json()["warnings"] == ["worker"]

    def test_no_trial_file_is_left(self, client: Client, db: None, tmp_path: Path) -> None:
        client.get("/sante/pret")
        assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


class TestFigures:
    def test_each_request_is_counted(self, client: Client, db: None) -> None:
        for _ in range(3):
            client.get("/sante/vivant")
        text = client.get("/metriques").content.decode()
        [line] = [
            line
            for line in text.splitlines()
            if line.startswith('clausier_requests_total{method="GET",route="health_alive"')
        ]
        assert float(line.rsplit(" ", 1)[1]) >= 3
        assert 'clausier_request_seconds_bucket{le="0.3",route="health_alive"}' in text

    def test_an_address_that_does_not_exist_makes_no_series(self, client: Client, db: None) -> None:
        client.get("/une-adresse-inventee/")
        client.generic("BREW", "/sante/vivant")
        text = client.get("/metriques").content.decode()
        assert "inventee" not in text
        assert "BREW" not in text
        assert 'route="unknown"' in text

    @pytest.mark.parametrize("given", ["", "Bearer wrong", "un-jeton-de-vingt-signes"])
    def test_a_token_is_asked_when_there_is_one(
        self, client: Client, settings: Any, given: str
    ) -> None:
        settings.METRICS_TOKEN = "un-jeton-de-vingt-signes"
        assert client.get("/metriques", headers={"Authorization": given}).status_code == 404

    def test_the_token_opens_them(self, client: Client, db: None, settings: Any) -> None:
        settings.METRICS_TOKEN = "un-jeton-de-vingt-signes"
        asked = {"Authorization": "Bearer un-jeton-de-vingt-signes"}
        assert client.get("/metriques", headers=asked).status_code == 200

    @pytest.mark.parametrize(
        "asked", [{"REMOTE_ADDR": "10.0.0.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}]
    )
    def test_without_a_token_they_stay_on_this_machine(
        self, client: Client, asked: dict[str, str]
    ) -> None:
        assert client.get("/metriques", **asked).status_code == 404  # type: ignore[arg-type]

    def test_what_the_database_and_the_disk_know_is_read(
        self, client: Client, db: None, tmp_path: Path
    ) -> None:
        local_seal(tmp_path, "Hôpital")
        queue_worker.show_life("one")
        scanning.scan_file.enqueue("absent")
        with transaction.atomic():
            journal.record(tenant=1, action="essai", subject="essai", by=None)
        lines = client.get("/metriques").content.decode().splitlines()
        values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        assert values['clausier_queue_tasks{status="ready"}'] == "1.0"
        assert values['clausier_queue_tasks{status="failed"}'] == "0.0"
        assert 0 <= float(values["clausier_queue_oldest_seconds"]) < 60
        assert values["clausier_queue_given_up"] == "0.0"
        assert values["clausier_workers"] == "1.0"
        assert values['clausier_documents{state="failed"}'] == "0.0"
        assert 'clausier_documents{state="ready"}' not in values
        assert float(values["clausier_storage_free_bytes"]) > 0
        assert abs(float(values["clausier_clock_ahead_seconds"])) < 1
        assert 0 <= float(values["clausier_journal_last_event_seconds"]) < 60
        ends = [name for name in values if name.startswith("clausier_certificate_expires")]
        assert len(ends) == 2

    def test_a_figure_that_fails_is_left_out(
        self, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        broken = metrics.Gauge("clausier_broken", "x", (), refuse)
        monkeypatch.setitem(metrics._gauges, "clausier_broken", broken)
        answer = client.get("/metriques")
        assert answer.status_code == 200
        assert b"clausier_broken" not in answer.content
