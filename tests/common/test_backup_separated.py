"""Save and restore where PostgreSQL itself separates the facilities (docs/decisions/0038)."""

import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import connection

from .installed import Installation, address, prefix

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one wall"),
]


class Separated(NamedTuple):
    """One installation as its owner and as the program see it, and an empty one of the same owner."""

    owner: Installation
    program: Installation
    role: str
    empty: Installation
    empty_program: Installation


@pytest.fixture
def separated(tmp_path: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[Separated]:
    """As on a real server: the owner is no superuser, the program owns nothing."""
    name = prefix()
    owner, role = f"{name}_maitre", f"{name}_programme"
    databases = [f"{name}_{which}" for which in ("separee", "vide")]
    gone = [f"DROP DATABASE IF EXISTS {one} WITH (FORCE)" for one in databases]
    gone += [f"DROP ROLE IF EXISTS {one}" for one in (owner, role)]
    made = [f"CREATE ROLE {one} LOGIN" for one in (owner, role)]
    made += [f"CREATE DATABASE {one} OWNER {owner}" for one in databases]
    with django_db_blocker.unblock():
        _execute(*gone, *made)
    of_owner, of_program = (
        [Installation(tmp_path / one, address(one, who)) for one in databases]
        for who in (owner, role)
    )
    for one in of_program:
        one.more = {"ROW_SECURITY": "1"}
    for command in (["migrate", "-v0"], ["load_clausiers"], ["load_demo"]):
        of_owner[0].run(*command)
    of_owner[0].run("secure_rows", "--role", role)
    yield Separated(of_owner[0], of_program[0], role, of_owner[1], of_program[1])
    with django_db_blocker.unblock():
        _execute(*gone)


def _in(database: Installation, statement: str) -> str:
    told = subprocess.run(
        ["psql", "--no-psqlrc", "-qtA", f"--command={statement}", database.database],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return told.stdout.strip()


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)


def _counts(copy: Path) -> Any:
    with tarfile.open(copy) as archive:
        manifest = archive.extractfile("manifeste.json")
        assert manifest is not None
        return json.loads(manifest.read())["counts"]


def test_the_program_saves_every_row(separated: Separated, tmp_path: Path) -> None:
    whole, copy = tmp_path / "maitre.tar", tmp_path / "programme.tar"
    separated.owner.run("backup", str(whole))
    assert "fichiers" in separated.program.run("backup", str(copy)).stdout
    events = {"common_auditevent": _counts(whole)["common_auditevent"] + 1}  # of the first backup
    assert _counts(copy) == _counts(whole) | events
    assert _counts(copy)["vendors_tender"] > 0
    assert separated.empty.run("restore", str(copy)).stdout.startswith("RESTAURÉ")
    figures = separated.owner.figures()
    assert separated.empty.figures()[:2] == figures[:2]

    # A role that does not see everything makes no half of a backup.
    separated.program.more = {}
    half = tmp_path / "moitie.tar"
    refused = separated.program.run("backup", str(half), code=1).stderr
    assert "mettez ROW_SECURITY=1" in refused and "Traceback" not in refused
    separated.program.more = {"ROW_SECURITY": "1"}
    separated.owner.run("secure_rows", "--undo")
    with_no_right = separated.empty_program.run("backup", str(half), code=1).stderr
    assert "secure_rows --role" in with_no_right and "Traceback" not in with_no_right
    assert not half.exists()


def test_a_restored_installation_is_separated_again(separated: Separated, tmp_path: Path) -> None:
    owner, program, role, empty, empty_program = separated
    copy = tmp_path / "tout.tar"
    program.run("backup", str(copy))
    refused = empty_program.run("restore", str(copy), code=1).stderr
    assert "DATABASE_URL du propriétaire" in refused and "Traceback" not in refused
    # What stops it half-way leaves nothing.
    _in(empty, "CREATE TYPE vendors_tender AS (one integer)")
    stopped = empty.run("restore", str(copy), code=1).stderr
    assert "psql a échoué" in stopped and "vendors_tender" in stopped
    assert _in(empty, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"
    _in(empty, "DROP TYPE vendors_tender")
    assert "secure_rows --role RÔLE" in empty.run("restore", str(copy)).stdout
    # The policies came, the rights did not: the check says it, and what to do.
    told = empty_program.run("check", "--database", "default", code=1).stderr
    assert "n’a pas tous ses droits" in told and "secure_rows --role" in told
    empty.run("secure_rows", "--role", role)
    empty_program.run("check", "--database", "default")
    assert empty_program.figures() == empty.figures()
    assert empty_program.figures()[:2] == owner.figures()[:2]


def test_what_was_saved_before_the_separation_replaces_it(
    separated: Separated, tmp_path: Path
) -> None:
    owner, program, role, _empty, _program = separated
    before, after = tmp_path / "avant.tar", tmp_path / "apres.tar"
    program.run("backup", str(after))
    owner.run("secure_rows", "--undo")
    owner.run("backup", str(before))
    owner.run("secure_rows", "--role", role)
    # A table of a later version leans on one of ours.
    _in(owner, "CREATE TABLE vendors_later (tender_id bigint REFERENCES vendors_tender)")
    policies = "SELECT count(*) FROM pg_policies WHERE policyname = 'clausier_rows'"
    for copy, are_separated in ((before, False), (after, True), (before, False)):
        told = owner.run("restore", str(copy), "--remplacer").stdout
        assert told.startswith("RESTAURÉ")
        assert ("À FAIRE" in told) is are_separated
        assert (_in(owner, policies) != "0") is are_separated
        assert _in(owner, "SELECT to_regclass('vendors_later')") == ""
    owner.run("secure_rows", "--role", role)
    assert program.figures() == owner.figures()
