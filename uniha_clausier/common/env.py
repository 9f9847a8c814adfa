"""Configuration from the environment: one helper per kind of value.

Each call both reads a variable and declares it, so that the table of the operations page is
printed from the very calls the settings make (`print_table`). A bad value stops the start with
a French sentence naming the variable, the value, what is expected and an example.
An empty variable counts as unset, because container tools pass empty strings.
"""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, overload
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

NARROW_SPACE = "\u202f"
WORDS_FOR_TRUE = frozenset({"1", "true", "yes", "on", "oui"})
WORDS_FOR_FALSE = frozenset({"0", "false", "no", "off", "non"})
DATABASE_SCHEMES = ("sqlite", "postgres", "postgresql")
STORAGE_OPTIONS = frozenset({"endpoint", "region", "encryption", "ca"})
STORAGE_ENCRYPTIONS = frozenset({"", "AES256", "aws:kms"})
DEMO_SECRET_PREFIX = "demo-"
FEWEST_DISTINCT_CHARACTERS = 10
PROJECT_ROOT = Path(__file__).resolve().parents[2]


class ConfigurationError(ImproperlyConfigured):
    """A variable is missing or wrong; the message holds the fix."""


class _Required(Enum):
    """Marks a variable without default: typed, so that None stays an ordinary default."""

    token = 0


REQUIRED: Final = _Required.token
Required = Literal[_Required.token]
T = TypeVar("T")


class _Refusal(Exception):
    """Raised by a parser; the reason is put into the full sentence by `_read`."""


@dataclass(frozen=True)
class Variable:
    """What the documentation says about one variable."""

    name: str
    help: str
    expected: str
    example: str
    default: str
    secret: bool = False


_declared: dict[str, Variable] = {}


def declared() -> tuple[Variable, ...]:
    """Every variable read so far, in the order of the settings."""
    return tuple(_declared.values())


def table() -> str:
    """The declared variables as a Markdown table, for the operations page."""
    rows = [
        "| Variable | Rôle | Valeur attendue | Par défaut | Exemple |",
        "| --- | --- | --- | --- | --- |",
    ]
    for variable in declared():
        default = f"`{variable.default}`" if variable.default else "–"
        cells = (f"`{variable.name}`", variable.help, variable.expected, default)
        rows.append(f"| {' | '.join(cells)} | `{variable.example}` |")
    return "\n".join(rows)


def print_table() -> None:
    """Print the table; the settings must have been imported before."""
    print(table())


def text(name: str, default: str | Required = REQUIRED, *, help: str = "") -> str:
    """A free text, stripped."""
    variable = Variable(name, help, "un texte", "valeur", _shown(default))
    return _read(variable, str, default)


def boolean(name: str, default: bool | Required = REQUIRED, *, help: str = "") -> bool:
    """A yes or no."""
    variable = Variable(name, help, "1 (oui) ou 0 (non)", "1", _shown(default))
    return _read(variable, _parse_boolean, default)


def integer(
    name: str,
    default: int | Required = REQUIRED,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    help: str = "",
) -> int:
    """A whole number, between two bounds when they are given."""
    example = _shown(default) or str(minimum if minimum is not None else 1)
    variable = Variable(name, help, _bounds(minimum, maximum), example, _shown(default))

    def parse(value: str) -> int:
        number = _parse_integer(value)
        if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
            raise _Refusal("hors des bornes")
        return number

    return _read(variable, parse, default)


def url(
    name: str,
    default: str | Required = REQUIRED,
    *,
    schemes: Sequence[str] = ("https", "http"),
    help: str = "",
) -> str:
    """An absolute address, without a final slash being added or removed."""
    expected = f"une adresse complète commençant par {_alternatives(f'{s}://' for s in schemes)}"
    variable = Variable(name, help, expected, f"{schemes[0]}://service.exemple.fr", _shown(default))

    def parse(value: str) -> str:
        if any(character.isspace() for character in value):
            raise _Refusal("l’adresse contient un espace")
        if _scheme_of(value) not in schemes or not _host_of(value):
            raise _Refusal("ce n’est pas une adresse complète")
        return value

    return _read(variable, parse, default)


