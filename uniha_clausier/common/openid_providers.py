"""The identity providers that the operator declares: a JSON file, read once at the start.

A bad file stops the start with a French sentence that names the entry, the key and the fix.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .env import ConfigurationError

MOST_PROVIDERS = 10
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
USERINFO_KINDS = ("json", "signed", "none")
CLIENT_AUTHS = ("auto", "basic", "post")
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
WORD = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""One value of ``scope`` or of ``acr_values``: printable, without space nor quotes (RFC 6749, 3.3)."""

REQUIRED_KEYS = ("id", "name", "issuer", "client_id", "client_secret_file")
OPTIONAL_KEYS = (
    "scopes",
    "acr_values",
    "acr_required",
    "userinfo",
    "facilities",
    "mfa",
    "mfa_acr",
    "max_age",
    "client_auth",
)


@dataclass(frozen=True)
class Provider:
    """One provider. ``issuer`` is compared as it is written: a final slash counts.

    ``acr_required``: one of these levels must come back; empty asks nothing. ``facilities``: SIRET
    or FINESS of the establishments whose members may use it; empty means all. ``has_factor``: its
    ``mfa_acr`` levels, or ``amr`` « mfa », count as a second factor. ``max_age``: seconds since
    the person proved who they are there, or None. ``client_auth``: how the secret is given, in the
    header (basic) or in the form (post); auto follows the discovery.
    """

    id: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...] = ("openid",)
    acr_values: tuple[str, ...] = ()
    acr_required: tuple[str, ...] = ()
    userinfo: str = "json"
    facilities: tuple[str, ...] = ()
    has_factor: bool = False
    mfa_acr: tuple[str, ...] = ()
    max_age: int | None = None
    client_auth: str = "auto"

    def __repr__(self) -> str:
        """Leave the secret out: what is represented ends in a log."""
        return f"<Provider {self.id}>"


class _Wrong(Exception):
    """What is wrong in an entry, in French; ``read`` says where."""


def read(file: Path | None, *, allow_http: bool) -> tuple[Provider, ...]:
    """Return the providers that ``file`` declares, in its order; none without a file.

    ``allow_http`` accepts http:// on this very machine: the demonstration and the tests.
    Raises ConfigurationError.
    """
    if file is None:
        return ()
    try:
        entries = _entries(file)
        found = tuple(
            _provider(entry, number, file.parent, allow_http) for number, entry in entries
        )
        _check_unique(found)
    except _Wrong as wrong:
        raise ConfigurationError(
            f"OPENID_PROVIDERS = « {file} » : {wrong} "
            "La section « Fournisseur d’identité » de la page d’exploitation donne des exemples."
        ) from None
    return found


def is_safe(url: str, *, allow_http: bool) -> bool:
    """Whether ``url`` may be asked: https, or http on this machine when it is allowed."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError on a bad port
    except ValueError:
        return False
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    return allow_http and parts.scheme == "http" and parts.hostname in LOCAL_HOSTS


def _entries(file: Path) -> list[tuple[int, dict[str, Any]]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise _Wrong("ce fichier est illisible. Vérifiez ses droits.") from None
    except (ValueError, RecursionError) as error:
        where = f", ligne {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _Wrong(f"ce n’est pas du JSON{where}. Corrigez la syntaxe.") from None
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise _Wrong("il faut une liste d’objets : [{…}, {…}].")
    if not 1 <= len(content) <= MOST_PROVIDERS:
        raise _Wrong(f"il faut de 1 à {MOST_PROVIDERS} fournisseurs.")
    return list(enumerate(content, start=1))


def _provider(entry: Mapping[str, Any], number: int, folder: Path, allow_http: bool) -> Provider:
    try:
        return _checked(entry, folder, allow_http)
    except _Wrong as wrong:
        raise _Wrong(f"fournisseur n° {number}, {wrong}") from None


def _checked(entry: Mapping[str, Any], folder: Path, allow_http: bool) -> Provider:
    _check_keys(entry)
    scopes = _words(entry, "scopes") or ("openid",)
    if "openid" not in scopes:
        raise _Wrong("scopes : ajoutez « openid ».")
    if not NAME.fullmatch(_text(entry, "id")):
        raise _Wrong("id : de 1 à 31 lettres minuscules, chiffres ou tirets, une lettre d’abord.")
    if not is_safe(_text(entry, "issuer"), allow_http=allow_http) or "?" in entry["issuer"]:
        raise _Wrong("issuer : il faut une adresse https://, sans paramètre.")
    return Provider(
        id=entry["id"],
        name=_text(entry, "name"),
        issuer=entry["issuer"],
        client_id=_text(entry, "client_id"),
        client_secret=_secret(folder / _text(entry, "client_secret_file")),
        scopes=scopes,
        acr_values=_words(entry, "acr_values"),
        acr_required=_words(entry, "acr_required"),
        userinfo=_choice(entry, "userinfo", USERINFO_KINDS),
        facilities=_facilities(entry),
        has_factor=_boolean(entry, "mfa"),
        mfa_acr=_words(entry, "mfa_acr"),
        max_age=_seconds(entry, "max_age"),
        client_auth=_choice(entry, "client_auth", CLIENT_AUTHS),
    )


def _check_keys(entry: Mapping[str, Any]) -> None:
    if missing := [key for key in REQUIRED_KEYS if key not in entry]:
        raise _Wrong(f"{', '.join(missing)} : manque. Ajoutez cette clé.")
    if unknown := sorted(set(entry) - {*REQUIRED_KEYS, *OPTIONAL_KEYS}):
        raise _Wrong(f"{', '.join(unknown)} : clé inconnue. Retirez-la.")


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry[key]
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _Wrong(f"{key} : il faut un texte.")
    return value


def _words(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    words = value.split() if isinstance(value, str) else value
    if not isinstance(words, list) or not all(
        isinstance(word, str) and WORD.fullmatch(word) for word in words
    ):
        raise _Wrong(f'{key} : il faut une liste de mots, ["un", "deux"].')
    return tuple(words)


def _choice(entry: Mapping[str, Any], key: str, options: tuple[str, ...]) -> str:
    value = entry.get(key, options[0])
    if value not in options:
        raise _Wrong(f"{key} : il faut {' ou '.join(options)}.")
    return str(value)


def _boolean(entry: Mapping[str, Any], key: str) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        raise _Wrong(f"{key} : il faut true ou false, sans guillemets.")
    return value


def _seconds(entry: Mapping[str, Any], key: str) -> int | None:
    value = entry.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise _Wrong(f"{key} : il faut un nombre de secondes.")
    return value


def _facilities(entry: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = _words(entry, "facilities")
    if not all(len(number) in {9, 14} for number in numbers):
        raise _Wrong("facilities : il faut des numéros SIRET (14) ou FINESS (9).")
    return numbers


def _secret(file: Path) -> str:
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise _Wrong(f"client_secret_file : {file} est illisible. Vérifiez le chemin.") from None
    if not secret:
        raise _Wrong(f"client_secret_file : {file} est vide. Écrivez-y le secret du client.")
    return secret


def _check_unique(found: tuple[Provider, ...]) -> None:
    for key in ("id", "issuer"):
        values = [getattr(provider, key) for provider in found]
        if len(values) != len(set(values)):
            raise _Wrong(f"{key} : deux fournisseurs ont la même valeur. Gardez-en un.")
