"""The files of deploy/: what they name exists, what they hold reads, what they promise is there."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from checklists.documents import answer_files, verification
from checklists.domain import reply_links
from checklists.forms import deposits
from checklists.views import answer_doors
from uniha_clausier import settings, webserver
from uniha_clausier.common import file_kinds
from uniha_clausier.common.file_kinds import MEGABYTE

ROOT = Path(settings.BASE_DIR)
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
CONTAINER = DEPLOY / "container"
NIGHTLY = CONTAINER / "clausier-backup.service"
"""Takes the place of the service of the same name, which the same timer starts."""
MOST_EXPOSED = 2.5
"""Of ten, by systemd-analyze, which calls « OK » what is below 5."""


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def commands_of(text: str) -> set[str]:
    return set(re.findall(r"manage\.py\"?,? \"?([a-z_]+)", text))


@pytest.mark.parametrize(
    "path",
    [*SERVICES, NIGHTLY, CONTAINER / "compose.yaml"],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_commands_that_are_started_exist(path: Path) -> None:
    assert commands_of(text_of(path)) - set(get_commands()) == set()
    assert commands_of(text_of(path)) or "gunicorn" in text_of(path)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize(
    "units",
    [UNITS, [NIGHTLY, DEPLOY / "systemd/clausier-backup.timer"]],
    ids=["site", "containers"],
)
def test_systemd_understands_every_unit(units: list[Path], tmp_path: Path) -> None:
    installed = tmp_path / "opt"
    (installed / ".venv/bin").mkdir(parents=True)
    for name in ("python", "gunicorn"):
        (installed / ".venv/bin" / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (installed / ".venv/bin" / name).chmod(0o755)
    copies = []
    for unit in units:
        copy = tmp_path / unit.name
        copy.write_text(text_of(unit).replace("/opt/clausier", str(installed)), encoding="utf-8")
        copies.append(str(copy))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *copies],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.name))
def test_every_service_is_locked_in(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None
    assert float(found[1]) < MOST_EXPOSED


def section(unit: Path) -> list[str]:
    return text_of(unit).split("[Service]")[1].split("[Install]")[0].splitlines()


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.name))
def test_no_service_opens_the_folder_of_the_data(unit: Path) -> None:
    # Without a mode systemd gives 0755, to a folder that is already there too.
    assert {"StateDirectory=clausier", "StateDirectoryMode=0700"} <= set(section(unit))
    assert "After=" in text_of(unit) and "postgresql.service" in text_of(unit)


def test_the_worker_may_draw_documents_out_of_the_network() -> None:
    # pdf_isolated enters an empty network namespace, and goes on with the network where it cannot.
    allowed = [line for line in section(DEPLOY / "systemd/clausier-worker.service")
               if line.startswith("RestrictNamespaces=")]  # fmt: skip
    assert allowed == ["RestrictNamespaces=net user"]


def test_no_reload_is_offered_that_would_load_nothing() -> None:
    # The application is read once, before the fork, and systemd reads the settings at a start.
    assert webserver.preload_app
    assert [unit.name for unit in SERVICES if "ExecReload" in text_of(unit)] == []


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(text_of(CONTAINER / "compose.yaml")))


def test_compose_starts_what_is_needed_without_rights() -> None:
    services = compose()["services"]
    assert set(services) == {"web", "worker", "postgres", "caddy"}
    # Older podman-compose or podman ignore conditions: none is relied on.
    assert not [one for one in services.values() if isinstance(one.get("depends_on"), dict)]
    for name in ("web", "worker"):
        one = services[name]
        assert one["read_only"] is True and one["cap_drop"] == ["ALL"], name
        assert (CONTAINER / one["build"]["context"]).resolve() == ROOT
        assert (ROOT / one["build"]["dockerfile"]).is_file()
    declared = set(compose()["volumes"])
    named = {
        volume.split(":")[0]
        for one in services.values()
        for volume in one["volumes"] if not volume.startswith("/")
    }  # fmt: skip
    assert named == declared


def test_compose_comes_back_with_the_machine_and_keeps_nothing_in_the_sources() -> None:
    services = compose()["services"]
    # podman-restart.service starts these alone; what an update replaces holds nothing of the site.
    assert {one["restart"] for one in services.values()} == {"always"}
    paths = [one["file"] for one in compose()["secrets"].values()]
    paths += [one["env_file"] for one in services.values() if "env_file" in one]
    mounted = [volume.split(":")[0] for one in services.values() for volume in one["volumes"]]
    paths += [path for path in mounted if path not in compose()["volumes"]]
    own = ("/etc/clausier/", "/var/backups/clausier")
    assert [path for path in paths if not path.startswith(own)] == ["/opt/clausier/deploy/pages"]


def test_the_files_that_the_settings_of_compose_name_are_read_and_never_written() -> None:
    services, folder = compose()["services"], "/etc/clausier/fichiers"
    for name in ("web", "worker"):
        assert f"{folder}:{folder}:ro" in services[name]["volumes"], name
    made = re.search(r"install -d -m 0700 -o (\d+) fichiers", text_of(ROOT / "docs/operations.md"))
    assert made is not None
    assert f"--uid {made[1]} " in text_of(CONTAINER / "Containerfile")


def test_the_containers_are_saved_each_night_under_a_name_of_that_night() -> None:
    [name] = re.findall(r"podman exec (\S+)", text_of(NIGHTLY))
    assert name == f"{compose()['name']}_web_1" and "web" in compose()["services"]
    [target] = re.findall(r'manage\.py backup "([^"]+)"', text_of(NIGHTLY))
    assert f'backup "{target}"' in text_of(DEPLOY / "systemd" / NIGHTLY.name)
    assert Path(target).parent == Path("/var/backups/clausier") and "$$(date " in target


@pytest.mark.parametrize("serving", ["", "clausier-0", "clausier-1"])
def test_the_units_come_with_the_link_and_not_before(tmp_path: Path, serving: str) -> None:
    """Beside a version that serves, they would drive its code; the second time is a repair."""
    place, units = tmp_path / "opt/clausier-1", tmp_path / "system"
    units.mkdir()
    shutil.copytree(DEPLOY / "systemd", place / "deploy/systemd")
    if serving:
        (tmp_path / "opt" / serving).mkdir(exist_ok=True)
        (tmp_path / "opt/clausier").symlink_to(tmp_path / "opt" / serving)
    steps = text_of(DEPLOY / "offline/install.sh")
    before, _name, link = steps.partition("\nlink() {\n")
    assert "systemd" not in before
    link = "link() {\n" + link.partition("\n}\n")[0] + "\n}\n"
    for there, here in {"/opt": tmp_path / "opt", "/etc/systemd/system": units,
                        "/run/systemd/system": tmp_path / "none"}.items():  # fmt: skip
        link = link.replace(there, str(here))
    script = f"set -euo pipefail; VERSION=1 PLACE={place}\n{link}\nlink"
    subprocess.run(["bash", "-c", script], check=True, capture_output=True)
    is_led = serving != "clausier-0"
    assert ((tmp_path / "opt/clausier").resolve() == place) is is_led
    assert sorted(one.name for one in units.iterdir()) == [one.name for one in UNITS] * is_led


def test_the_image_is_sent_what_it_copies_and_nothing_else() -> None:
    kept = {line[1:] for line in text_of(ROOT / ".dockerignore").splitlines() if line[:1] == "!"}
    copied = re.findall(r"^COPY (?!--)(\S+)", text_of(CONTAINER / "Containerfile"), re.MULTILINE)
    assert kept == set(copied)
    assert "*" in text_of(ROOT / ".dockerignore").splitlines()


def test_the_caddyfile_serves_compose_as_it_is() -> None:
    caddy = compose()["services"]["caddy"]
    (name,) = caddy["environment"]
    assert f"reverse_proxy {{${name}:127.0.0.1:8000}}" in text_of(DEPLOY / "caddy/Caddyfile")
    assert caddy["environment"][name] == "web:8000"


def test_the_image_copies_what_exists_and_runs_as_nobody_special() -> None:
    lines = text_of(CONTAINER / "Containerfile").splitlines()
    sources = [shlex.split(line)[1] for line in lines if line.startswith("COPY ")]
    own = [name for name in sources if not name.startswith("--from")]
    assert [name for name in own if not (ROOT / name).exists()] == []
    # All of the product: what the settings and the applications are made of.
    assert {"manage.py", *(path.parent.name for path in ROOT.glob("*/apps.py"))} <= set(own)
    assert "USER clausier" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)


def test_the_packages_of_the_image_are_those_of_the_set_up() -> None:
    setup = re.search(r"RUN_PACKAGES=\((.*?)\)", text_of(ROOT / "bin/setup"), re.DOTALL)
    assert setup is not None
    image = text_of(CONTAINER / "Containerfile").split()
    assert [name for name in setup[1].split() if name not in image] == []


EXAMPLES = [DEPLOY / "clausier.env.example", CONTAINER / "clausier.env.example"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.parent.name))
def test_the_example_of_settings_names_variables_that_exist(example: Path) -> None:
    page = text_of(ROOT / "docs/operations.md")
    names = re.findall(r"^([A-Z_]+)=", text_of(example), re.MULTILINE)
    known = set(re.findall(r"`([A-Z_0-9]+)`", page))
    assert names
    assert [name for name in names if name not in known] == []


def test_the_proxies_let_through_the_largest_upload_that_a_page_promises() -> None:
    nginx = re.findall(r"client_max_body_size (\d+)m;", text_of(DEPLOY / "nginx/clausier.conf"))
    caddy = text_of(DEPLOY / "caddy/Caddyfile")
    assert nginx == re.findall(r"max_size (\d+)MiB", caddy) == ["125"]
    most = int(nginx[0]) * MEGABYTE
    assert re.findall(r"int\(\{header.Content-Length\}\) > (\d+)", caddy) == [str(most)]
    promised = (file_kinds.MOST_BYTES, verification.MAX_SIZE, answer_files.MAX_BYTES)
    together = (deposits.MOST_TOGETHER, reply_links.MOST_BYTES, answer_doors.MOST_SENT)
    assert max(promised + together) + MEGABYTE <= most
    for told in (DEPLOY / "pages/trop-grand.html", ROOT / "docs/operations.md"):
        assert f"{nginx[0]} Mo" in text_of(told).replace("\u00a0", " ")


def test_the_proxies_leave_an_idle_connection_before_the_server_closes_it() -> None:
    kept = [
        *re.findall(r"keepalive_timeout (\d+)s;", text_of(DEPLOY / "nginx/clausier.conf")),
        *re.findall(r"\bkeepalive (\d+)s\n", text_of(DEPLOY / "caddy/Caddyfile")),
    ]
    assert len(kept) == len(("nginx", "caddy"))
    assert max(map(int, kept)) < webserver.keepalive


@pytest.mark.parametrize("page", sorted((DEPLOY / "pages").iterdir()), ids=lambda page: page.name)
def test_the_pages_of_the_proxy_load_nothing(page: Path) -> None:
    text = text_of(page)
    assert '<html lang="fr">' in text and "<h1>" in text
    assert re.findall(r"(?:src|href|style)=|<script|<style", text) == []