def socket_address(name: str, default: str | Required = REQUIRED, *, help: str = "") -> str:
    """The address of a local service: ``host:port``, or the absolute path of its socket."""
    expected = "machine:port, ou le chemin absolu d’un socket"
    variable = Variable(name, help, expected, "127.0.0.1:3310", _shown(default))

    def parse(value: str) -> str:
        if value.startswith("/"):
            return value
        host, _colon, port = value.rpartition(":")
        if not host or any(character.isspace() for character in host):
            raise _Refusal("il manque la machine ou le port")
        if not 1 <= _parse_integer(port) <= 65535:
            raise _Refusal("le port est hors des bornes")
        return value

    return _read(variable, parse, default)


@overload
def path(
    name: str, default: Path | Required = ..., *, must_exist: bool = ..., help: str = ...
) -> Path: ...
@overload
def path(name: str, default: None, *, must_exist: bool = ..., help: str = ...) -> Path | None: ...
def path(
    name: str,
    default: Path | Required | None = REQUIRED,
    *,
    must_exist: bool = False,
    help: str = "",
) -> Path | None:
    """An absolute path. A relative one would mean another place for each process."""
    expected = "un chemin absolu" + (" vers un fichier existant" if must_exist else "")
    variable = Variable(name, help, expected, f"/srv/clausier/{name.lower()}", _shown(default))

    def parse(value: str) -> Path | None:
        candidate = Path(value).expanduser()
        if not candidate.is_absolute():
            raise _Refusal("le chemin est relatif")
        if must_exist and not candidate.is_file():
            raise _Refusal("ce fichier n’existe pas ou n’est pas lisible")
        return candidate

    return _read(variable, parse, default)


def choice(
    name: str,
    default: str | Required = REQUIRED,
    *,
    options: Sequence[str],
    shown: str = "",
    help: str = "",
) -> str:
    """One word of a closed list. ``shown`` says a default that depends on other variables."""
    default_text = shown or _shown(default)
    variable = Variable(name, help, _alternatives(options), options[0], default_text)

    def parse(value: str) -> str:
        if value not in options:
            raise _Refusal("ce choix n’existe pas")
        return value

    return _read(variable, parse, default)


def csv_list(
    name: str, default: Sequence[str] | Required = REQUIRED, *, help: str = ""
) -> list[str]:
    """Texts separated by commas; blanks around them are dropped."""
    variable = Variable(
        name,
        help,
        "une liste séparée par des virgules",
        "premier,second",
        _shown(default),
    )

    def parse(value: str) -> list[str]:
        items = [item.strip() for item in value.split(",")]
        if not all(items):
            raise _Refusal("un élément de la liste est vide")
        return items

    return _read(variable, parse, default if default is REQUIRED else list(default))


@overload
def database(name: str, default: str | Required = ..., *, help: str = ...) -> dict[str, Any]: ...
@overload
def database(name: str, default: None, *, help: str = ...) -> dict[str, Any] | None: ...
def database(
    name: str, default: str | Required | None = REQUIRED, *, help: str = ""
) -> dict[str, Any] | None:
    """The settings of one database, from its address: `DATABASES["default"] = database(…)`."""
    variable = Variable(
        name,
        help,
        "l’adresse d’une base SQLite (chemin absolu) ou PostgreSQL",
        "postgresql://clausier:motdepasse@127.0.0.1:5432/clausier",
        _shown(default),
        # The address may hold a password: it is never repeated in a message.
        secret=True,
    )
    return _parse_database_in(variable, default)


def storage(name: str, *, help: str = "") -> dict[str, Any] | None:
    """The place of the files on an S3 service: the arguments of ``ObjectStorage``, or None.

    The keys are read elsewhere: an address is shown in messages.
    """
    variable = Variable(
        name,
        help,
        "s3://espace/dossier?endpoint=https://…, puis au besoin &region=, &encryption=AES256 "
        "(ou aws:kms), &ca=/chemin.pem",
        "s3://clausier?endpoint=https://s3.exemple.fr&region=fr-par&encryption=AES256",
        "",
    )
    return _read(variable, _parse_storage, None)


