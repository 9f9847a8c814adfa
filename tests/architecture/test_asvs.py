"""docs/asvs.csv: where each requirement of OWASP ASVS 5.0.0, levels 1 and 2, is held."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs/asvs.csv"
PAGE = ROOT / "docs/security.md"

# Requirements of levels 1 and 2 by chapter, counted in the standard itself.
EXPECTED = {
    1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7,
    10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16, 17: 7,
}  # fmt: skip
STATES = {"conforme", "partiel", "exploitant", "non applicable"}


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


ROWS = rows()


def test_each_requirement_of_the_two_levels_stands_once() -> None:
    identifiers = [row["exigence"] for row in ROWS]
    assert len(identifiers) == len(set(identifiers))
    assert all(re.fullmatch(r"V\d+\.\d+\.\d+", one) for one in identifiers)
    assert Counter(int(one[1:].split(".")[0]) for one in identifiers) == EXPECTED
    assert Counter(row["niveau"] for row in ROWS) == {"1": 70, "2": 183}


def test_each_row_says_its_state_and_what_holds_it() -> None:
    assert [row["exigence"] for row in ROWS if row["état"] not in STATES] == []
    assert [row["exigence"] for row in ROWS if not row["ce qui la tient"].strip()] == []


def test_what_is_said_to_hold_is_held_by_a_test_or_was_read() -> None:
    unproven = [row for row in ROWS if row["état"] == "conforme" and not row["tests"].strip()]
    read = "relecture\u00a0; "
    assert [r["exigence"] for r in unproven if not r["ce qui la tient"].startswith(read)] == []


def cited() -> list[str]:
    """The tests that the table and the page name; the page says the file once for several."""
    found = {name for row in ROWS for name in row["tests"].split()}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        file = ""
        for name in re.findall(r"`((?:tests/[\w/]+\.py)?(?:::\w+)*)`", line):
            file = name.split("::")[0] or file
            found.add(name if name.startswith("tests/") else file + name)
    return sorted(found - {""})


@pytest.mark.parametrize("name", cited())
def test_every_test_that_is_cited_exists(name: str) -> None:
    file, *names = name.split("::")
    source = (ROOT / file).read_text(encoding="utf-8")
    for one in names:
        kind = "class" if one.startswith("Test") else "def"
        assert re.search(rf"^\s*{kind} {one}\b", source, re.MULTILINE), name


def test_the_page_counts_what_the_table_says() -> None:
    told = PAGE.read_text(encoding="utf-8")
    for state, number in Counter(row["état"] for row in ROWS).items():
        assert f"| {state} | {number} |" in told
