"""The settings of production, read as production reads them: a process of its own, no DEMO."""

import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core import signing
from django.utils.module_loading import import_string
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException
from gunicorn.http.parser import RequestParser

from uniha_clausier import settings, webserver

ROOT = Path(settings.BASE_DIR)
IMPORTED = re.compile(r"""\b(?:from|import)\s*\(?["'](\.[^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")
READ = """
import json
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.isupper()}, default=str))
"""


def production(home: Path, **more: str) -> dict[str, str]:
    """The variables of a small installation, and nothing of this machine but where Python is."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "uniha_clausier.settings",
        "CLAUSIER_HOME": str(home),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "clausier.chu.example",
        "CSRF_TRUSTED_ORIGINS": "https://clausier.chu.example",
        "EMAIL_HOST": "mail.chu.example",
    } | more


def run(
    environment: dict[str, str], *arguments: str, given: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        input=given,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The settings of production."""
    done = run(production(tmp_path_factory.mktemp("production")), "-c", READ)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_check_of_django_for_deployments_is_silent(tmp_path: Path) -> None:
    told = run(production(tmp_path), "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert told.returncode == 0, told.stderr
    assert "no issues (0 silenced)" in told.stdout + told.stderr


def test_nothing_is_debugged(read: dict[str, Any]) -> None:
    assert read["DEBUG"] is False and read["DEMO"] is False


def test_hosts_and_origins_are_named(read: dict[str, Any]) -> None:
    assert read["ALLOWED_HOSTS"] == ["clausier.chu.example"]
    assert read["CSRF_TRUSTED_ORIGINS"] == ["https://clausier.chu.example"]
    assert read["USE_X_FORWARDED_HOST"] is False and read["USE_X_FORWARDED_PORT"] is False


def test_a_forwarded_scheme_is_believed_only_behind_a_proxy(
    read: dict[str, Any], tmp_path: Path
) -> None:
    assert read["SECURE_PROXY_SSL_HEADER"] is None
    behind = json.loads(run(production(tmp_path, BEHIND_PROXY="1"), "-c", READ).stdout)
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


ASKS = """
import json, sys
import django
from gunicorn.config import Config
from gunicorn.http import parser, wsgi
django.setup()
from allauth.account.adapter import get_adapter
from django.core.handlers.wsgi import WSGIRequest
from uniha_clausier import webserver
read = Config()
for name in set(read.settings) & set(vars(webserver)):
    read.set(name, getattr(webserver, name))
told = []
for line in json.load(sys.stdin):
    sent = f"GET /a/b HTTP/1.1\\r\\nHost: clausier.chu.example\\r\\n{line}\\r\\n\\r\\n".encode()
    peer = ("127.0.0.1", 1)
    asked = next(parser.RequestParser(read, iter([sent]), peer))
    _answer, environ = wsgi.create(asked, None, peer, ("127.0.0.1", 8000), read)
    request = WSGIRequest(environ)
    address = get_adapter(request).get_client_ip(request)
    told.append([environ["wsgi.url_scheme"], request.is_secure(), request.path_info, address])
print(json.dumps(told))
"""
PLAIN = ["http", False, "/a/b", "127.0.0.1"]


@pytest.mark.parametrize(
    ("behind", "secure", "address"), [("0", False, "127.0.0.1"), ("1", True, "198.51.100.7")]
)
def test_what_a_proxy_says_is_believed_by_one_setting(
    behind: str, secure: bool, address: str, tmp_path: Path
) -> None:
    """Not by the web server too, whose habit is to believe whoever asks from this machine."""
    wanted = {
        "X-Forwarded-Proto: https": ["http", secure, "/a/b", "127.0.0.1"],
        "X-Forwarded-For: 203.0.113.9, 198.51.100.7": ["http", False, "/a/b", address],
        "X-Forwarded-Proto: http": PLAIN,
        "X-Forwarded-Ssl: on": PLAIN,
        "X-Forwarded-Protocol: ssl": PLAIN,
        "X-Real-IP: 203.0.113.9": PLAIN,
        "Forwarded: for=203.0.113.9;proto=https": PLAIN,
        "SCRIPT_NAME: /a": PLAIN,
    }
    environment = production(tmp_path, BEHIND_PROXY=behind)
    done = run(environment, "-c", ASKS, given=json.dumps(list(wanted)))
    assert done.returncode == 0, done.stderr
    assert dict(zip(wanted, json.loads(done.stdout), strict=True)) == wanted


def test_pages_are_https_for_a_year(read: dict[str, Any]) -> None:
    assert read["SECURE_SSL_REDIRECT"] is True
    assert read["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert read["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True


def test_cookies_belong_to_this_host_and_to_no_script(read: dict[str, Any]) -> None:
    for kind in ("SESSION", "CSRF"):
        assert read[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert read[f"{kind}_COOKIE_SECURE"] is True and read[f"{kind}_COOKIE_HTTPONLY"] is True
        assert read[f"{kind}_COOKIE_SAMESITE"] == "Lax"
        assert read[f"{kind}_COOKIE_DOMAIN"] is None and read[f"{kind}_COOKIE_PATH"] == "/"


def test_headers_are_strict(read: dict[str, Any]) -> None:
    assert read["SECURE_CONTENT_TYPE_NOSNIFF"] is True and read["X_FRAME_OPTIONS"] == "DENY"
    assert read["SECURE_REFERRER_POLICY"] == "same-origin"
    assert read["SECURE_CROSS_ORIGIN_OPENER_POLICY"] == "same-origin"
    policy = json.dumps(read["CONTENT_SECURITY_POLICY"])
    assert "unsafe" not in policy and "://" not in policy and "*" not in policy


def test_requests_are_limited(read: dict[str, Any]) -> None:
    assert read["DATA_UPLOAD_MAX_MEMORY_SIZE"] <= 6 * 1024 * 1024
    assert read["DATA_UPLOAD_MAX_NUMBER_FIELDS"] <= 5_000
    assert 0 < read["DATA_UPLOAD_MAX_NUMBER_FILES"] <= 100
    assert read["FILE_UPLOAD_MAX_MEMORY_SIZE"] <= 2 * 1024 * 1024


def test_files_stay_out_of_what_the_web_server_shows(read: dict[str, Any]) -> None:
    static, home = Path(read["STATIC_ROOT"]), Path(read["CLAUSIER_HOME"])
    options = read["STORAGES"]["default"]["OPTIONS"]
    files = Path(options["location"])
    assert files == home / "files" and static not in files.parents and files not in static.parents
    assert not read["MEDIA_URL"].strip("/")
    assert options["file_permissions_mode"] == 0o600


@pytest.mark.long
def test_without_a_mail_server_no_message_is_printed_and_it_is_said(tmp_path: Path) -> None:
    """A message may hold the link of a new password: the output of a server is kept for long."""
    environment = production(tmp_path) | {"EMAIL_HOST": ""}
    told = run(environment, "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert told.returncode == 1 and "Posez EMAIL_HOST." in told.stderr
    sent = run(environment, "manage.py", "sendtestemail", "a@b.example")
    assert sent.returncode == 1 and "EMAIL_HOST is not set" in sent.stderr
    assert "a@b.example" not in sent.stdout


def test_a_mail_server_that_hangs_is_left(read: dict[str, Any]) -> None:
    assert read["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert 0 < read["EMAIL_TIMEOUT"] <= 10


@pytest.mark.long
def test_the_account_of_the_mail_server_is_read_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "messagerie"
    secret.write_text("ouvre-toi\n", encoding="utf-8")
    account = {"EMAIL_USER": "clausier", "EMAIL_PASSWORD_FILE": str(secret)}
    check = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    in_clear = run(production(tmp_path, **account), *check)
    assert in_clear.returncode == 1 and "Posez EMAIL_TLS." in in_clear.stderr
    assert run(production(tmp_path, **account, EMAIL_TLS="starttls"), *check).returncode == 0
    for tls, wanted in {"starttls": (True, False), "ssl": (False, True)}.items():
        environment = production(tmp_path, **account, EMAIL_TLS=tls)
        found = json.loads(run(environment, "-c", READ).stdout)
        assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == wanted
        assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("clausier", "ouvre-toi")
    alone = run(production(tmp_path, EMAIL_USER="clausier"), *check)
    assert alone.returncode == 1 and "EMAIL_PASSWORD" in alone.stderr


def test_connections_to_the_database_are_kept_and_checked(read: dict[str, Any]) -> None:
    default = read["DATABASES"]["default"]
    assert default["CONN_MAX_AGE"] > 0 and default["CONN_HEALTH_CHECKS"] is True


def test_a_page_asks_for_the_modules_of_its_own_version_only(
    read: dict[str, Any], tmp_path: Path
) -> None:
    """By their hash: two versions are collected into one folder, and collectstatic leaves a newer
    file in its place."""
    kind = import_string(read["STORAGES"]["staticfiles"]["BACKEND"])
    collected = kind(location=tmp_path, base_url="/static/")
    scripts = {
        name: (sources, name)
        for finder in get_finders()
        for name, sources in finder.list([])
        if name.endswith(".js")
    }
    for name, (sources, _name) in scripts.items():
        with sources.open(name) as script:
            collected.save(name, script)
    made = list(collected.post_process(scripts))
    assert not [done for _name, _hashed, done in made if isinstance(done, Exception)]
    asked = [
        (name, module)
        for name, hashed, _done in made
        if name.startswith("js/") and hashed and hashed.endswith(".js")
        for module in IMPORTED.findall((tmp_path / hashed).read_text(encoding="utf-8"))
    ]
    assert len(asked) > 50
    assert not [(name, module) for name, module in asked if not HASHED.search(module)]


def test_passwords_are_hashed_by_argon2(read: dict[str, Any]) -> None:
    assert read["PASSWORD_HASHERS"][0].endswith("Argon2PasswordHasher")


def test_no_administration_of_django_is_installed(read: dict[str, Any]) -> None:
    assert not [name for name in read["INSTALLED_APPS"] if name.startswith("django.contrib.admin")]


@pytest.mark.django_db
def test_an_installation_begins_without_anybody() -> None:
    assert not get_user_model().objects.exists()


def test_the_server_says_no_name_of_its_own() -> None:
    """What gunicorn writes in ``Server``, once it has read its configuration."""
    assert webserver.wsgi_app
    assert wsgi.SERVER == "clausier"


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
        "Content-Length: 4, 5\r\n",
        "Content-Length: -4\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: inconnu\r\n",
    ],
)
def test_a_message_of_two_lengths_is_refused(lengths: str) -> None:
    """A proxy could read it otherwise, and take the rest for the request of somebody else."""
    sent = f"POST / HTTP/1.1\r\nHost: clausier.chu.example\r\n{lengths}\r\n0\r\n\r\n".encode()
    with pytest.raises(ParseException):
        next(RequestParser(Config(), iter([sent]), ("127.0.0.1", 1)))


SAYS = """
from gunicorn.config import Config
from gunicorn.glogging import Logger
from uniha_clausier import webserver
read = Config()
read.set("logconfig_dict", webserver.logconfig_dict)
log = Logger(read)
import uniha_clausier.wsgi
log.error("Worker (pid:%s) was sent SIGKILL!", 7)
"""


def test_what_the_server_says_of_its_processes_is_a_line_of_the_log(tmp_path: Path) -> None:
    done = run(production(tmp_path), "-c", SAYS)
    assert done.returncode == 0, done.stderr
    [told] = [json.loads(line) for line in done.stderr.splitlines()]
    assert (told["logger"], told["level"]) == ("gunicorn.error", "error")


class TestSecret:
    def test_is_needed(self, tmp_path: Path) -> None:
        without = production(tmp_path)
        del without["SECRET_KEY"]
        done = run(without, "manage.py", "check")
        assert done.returncode != 0 and "SECRET_KEY" in done.stderr

    @pytest.mark.parametrize("weak", ["court", "a" * 64, "demo-" + "k" * 64])
    def test_is_long_random_and_not_of_the_demo(self, weak: str, tmp_path: Path) -> None:
        done = run(production(tmp_path, SECRET_KEY=weak), "manage.py", "check")
        assert done.returncode != 0 and "SECRET_KEY" in done.stderr

    def test_changes_without_ending_sessions(self, settings: Any) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "ancienne" * 9, []
        signed = signing.dumps({"a": 1})
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "nouvelle" * 9, ["ancienne" * 9]
        assert signing.loads(signed) == {"a": 1}
        settings.SECRET_KEY_FALLBACKS = []
        with pytest.raises(signing.BadSignature):
            signing.loads(signed)

    def test_the_former_one_is_read(self, tmp_path: Path) -> None:
        former = secrets.token_urlsafe(64)
        found = json.loads(run(production(tmp_path, SECRET_KEY_PREVIOUS=former), "-c", READ).stdout)
        assert found["SECRET_KEY_FALLBACKS"] == [former]
