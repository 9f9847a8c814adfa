"""Row-level security on PostgreSQL holds alone, once the first wall is taken away (QUALITY 2)."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from tests import wall as second
from uniha_clausier.accounts import queries
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, Membership, User
from uniha_clausier.common import journal, limits, row_policies, row_scope
from uniha_clausier.common.row_checks import check_rows
from vendors.models import Tender

from .matrix import RULES
from .rules import STRANGER
from .test_matrix import RULED, address, clients
from .world import OBJECTS, World

READ = [name for name in RULED if RULES[name].of and RULES[name].get and not RULES[name].is_api]
API = [name for name in RULED if RULES[name].of and RULES[name].get and RULES[name].is_api]

postgres = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one wall: the embedded base is small"
)


def test_every_model_says_whose_its_rows_are() -> None:
    assert row_policies.undeclared() == []
    for model, owner in row_policies.covered().items():
        parent = model._meta.get_field(owner.partition("__")[0]).related_model
        assert parent is Facility or parent in row_policies.covered(), model


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> World:
    if "wall" in request.fixturenames:
        request.getfixturevalue("wall")  # before the rows: they lock the tables
    made = World()
    for of in OBJECTS:
        OBJECTS[of](made)
    return made


@pytest.fixture
def wall(db: None, settings: Any) -> Iterator[None]:
    """The policies, and the role of the program; all of it goes with the transaction."""
    with connection.cursor() as cursor:
        second.raise_wall(cursor)
    settings.ROW_SECURITY = True
    second.become(connection)
    yield
    connection.execute_wrappers.remove(row_scope._tell_first)


@pytest.fixture
def no_first_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody has every role everywhere: what a forgotten condition would give."""

    def everywhere(user: User) -> QuerySet[Any, int]:
        return Facility.objects.values_list("pk", flat=True)

    monkeypatch.setattr(queries, "roles_in", lambda user, facility_id: frozenset(Role.values))
    monkeypatch.setattr(queries, "facility_ids_of", everywhere)
    monkeypatch.setattr(queries, "facilities_of", lambda user: list(Facility.objects.all()))


