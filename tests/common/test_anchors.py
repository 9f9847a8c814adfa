"""An anchor kept elsewhere sees the loss of the last events, which the chain alone does not."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from uniha_clausier.common import anchors, journal
from uniha_clausier.common.models import AuditEvent, JournalHead


def write(tenant: int, count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            journal.record(tenant=tenant, action="essai", subject=f"essai/{number}", by=None)


def truncate(tenant: int, seq: int) -> None:
    """What an attacker with the rights of the database does: the tail and the head go together."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                ["common_auditevent"],
            )
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute("ALTER TABLE common_auditevent DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM common_auditevent WHERE tenant = %s AND seq > %s", [tenant, seq]
        )
    last = AuditEvent.objects.get(tenant=tenant, seq=seq)
    JournalHead.objects.filter(pk=tenant).update(seq=seq, hash=last.hash)


@pytest.fixture
def anchored(db: None, tmp_path: Path) -> Path:
    write(1, 5)
    write(2, 3)
    file = tmp_path / "ancres.jsonl"
    file.write_text(anchors.make(tmp_path) + "\n\n", encoding="utf-8")
    return file


def checked(file: Path) -> list[tuple[int, int]]:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line]
    return [(bad.tenant, bad.seq) for bad in anchors.check(lines, file.parent)]


def test_a_journal_that_goes_on_agrees_with_its_anchors(anchored: Path) -> None:
    write(1, 2)
    assert checked(anchored) == []
    call_command("verify_journal", kept=anchored)


def test_a_tail_that_is_lost_is_seen_by_the_anchor_alone(anchored: Path) -> None:
    truncate(1, 3)
    assert list(journal.verify()) == []
    assert checked(anchored) == [(1, 5)]
    with pytest.raises(SystemExit):
        call_command("verify_journal", kept=anchored)


def test_a_chain_written_again_with_as_many_events_is_seen(anchored: Path) -> None:
    truncate(1, 3)
    write(1, 2)
    assert list(journal.verify()) == []
    assert checked(anchored) == [(1, 5)]


@pytest.mark.parametrize("field", ["at", "heads", "signature", "certificate", "format"])
def test_an_anchor_that_was_touched_is_refused(anchored: Path, field: str) -> None:
    content = json.loads(anchored.read_text(encoding="utf-8").strip())
    values = {
        "at": "2020-01-01T00:00:00+00:00",
        "heads": [],
        "signature": content["signature"][4:],
        "certificate": "bm9u",
        "format": "autre",
    }
    content[field] = values[field]
    with pytest.raises(anchors.BadAnchor):
        anchors.read(json.dumps(content), anchored.parent)


def test_an_anchor_of_another_installation_is_refused(anchored: Path, tmp_path: Path) -> None:
    line = anchors.make(tmp_path / "autre")
    with pytest.raises(anchors.BadAnchor, match="pas signée par cette installation"):
        anchors.read(line, anchored.parent)


@pytest.mark.parametrize("line", ["", "{}", "[]", "x", '{"certificate": 3}'])
def test_what_is_no_anchor_is_said(line: str, tmp_path: Path) -> None:
    with pytest.raises(anchors.BadAnchor, match="n’est pas une ancre"):
        anchors.read(line, tmp_path)


def test_a_file_that_is_not_there_is_said(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ne se lit pas"):
        call_command("verify_journal", kept=tmp_path / "absent")