def secret(
    name: str,
    default: str | Required = REQUIRED,
    *,
    minimum_length: int = 50,
    allow_demo: bool = False,
    help: str = "",
) -> str:
    """A secret, from NAME or from the file named by NAME_FILE; never shown in a message.

    A secret made for the demo starts with `demo-` and is refused unless `allow_demo`, so that
    production can't start with it.
    """
    length = f" d’au moins {minimum_length} caractères aléatoires" if minimum_length > 1 else ""
    variable = Variable(
        name,
        help,
        f"un secret{length}, ou le chemin de son fichier dans {name}_FILE",
        'python3 -c "import secrets; print(secrets.token_urlsafe(64))"',
        "",
        secret=True,
    )

    def parse(value: str) -> str:
        _check_strength(value, minimum_length)
        if value.startswith(DEMO_SECRET_PREFIX) and not allow_demo:
            raise _Refusal("ce secret est celui de la démonstration")
        return value

    return _read(variable, parse, default, given=_value_of(name) or _content_of(variable))


def require_alternative(*groups: Mapping[str, object]) -> None:
    """At most one of these groups of values is given, and that one whole."""
    given = [group for group in groups if any(group.values())]
    if len(given) > 1:
        names = _alternatives(" et ".join(name for name in group if group[name]) for group in given)
        raise ConfigurationError(
            f"{names}{NARROW_SPACE}: l’un exclut l’autre. Gardez celui qui sert, retirez l’autre."
        )
    for group in given:
        if missing := [name for name, value in group.items() if not value]:
            raise ConfigurationError(
                f"{', '.join(missing)}{NARROW_SPACE}: manque. "
                f"{', '.join(group)} se donnent ensemble, ou pas du tout."
            )


