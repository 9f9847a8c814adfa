"""Configuration helpers: what each accepts, what it refuses, and that the message holds the fix."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from uniha_clausier.common import env

STRONG = "aZ3-" * 4 + "kLmNoPqRsTuVwXyZ0123456789bCdEfGhIjK"
NAME = "A_VARIABLE"


@pytest.fixture(autouse=True)
def _empty_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "_declared", {})
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda value: monkeypatch.setenv(NAME, value)


def refusal(read: Callable[..., Any], **options: Any) -> str:
    with pytest.raises(env.ConfigurationError) as caught:
        read(NAME, **options)
    return str(caught.value)


class TestWhatIsAccepted:
    def test_text_is_stripped(self, given: Callable[[str], None]) -> None:
        given("  un service ")
        assert env.text(NAME) == "un service"

    @pytest.mark.parametrize("word", ["1", "true", "True", "YES", "on", "oui"])
    def test_words_for_true(self, given: Callable[[str], None], word: str) -> None:
        given(word)
        assert env.boolean(NAME) is True

    @pytest.mark.parametrize("word", ["0", "false", "No", "OFF", "non"])
    def test_words_for_false(self, given: Callable[[str], None], word: str) -> None:
        given(word)
        assert env.boolean(NAME, default=True) is False

    @pytest.mark.parametrize("value", ["1", "65535"])
    def test_integer_at_its_bounds(self, given: Callable[[str], None], value: str) -> None:
        given(value)
        assert env.integer(NAME, minimum=1, maximum=65535) == int(value)

    def test_negative_integer(self, given: Callable[[str], None]) -> None:
        given("-3")
        assert env.integer(NAME) == -3

    def test_url_is_kept_as_it_is(self, given: Callable[[str], None]) -> None:
        given("http://tsa.exemple.fr:8080/tsr")
        assert env.url(NAME) == "http://tsa.exemple.fr:8080/tsr"

    @pytest.mark.parametrize("address", ["127.0.0.1:3310", "clamav:3310", "/run/clamav/clamd.ctl"])
    def test_address_of_a_local_service(self, given: Callable[[str], None], address: str) -> None:
        given(address)
        assert env.socket_address(NAME) == address

    @pytest.mark.parametrize("address", ["3310", "clamav", "clamav:0", "clamav:port", ":3310"])
    def test_half_an_address_of_a_local_service(
        self, given: Callable[[str], None], address: str
    ) -> None:
        given(address)
        with pytest.raises(ImproperlyConfigured, match=NAME):
            env.socket_address(NAME)

    def test_path(self, given: Callable[[str], None]) -> None:
        given("/srv/clausier")
        assert env.path(NAME) == Path("/srv/clausier")

    def test_path_to_an_existing_file(self, given: Callable[[str], None], tmp_path: Path) -> None:
        file = tmp_path / "seal.p12"
        file.touch()
        given(str(file))
        assert env.path(NAME, must_exist=True) == file

    def test_choice(self, given: Callable[[str], None]) -> None:
        given("json")
        assert env.choice(NAME, options=["text", "json"]) == "json"

    def test_list_drops_blanks_around_its_items(self, given: Callable[[str], None]) -> None:
        given("clausier.exemple.fr, 127.0.0.1")
        assert env.csv_list(NAME) == ["clausier.exemple.fr", "127.0.0.1"]

    def test_secret(self, given: Callable[[str], None]) -> None:
        given(STRONG)
        assert env.secret(NAME) == STRONG

    def test_secret_from_a_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(f"{STRONG}\n", encoding="utf-8")
        monkeypatch.setenv(f"{NAME}_FILE", str(file))
        assert env.secret(NAME) == STRONG

    def test_demo_secret_where_it_is_allowed(self, given: Callable[[str], None]) -> None:
        given(f"demo-{STRONG}")
        assert env.secret(NAME, allow_demo=True) == f"demo-{STRONG}"

    def test_short_passphrase_where_it_is_allowed(self, given: Callable[[str], None]) -> None:
        given("aaa")
        assert env.secret(NAME, minimum_length=1) == "aaa"


class TestDatabase:
    def test_embedded(self, given: Callable[[str], None]) -> None:
        given("sqlite:////srv/clausier/base.sqlite3")
        config = env.database(NAME)
        assert config["ENGINE"] == "django.db.backends.sqlite3"
        assert config["NAME"] == "/srv/clausier/base.sqlite3"

    def test_postgresql_with_an_encoded_password(self, given: Callable[[str], None]) -> None:
        given("postgresql://clausier:p%40ss@base.exemple.fr:5433/clausier?sslmode=require")
        config = env.database(NAME)
        assert config["ENGINE"] == "django.db.backends.postgresql"
        assert (config["HOST"], config["PORT"]) == ("base.exemple.fr", 5433)
        assert (config["USER"], config["PASSWORD"]) == ("clausier", "p@ss")
        assert config["OPTIONS"] == {"sslmode": "require"}

    def test_postgresql_through_a_unix_socket(self, given: Callable[[str], None]) -> None:
        given("postgresql://clausier@%2Frun%2Fpostgresql/clausier")
        assert env.database(NAME)["HOST"] == "/run/postgresql"

    def test_default(self) -> None:
        assert env.database(NAME, "sqlite:////srv/base.sqlite3")["NAME"] == "/srv/base.sqlite3"

    def test_a_database_may_be_left_out(self) -> None:
        assert env.database(NAME, None) is None

    @pytest.mark.parametrize(
        ("address", "reason"),
        [
            ("mysql://u@h/base", "ce moteur de base n’est pas pris en charge"),
            ("base.sqlite3", "ce moteur de base n’est pas pris en charge"),
            ("sqlite:///base.sqlite3", "le chemin de la base SQLite est relatif"),
            ("postgresql://u@h", "le nom de la base manque"),
            ("postgresql://u@h:port/base", "l’adresse est mal formée"),
        ],
    )
    def test_refused(self, given: Callable[[str], None], address: str, reason: str) -> None:
        given(address)
        assert reason in refusal(env.database)

    def test_a_refusal_never_shows_the_password(self, given: Callable[[str], None]) -> None:
        given("postgresql://u:motdepasse-secret@h:port/base")
        assert "motdepasse-secret" not in refusal(env.database)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("read", "options", "value", "reason"),
        [
            (env.boolean, {}, "peut-être", "ce n’est ni oui ni non"),
            (env.integer, {}, "8k", "ce n’est pas un nombre entier"),
            (env.integer, {}, "1_000", "ce n’est pas un nombre entier"),
            (env.integer, {}, "٣", "ce n’est pas un nombre entier"),
            (env.integer, {"minimum": 1, "maximum": 9}, "0", "hors des bornes"),
            (env.integer, {"minimum": 1, "maximum": 9}, "10", "hors des bornes"),
            (env.url, {}, "tsa.exemple.fr", "ce n’est pas une adresse complète"),
            (env.url, {}, "https://", "ce n’est pas une adresse complète"),
            (env.url, {}, "https://h:99999/", "ce n’est pas une adresse complète"),
            (env.url, {}, "file:///etc/passwd", "ce n’est pas une adresse complète"),
            (env.url, {}, "https://a b.fr", "l’adresse contient un espace"),
            (env.path, {}, "donnees", "le chemin est relatif"),
            (env.path, {"must_exist": True}, "/absent/seal.p12", "ce fichier n’existe pas"),
            (env.choice, {"options": ["text", "json"]}, "xml", "ce choix n’existe pas"),
            (env.csv_list, {}, "a,,b", "un élément de la liste est vide"),
        ],
    )
    def test_bad_value(
        self,
        given: Callable[[str], None],
        read: Callable[..., Any],
        options: dict[str, Any],
        value: str,
        reason: str,
    ) -> None:
        given(value)
        message = refusal(read, help="à quoi elle sert", **options)
        assert message.startswith(f"{NAME} = «\u202f{value}\u202f»\u202f: {reason}")
        assert "Attendu\u202f: " in message
        assert f"Exemple\u202f: {NAME}=" in message
        assert "à quoi elle sert" in message

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("court", "ce secret n’a que 5 caractères"),
            ("ab" * 40, "ce secret répète trop peu de caractères différents"),
            (f"demo-{STRONG}", "ce secret est celui de la démonstration"),
        ],
    )
    def test_bad_secret_is_refused_and_not_shown(
        self, given: Callable[[str], None], value: str, reason: str
    ) -> None:
        given(value)
        message = refusal(env.secret)
        assert reason in message
        assert value not in message
        assert "secrets.token_urlsafe" in message

    def test_unreadable_secret_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(f"{NAME}_FILE", "/absent/secret")
        assert "/absent/secret" in refusal(env.secret)

    @pytest.mark.parametrize(
        "read",
        [env.text, env.boolean, env.integer, env.url, env.path, env.csv_list, env.database],
    )
    def test_missing_without_default(self, read: Callable[..., Any]) -> None:
        assert "cette variable est obligatoire" in refusal(read)

    def test_missing_secret(self) -> None:
        assert "cette variable est obligatoire" in refusal(env.secret)

    def test_an_empty_value_counts_as_missing(self, given: Callable[[str], None]) -> None:
        given("  ")
        assert "cette variable est obligatoire" in refusal(env.text)
        assert env.integer(f"{NAME}_2", default=3) == 3

    def test_django_shows_the_refusal_as_its_own(self) -> None:
        assert issubclass(env.ConfigurationError, ImproperlyConfigured)


class TestTable:
    def test_every_call_declares_its_variable(self) -> None:
        env.integer("PORT", default=8000, minimum=1, maximum=65535, help="port du serveur")
        env.csv_list("HOSTS", default=["a", "b"], help="noms")
        assert env.table().splitlines()[2:] == [
            "| `PORT` | port du serveur | un nombre entier de 1 à 65535 | `8000` | `8000` |",
            "| `HOSTS` | noms | une liste séparée par des virgules | `a,b` | `premier,second` |",
        ]

    def test_defaults_read_the_same_wherever_the_project_stands(self) -> None:
        env.path(NAME, default=env.PROJECT_ROOT / "var")
        assert env.declared()[0].default == "<projet>/var"

    def test_a_secret_default_is_not_listed(self) -> None:
        env.secret(NAME, default=STRONG)
        assert STRONG not in env.table()

    def test_a_second_different_declaration_is_a_mistake(self) -> None:
        env.text(NAME, default="a")
        env.text(NAME, default="a")
        with pytest.raises(env.ConfigurationError, match="déclarée deux fois"):
            env.text(NAME, default="b")

    def test_it_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        env.boolean(NAME, default=False, help="interrupteur")
        env.print_table()
        assert capsys.readouterr().out == f"{env.table()}\n"


class TestDemoSecret:
    def test_it_is_made_once_for_its_owner_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "var" / "key"
        secret = env.demo_secret(file)
        assert secret == env.demo_secret(file)
        assert file.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in file.parent.iterdir()] == ["key"]

    def test_it_is_strong_and_marked(self, tmp_path: Path, given: Callable[[str], None]) -> None:
        given(env.demo_secret(tmp_path / "key"))
        assert env.secret(NAME, allow_demo=True).startswith("demo-")
        assert "démonstration" in refusal(env.secret)

    def test_processes_that_start_together_agree(self, tmp_path: Path) -> None:
        with multiprocessing.get_context("spawn").Pool(4) as pool:
            secrets = pool.map(env.demo_secret, [tmp_path / "key"] * 16)
        assert len(set(secrets)) == 1


class TestAlternatives:
    KEY, TOKEN = {"SEAL": Path("/seal.p12")}, {"MODULE": Path("/x.so"), "PIN": "4711"}

    @pytest.mark.parametrize(
        "groups", [({"SEAL": None}, {"MODULE": None, "PIN": ""}), (KEY, {"PIN": ""}), (TOKEN,)]
    )
    def test_one_whole_group_or_none(self, groups: tuple[dict[str, Any], ...]) -> None:
        env.require_alternative(*groups)

    def test_two_groups_exclude_each_other(self) -> None:
        with pytest.raises(env.ConfigurationError, match=r"SEAL ou MODULE et PIN.*l’un exclut"):
            env.require_alternative(self.KEY, self.TOKEN)

    def test_what_is_missing_of_a_group_is_named(self) -> None:
        with pytest.raises(
            env.ConfigurationError, match=r"^PIN.*: manque\. MODULE, PIN se donnent"
        ):
            env.require_alternative({"MODULE": Path("/x.so"), "PIN": ""})


def test_a_start_with_two_sealing_keys_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seal.p12").touch()
    given = {"DEMO": "1", "PATH": os.environ["PATH"], "CLAUSIER_HOME": str(tmp_path)}
    given |= {"SEAL_PKCS12": str(tmp_path / "seal.p12"), "SEAL_PKCS11_TOKEN": "jeton"}
    done = subprocess.run(
        [sys.executable, "-c", "import uniha_clausier.settings"],
        env=given, cwd=env.PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "SEAL_PKCS12 ou SEAL_PKCS11_TOKEN" in done.stderr
