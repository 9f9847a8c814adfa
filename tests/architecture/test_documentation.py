"""What the pages say of the configuration is what the settings read."""

from pathlib import Path

from uniha_clausier import settings, webserver
from uniha_clausier.common import env

PAGE = Path(settings.BASE_DIR) / "docs" / "exploitation.md"


def test_the_table_of_variables_is_the_one_of_the_settings() -> None:
    assert webserver.bind
    page = PAGE.read_text(encoding="utf-8")
    table = page.split("<!-- variables -->")[1].split("<!-- /variables -->")[0].strip()
    assert [row.split("|")[1] for row in table.splitlines()] == [
        row.split("|")[1] for row in env.table().splitlines()
    ]
    assert table == env.table().replace(str(settings.BASE_DIR), "<projet>")
