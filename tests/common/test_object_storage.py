"""The files on a service that speaks S3: a real server over HTTP, looked at by another client."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from uniha_clausier.common import env, storage
from uniha_clausier.common.errors import StorageAway
from uniha_clausier.common.outages import Outage, outage_of

from . import s3

NAME = "evidence/1/plan.pdf"


@pytest.fixture(scope="module")
def shared() -> Iterator[s3.Service]:
    with s3.running() as found:
        yield found


@pytest.fixture
def bucket(shared: s3.Service, settings: Any, request: Any, monkeypatch: Any) -> str:
    """A bucket of the test, where the settings put the files."""
    name = f"essai-{abs(hash(request.node.nodeid))}"
    use(settings, monkeypatch, shared.bucket(name))
    return name


def use(settings: Any, monkeypatch: Any, address: str) -> None:
    monkeypatch.setattr(env, "_declared", {})
    monkeypatch.setenv("STORAGE_URL", address)
    options = env.storage("STORAGE_URL")
    assert options is not None
    keys = {"access_key": s3.KEY, "secret_key": s3.SECRET}
    backend = "uniha_clausier.common.object_storage.ObjectStorage"
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": backend, "OPTIONS": options | keys}
    }


def test_a_file_is_kept_read_and_removed(shared: s3.Service, bucket: str) -> None:
    assert storage.store(NAME, b"contenu") == NAME
    assert shared.names(bucket) == [f"fichiers/{NAME}"]
    assert storage.read(NAME) == b"contenu"
    assert (default_storage.exists(NAME), default_storage.size(NAME)) == (True, 7)
    assert default_storage.listdir("evidence/1") == ([], ["plan.pdf"])
    assert default_storage.listdir("") == (["evidence"], [])
    storage.discard(NAME)
    storage.discard(NAME)  # nothing to do when it is gone
    assert shared.names(bucket) == []
    assert not default_storage.exists(NAME)
    assert default_storage.listdir("evidence/1") == ([], [])
    with pytest.raises(FileNotFoundError):
        storage.read(NAME)
    with pytest.raises(FileNotFoundError):
        default_storage.size(NAME)


def test_a_file_kept_again_replaces_the_first(shared: s3.Service, bucket: str) -> None:
    storage.store(NAME, b"un")
    storage.store(NAME, b"deux")
    assert shared.names(bucket) == [f"fichiers/{NAME}"]
    assert storage.read(NAME) == b"deux"


def test_an_object_is_private_and_encrypted(shared: s3.Service, bucket: str) -> None:
    storage.store(NAME, b"contenu")
    told = shared.client.head_object(Bucket=bucket, Key=f"fichiers/{NAME}")
    assert told["ServerSideEncryption"] == "AES256"
    grants = shared.client.get_object_acl(Bucket=bucket, Key=f"fichiers/{NAME}")["Grants"]
    assert not any("URI" in grant["Grantee"] for grant in grants)  # a group: everybody
    with pytest.raises(NotImplementedError):
        default_storage.url(NAME)


def test_a_large_file_comes_back_piece_by_piece(bucket: str) -> None:
    content = bytes(range(256)) * (20 * 1024 * 1024 // 256)
    storage.store(NAME, content)
    with default_storage.open(NAME, "rb") as stream:
        assert b"".join(stream.chunks()) == content


def test_a_file_that_is_another_one_is_not_given(shared: s3.Service, bucket: str) -> None:
    storage.store(NAME, b"contenu")
    key = f"fichiers/{NAME}"
    kept = shared.client.head_object(Bucket=bucket, Key=key)["Metadata"]
    shared.client.put_object(Bucket=bucket, Key=key, Body=b"c0ntenu", Metadata=kept)
    with pytest.raises(StorageAway, match="SHA-256"):
        storage.read(NAME)


def test_an_upload_cut_in_the_middle_is_never_seen(shared: s3.Service, bucket: str) -> None:
    head = (
        f"PUT /{bucket}/fichiers/coupe.pdf HTTP/1.1\r\nHost: 127.0.0.1:{shared.port}\r\n"
        "Content-Length: 1000000\r\nAuthorization: AWS4-HMAC-SHA256 Credential=cle-d-essai/"
        "20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"x" * 400_000)
    assert shared.names(bucket) == []
    assert not default_storage.exists("coupe.pdf")


def test_a_path_never_leaves_its_folder(bucket: str) -> None:
    with pytest.raises(Exception, match=r"denied|Detected path traversal"):
        storage.store("../ailleurs.pdf", b"contenu")


def test_a_service_that_is_away_is_an_outage(settings: Any, monkeypatch: Any) -> None:
    with s3.running() as service:
        use(settings, monkeypatch, service.bucket("passager"))
        storage.store(NAME, b"contenu")
        service.stop()
        for act in (
            lambda: storage.read(NAME),
            lambda: storage.store(NAME, b"autre"),
            lambda: default_storage.exists(NAME),
            lambda: storage.discard(NAME),
            lambda: default_storage.listdir(""),
        ):
            with pytest.raises(StorageAway) as caught:
                act()
            assert outage_of(caught.value) is Outage.STORAGE


def test_the_command_tries_the_storage(bucket: str, capsys: Any) -> None:
    call_command("check_storage")
    assert capsys.readouterr().out == f"EN ORDRE\t{bucket}\n"


def test_the_command_says_what_is_wrong(
    shared: s3.Service, bucket: str, settings: Any, monkeypatch: Any
) -> None:
    use(settings, monkeypatch, f"s3://absent?endpoint={shared.endpoint}")
    with pytest.raises(CommandError, match="Le stockage ne répond pas, ou refuse"):
        call_command("check_storage")


def test_the_command_tries_a_folder_too(capsys: Any) -> None:
    call_command("check_storage")
    assert capsys.readouterr().out.startswith("EN ORDRE\t/")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("http://s3.exemple.fr/clausier", "il faut s3://"),
        ("s3://", "il faut s3://"),
        ("s3://clausier?endpoint=http://s3.exemple.fr", "adresse https://"),
        ("s3://clausier?endpoint=s3.exemple.fr", "adresse https://"),
        ("s3://clausier?acl=public-read", "option inconnue.: acl"),
        ("s3://clausier?encryption=rot13", "AES256 ou aws:kms"),
        ("s3://clausier?ca=/nulle/part.pem", "n’existe pas"),
    ],
)
def test_a_wrong_address_stops_the_start(value: str, reason: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(env, "_declared", {})
    monkeypatch.setenv("STORAGE_URL", value)
    with pytest.raises(env.ConfigurationError, match=reason):
        env.storage("STORAGE_URL")