def rows_seen() -> dict[str, int]:
    """How many rows of each table are there for the present scope."""
    tables = [model._meta.db_table for model in row_policies.covered()]
    with connection.cursor() as cursor:
        found = {}
        for table in (*tables, "common_auditevent"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


@postgres
class TestTheTables:
    def test_a_person_has_the_rows_of_their_facility_and_a_stranger_none(
        self, world: World, wall: None
    ) -> None:
        everything = rows_seen()
        with row_scope.acting(row_scope.of_user(world.buyer.pk)):
            own = rows_seen()
        with row_scope.acting(row_scope.of_user(world.people[STRANGER].pk)):
            of_stranger = rows_seen()
        with row_scope.acting(row_scope.NOTHING):
            of_nobody = rows_seen()
        filled = {table for table, rows in own.items() if rows}
        assert len(filled) >= 35, sorted(everything.keys() - filled)
        common = {"common_auditevent"}
        assert not any(rows for table, rows in of_nobody.items() if table not in common)
        theirs = set(Tender.objects.filter(facility__memberships__user=world.people[STRANGER]))
        assert of_stranger["vendors_tender"] == len(theirs)
        assert of_stranger["checklists_answer"] == of_stranger["checklists_score"] == 0
        for table in filled - common:
            assert own[table] + of_stranger[table] <= everything[table]

    def test_the_rows_of_others_cannot_be_written(self, world: World, wall: None) -> None:
        tender = world.tender
        with row_scope.acting(row_scope.of_user(world.people[STRANGER].pk)):
            assert Tender.objects.filter(pk=tender.pk).update(title="À moi") == 0
            assert Tender.objects.filter(pk=tender.pk).delete()[0] == 0
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                Tender.objects.create(
                    facility=world.facility, reference="X", title="X", created_by=world.buyer
                )
        tender.refresh_from_db()
        assert tender.title != "À moi"

    def test_a_role_taken_back_counts_at_once(self, world: World, wall: None) -> None:
        with row_scope.acting(row_scope.of_user(world.buyer.pk)):
            assert Tender.objects.filter(pk=world.tender.pk).exists()
            Membership.objects.filter(user=world.buyer).delete()
            assert not Tender.objects.filter(pk=world.tender.pk).exists()

    @pytest.mark.parametrize(
        "sql",
        [
            "TRUNCATE common_auditevent",
            "DELETE FROM common_auditevent",
            "UPDATE common_auditevent SET action = ''",
            "TRUNCATE vendors_tender CASCADE",
            "DROP TABLE common_auditevent",
            "ALTER TABLE common_auditevent DISABLE TRIGGER ALL",
            "DROP POLICY clausier_rows ON vendors_tender",
            "DELETE FROM django_migrations",
        ],
    )
    def test_the_program_cannot_undo_what_protects(
        self, sql: str, world: World, wall: None
    ) -> None:
        with (
            pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)

    def test_a_block_undone_takes_its_scope_back(self, world: World, wall: None) -> None:
        with row_scope.acting(row_scope.of_user(world.buyer.pk)):
            before = rows_seen()
            with transaction.atomic():
                with row_scope.acting(row_scope.NOTHING):
                    assert rows_seen()["vendors_tender"] == 0
                transaction.set_rollback(True)
            assert rows_seen() == before
            with transaction.atomic(), row_scope.acting(row_scope.NOTHING):
                assert rows_seen()["vendors_tender"] == 0
                transaction.set_rollback(True)
            with row_scope.acting(row_scope.NOTHING):
                assert rows_seen()["vendors_tender"] == 0

    def test_the_journal_verifies_for_the_program(self, world: World, wall: None) -> None:
        assert list(journal.verify()) == []

    def test_the_program_forgets_the_limits_that_are_over(self, world: World, wall: None) -> None:
        with row_scope.acting(row_scope.NOTHING):
            cache.set("essais", [1.0], 60)
            with time_machine.travel(timezone.now() + dt.timedelta(minutes=5)):
                assert limits.forget_over() >= 1


def leaks(world: World, names: list[str]) -> list[str]:
    """The routes that show a stranger something of the facility."""
    # Names of facilities and people are read before one knows who asks: no policy covers them.
    secrets = [one for one in world.secrets if one != world.facility.name]
    found = []
    client: Client = clients(world)[STRANGER]
    bearer = Client(headers={"Authorization": f"Bearer {world.bearers[STRANGER]}"})
    for name in names:
        asking = bearer if RULES[name].is_api else client
        try:
            with transaction.atomic():
                response: Any = asking.get(address(name, world))
                content = b"".join(response) if response.streaming else response.content
        except (DatabaseError, LookupError, ValueError, TypeError, AssertionError):
            continue  # a page that stumbles on missing rows shows nothing
        if response.status_code == 200 and any(secret.encode() in content for secret in secrets):
            found.append(name)
    return found


def secure_rows(*options: str, told: StringIO | None = None) -> str:
    out = StringIO()
    call_command("secure_rows", *options, stdout=out, stderr=told)
    return out.getvalue()


class TestTheCommand:
    @postgres
    def test_raises_the_wall_and_takes_it_down(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE programme_essai NOLOGIN")
            for _twice in range(2):
                assert secure_rows("--role", "programme_essai").startswith("SÉPARÉ")
            cursor.execute("SELECT count(*) FROM pg_policies WHERE policyname = 'clausier_rows'")
            assert cursor.fetchone()[0] >= len(row_policies.covered())
            assert secure_rows("--undo").startswith("RETIRÉ")
            cursor.execute("SELECT count(*) FROM pg_policies WHERE policyname = 'clausier_rows'")
            assert cursor.fetchone()[0] == 0

    @postgres
    @pytest.mark.django_db(transaction=True)
    def test_gives_up_a_busy_table_for_a_while_and_holds_no_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody reads one of the last tables for longer than it waits."""
        reader = connection.copy()
        held: list[tuple[int]] = []

        def look() -> None:
            with closing(connection.copy()) as watcher, watcher.cursor() as cursor:
                while not held:
                    cursor.execute(
                        "SELECT count(*) FILTER (WHERE granted) FROM pg_locks"
                        " WHERE database = (SELECT oid FROM pg_database WHERE datname ="
                        " current_database()) AND mode = 'AccessExclusiveLock'"
                        " GROUP BY pid HAVING NOT bool_and(granted)"
                    )
                    held.extend(cursor.fetchall())

        monkeypatch.setattr("time.sleep", lambda _seconds: reader.rollback())
        told = StringIO()
        thread = threading.Thread(target=look, daemon=True)
        reader.set_autocommit(False)
        try:
            with connection.cursor() as cursor:
                cursor.execute("CREATE ROLE programme_patient NOLOGIN")
            with reader.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {row_policies.JOURNAL} IN ACCESS SHARE MODE")
            thread.start()
            said = secure_rows("--role", "programme_patient", told=told)
            thread.join(5)
            assert said.startswith("SÉPARÉ")
            assert told.getvalue().startswith("Une table est occupée")
            assert held == [(0,)]
        finally:
            reader.close()
            secure_rows("--undo")
            with connection.cursor() as cursor:
                cursor.execute("DROP OWNED BY programme_patient; DROP ROLE programme_patient")

    @postgres
    def test_refuses_a_role_that_would_see_over_the_wall(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE essai_libre NOLOGIN BYPASSRLS")
        for role, reason in (("personne", "n’existe pas"), ("essai_libre", "passe outre")):
            with pytest.raises(CommandError, match=reason):
                secure_rows("--role", role)

    @postgres
    def test_shows_its_sql_and_changes_nothing(self, db: None) -> None:
        assert "CREATE POLICY clausier_rows" in secure_rows("--role", "personne", "--print")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_policies")
            assert cursor.fetchone()[0] == 0

    def test_asks_for_what_it_needs(self, db: None) -> None:
        with pytest.raises(CommandError, match=r"rôle|embarquée"):
            secure_rows()


@postgres
class TestTheCheck:
    def said(self) -> list[str]:
        return [str(one.id) for one in check_rows(databases=["default"])]

    def test_is_silent_behind_the_wall(self, world: World, wall: None) -> None:
        assert self.said() == []

    def test_tells_what_is_bare(self, db: None, settings: Any) -> None:
        assert self.said() == []
        settings.ROW_SECURITY = True
        assert self.said() == ["clausier.E002", "clausier.W001"]

    def test_tells_one_table_made_since(self, world: World, wall: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP POLICY clausier_rows ON vendors_lot")
            cursor.execute(f"SET ROLE {second.ROLE}")
        [fault] = check_rows(databases=["default"])
        assert "vendors_lot" in str(fault.msg)

    @pytest.mark.parametrize(
        ("right", "thing"),
        [
            ("SELECT", "vendors_lot"),
            ("UPDATE", "vendors_lot"),
            ("INSERT", "common_auditevent"),
            ("SELECT", "django_migrations"),
            ("USAGE", "SEQUENCE vendors_lot_id_seq"),
            ("SELECT", "SEQUENCE vendors_lot_id_seq"),
        ],
    )
    def test_tells_a_right_that_is_gone(
        self, right: str, thing: str, world: World, wall: None
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(f"REVOKE {right} ON {thing} FROM {second.ROLE}")
            cursor.execute(f"SET ROLE {second.ROLE}")
        [fault] = check_rows(databases=["default"])
        assert fault.id == "clausier.E003"
        assert thing.removeprefix("SEQUENCE ") in str(fault.msg)

    def test_tells_that_rows_are_hidden_from_who_does_not_say_for_whom_it_asks(
        self, world: World, wall: None, settings: Any
    ) -> None:
        settings.ROW_SECURITY = False
        assert self.said() == ["clausier.E004"]


@postgres
class TestThePages:
    def test_nothing_leaks_without_the_first_wall(
        self, world: World, wall: None, no_first_wall: None
    ) -> None:
        assert leaks(world, READ + API) == []

    def test_without_both_nearly_everything_does(self, world: World, no_first_wall: None) -> None:
        """So the test above can fail."""
        assert len(leaks(world, READ)) >= 40
        assert len(leaks(world, API)) >= 5

    def test_one_connection_serves_two_people_and_nobody(self, world: World, wall: None) -> None:
        people = clients(world)
        url = f"/consultations/{world.tender.pk}/"
        for _turn in range(2):
            assert people[Role.BUYER].get(url).status_code == 200
            assert people[STRANGER].get(url).status_code == 404
            assert Client().get(url).status_code == 302
            assert people[Role.READER].get(url).status_code == 200
        assert row_scope.current() == row_scope.EVERYTHING