def demo_secret(file: Path) -> str:
    """The secret of the demo, made on first use and kept in the data folder, never in the code.

    Several processes may start at the same time: the file is written aside and linked, so that
    one of them wins and nobody reads a half-written secret.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="utf-8") as draft:
            draft.write(DEMO_SECRET_PREFIX + secrets.token_urlsafe(64))
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, file)
    return file.read_text(encoding="utf-8")


def _read(
    variable: Variable,
    parse: Callable[[str], T],
    default: T | Required,
    *,
    given: str = "",
) -> T:
    _declare(variable)
    value = given or _value_of(variable.name)
    if not value:
        if default is REQUIRED:
            raise ConfigurationError(_sentence(variable, "cette variable est obligatoire"))
        return default
    try:
        return parse(value)
    except _Refusal as refusal:
        raise ConfigurationError(_sentence(variable, str(refusal), value)) from None


def _declare(variable: Variable) -> None:
    known = _declared.setdefault(variable.name, variable)
    if known != variable:
        raise ConfigurationError(f"{variable.name} est déclarée deux fois, différemment.")


def _sentence(variable: Variable, reason: str, value: str = "") -> str:
    shown = f" = «{NARROW_SPACE}{value}{NARROW_SPACE}»" if value and not variable.secret else ""
    purpose = f"Rôle{NARROW_SPACE}: {variable.help}. " if variable.help else ""
    return (
        f"{variable.name}{shown}{NARROW_SPACE}: {reason}. {purpose}"
        f"Attendu{NARROW_SPACE}: {variable.expected}. "
        f"Exemple{NARROW_SPACE}: {_assignment(variable)}"
    )


def _assignment(variable: Variable) -> str:
    if variable.example.startswith("python3 -c"):
        return f"{variable.name}=$({variable.example})"
    return f"{variable.name}={variable.example}"


def _value_of(name: str) -> str:
    return os.environ.get(name, "").strip()


def _content_of(variable: Variable) -> str:
    file = _value_of(f"{variable.name}_FILE")
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        reason = f"le fichier {file} de {variable.name}_FILE est illisible"
        raise ConfigurationError(_sentence(variable, reason)) from None


def _shown(default: object) -> str:
    if default is REQUIRED or default is None:
        return ""
    if isinstance(default, bool):
        return "1" if default else "0"
    if isinstance(default, list | tuple):
        return ",".join(default)
    # The documented table must read the same wherever the project stands.
    return str(default).replace(str(PROJECT_ROOT), "<projet>")


def _alternatives(words: Iterable[str]) -> str:
    return " ou ".join(words)


def _bounds(minimum: int | None, maximum: int | None) -> str:
    if minimum is not None and maximum is not None:
        return f"un nombre entier de {minimum} à {maximum}"
    if minimum is not None:
        return f"un nombre entier d’au moins {minimum}"
    if maximum is not None:
        return f"un nombre entier d’au plus {maximum}"
    return "un nombre entier"


def _parse_boolean(value: str) -> bool:
    word = value.lower()
    if word not in WORDS_FOR_TRUE | WORDS_FOR_FALSE:
        raise _Refusal("ce n’est ni oui ni non")
    return word in WORDS_FOR_TRUE


def _parse_integer(value: str) -> int:
    # int() would also take "1_000" and digits of other scripts.
    if not value.removeprefix("-").isascii() or not value.removeprefix("-").isdigit():
        raise _Refusal("ce n’est pas un nombre entier")
    return int(value)


def _scheme_of(address: str) -> str:
    return address.partition("://")[0].lower() if "://" in address else ""


def _host_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError on a bad port
    except ValueError:
        return None
    return parts.hostname


def _parse_database_in(variable: Variable, default: str | Required | None) -> dict[str, Any] | None:
    if default is REQUIRED:
        return _read(variable, _parse_database, REQUIRED)
    if default is None:
        return _read(variable, _parse_database, None)
    return _read(variable, _parse_database, _parse_database(default))


def _parse_database(value: str) -> dict[str, Any]:
    scheme = _scheme_of(value)
    if scheme not in DATABASE_SCHEMES:
        raise _Refusal("ce moteur de base n’est pas pris en charge")
    try:
        config = dict(Env.db_url_config(value))
    except (ValueError, ImproperlyConfigured):
        raise _Refusal("l’adresse est mal formée") from None
    # libpq writes the folder of a Unix socket as a host whose slashes are percent-coded.
    config["HOST"] = unquote(str(config.get("HOST") or ""))
    name = str(config.get("NAME") or "")
    if scheme == "sqlite" and name != ":memory:" and not Path(name).is_absolute():
        raise _Refusal("le chemin de la base SQLite est relatif (il faut sqlite:////chemin)")
    if not name:
        raise _Refusal("le nom de la base manque")
    return config


def _parse_storage(value: str) -> dict[str, Any]:
    parts = urlsplit(value)
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or not parts.netloc:
        raise _Refusal("il faut s3://, puis le nom de l’espace de stockage")
    if unknown := sorted(set(given) - STORAGE_OPTIONS):
        raise _Refusal(f"option inconnue : {', '.join(unknown)}")
    endpoint, encryption = given.get("endpoint", ""), given.get("encryption", "")
    if endpoint and not _is_safe_endpoint(endpoint):
        raise _Refusal("endpoint doit être une adresse https://")
    if encryption not in STORAGE_ENCRYPTIONS:
        raise _Refusal("le chiffrement est AES256 ou aws:kms")
    if (ca := given.get("ca", "")) and not Path(ca).is_file():
        raise _Refusal("le fichier de ca n’existe pas ou n’est pas lisible")
    return {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "endpoint_url": endpoint or None,
        "region_name": given.get("region") or "us-east-1",
        "verify": ca or None,
        # Services beside the original one seldom have a host name for each bucket.
        "path_style": bool(endpoint),
        "object_parameters": {"ServerSideEncryption": encryption} if encryption else {},
    }


def _is_safe_endpoint(value: str) -> bool:
    """The files of candidates travel in clear inside this machine only."""
    host = _host_of(value)
    return bool(host) and (_scheme_of(value) == "https" or host in {"127.0.0.1", "localhost"})


def _check_strength(value: str, minimum_length: int) -> None:
    if len(value) < minimum_length:
        raise _Refusal(f"ce secret n’a que {len(value)} caractères")
    if len(set(value)) < min(FEWEST_DISTINCT_CHARACTERS, minimum_length):
        raise _Refusal("ce secret répète trop peu de caractères différents")
