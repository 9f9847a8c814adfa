"""The file of the identity providers: what it gives, and what a bad one is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from uniha_clausier.common.env import ConfigurationError
from uniha_clausier.common.openid_providers import Provider, is_safe, read

LEAST = {
    "id": "annuaire",
    "name": "Annuaire",
    "issuer": "https://annuaire.example/realms/chu",
    "client_id": "clausier",
    "client_secret_file": "secret",
}


def write(folder: Path, content: Any) -> Path:
    (folder / "secret").write_text("le secret\n", encoding="utf-8")
    (folder / "vide").write_text("\n", encoding="utf-8")
    file = folder / "fournisseurs.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_without_a_file_there_is_none() -> None:
    assert read(None, allow_http=False) == ()


def test_the_least(tmp_path: Path) -> None:
    [provider] = read(write(tmp_path, [LEAST]), allow_http=False)
    assert provider == Provider(
        id="annuaire",
        name="Annuaire",
        issuer="https://annuaire.example/realms/chu",
        client_id="clausier",
        client_secret="le secret",
    )


def test_the_secret_is_not_shown(tmp_path: Path) -> None:
    [provider] = read(write(tmp_path, [LEAST]), allow_http=False)
    assert repr(provider) == "<Provider annuaire>"


def test_everything(tmp_path: Path) -> None:
    more = {
        "scopes": "openid email",
        "acr_values": ["eidas2"],
        "acr_required": ["eidas2", "eidas3"],
        "userinfo": "signed",
        "facilities": ["26750045200011", "750712184"],
        "mfa": True,
        "mfa_acr": ["eidas3"],
        "max_age": 3600,
        "client_auth": "post",
    }
    [provider] = read(write(tmp_path, [LEAST | more]), allow_http=False)
    assert provider.scopes == ("openid", "email")
    assert (provider.acr_values, provider.acr_required) == (("eidas2",), ("eidas2", "eidas3"))
    assert (provider.userinfo, provider.max_age) == ("signed", 3600)
    assert (provider.has_factor, provider.mfa_acr) == (True, ("eidas3",))
    assert provider.client_auth == "post"
    assert provider.facilities == ("26750045200011", "750712184")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[{", "ce n’est pas du JSON, ligne 1. Corrigez la syntaxe."),
        ({}, "il faut une liste d’objets"),
        ([], "il faut de 1 à 10 fournisseurs."),
        ([{}], "fournisseur n° 1, id, name, issuer, client_id, client_secret_file : manque."),
        ([LEAST, LEAST], "id : deux fournisseurs ont la même valeur. Gardez-en un."),
        ([LEAST, LEAST | {"id": "b"}], "issuer : deux fournisseurs ont la même valeur."),
        ([LEAST | {"secret": "x"}], "secret : clé inconnue. Retirez-la."),
        ([LEAST | {"id": "Un Annuaire"}], "id : de 1 à 31 lettres minuscules"),
        ([LEAST | {"name": " "}], "name : il faut un texte."),
        ([LEAST | {"issuer": "http://annuaire.example"}], "issuer : il faut une adresse https://"),
        ([LEAST | {"issuer": "https://a.example/?x=1"}], "issuer : il faut une adresse https://"),
        ([LEAST | {"scopes": ["email"]}], "scopes : ajoutez « openid »."),
        ([LEAST | {"scopes": 5}], "scopes : il faut une liste de mots"),
        ([LEAST | {"acr_required": ['un "mot"']}], "acr_required : il faut une liste de mots"),
        ([LEAST | {"userinfo": "xml"}], "userinfo : il faut json ou signed ou none."),
        ([LEAST | {"client_auth": "jwt"}], "client_auth : il faut auto ou basic ou post."),
        ([LEAST | {"facilities": ["12"]}], "facilities : il faut des numéros SIRET (14)"),
        ([LEAST | {"mfa": "true"}], "mfa : il faut true ou false, sans guillemets."),
        ([LEAST | {"max_age": -1}], "max_age : il faut un nombre de secondes."),
        ([LEAST | {"client_secret_file": "absent"}], "absent est illisible. Vérifiez le chemin."),
        ([LEAST | {"client_secret_file": "vide"}], "vide est vide."),
    ],
)
def test_a_bad_file_says_what_to_do(tmp_path: Path, content: Any, sentence: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(ConfigurationError) as refused:
        read(file, allow_http=False)
    told = " ".join(str(refused.value).split())
    assert told.startswith(f"OPENID_PROVIDERS = « {file} » : ")
    assert sentence in told
    assert "La section « Fournisseur d’identité »" in told


@pytest.mark.parametrize(
    ("url", "allow_http", "safe"),
    [
        ("https://annuaire.example", False, True),
        ("http://127.0.0.1:8080/realm", True, True),
        ("http://127.0.0.1:8080/realm", False, False),
        ("http://annuaire.example", True, False),
        ("https://annuaire.example@ailleurs.example", False, False),
        ("https://annuaire.example:port", False, False),
        ("https://", False, False),
        ("ftp://annuaire.example", False, False),
        ("javascript:alert(1)", True, False),
    ],
)
def test_what_may_be_asked(url: str, allow_http: bool, safe: bool) -> None:
    assert is_safe(url, allow_http=allow_http) == safe
