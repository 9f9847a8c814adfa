"""Files kept by a service that speaks S3: private, whole or absent, without an address of their own.

One PUT a file: the service shows an object when all of it has arrived, and refuses it when its MD5
is another one. The SHA-256 goes with the object and is compared at each reading.
"""

import base64
import hashlib
import io
import tempfile
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from django.utils.translation import gettext as _
from storages.backends.s3 import S3Storage, clean_name

from .errors import StorageAway
from .storage import TRIALS

P = ParamSpec("P")
R = TypeVar("R")

HELD_IN_MEMORY = 8 * 1024 * 1024
BLOCK = 1024 * 1024
SECONDS_TO_CONNECT = 5
SECONDS_TO_ANSWER = 30
TRIES = 3
ABSENT = {"404", "NoSuchKey", "NotFound"}


def _told(function: Callable[P, R]) -> Callable[P, R]:
    """Raise StorageAway for what boto3 raises: the service is away, or refuses our keys."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ABSENT:
                raise FileNotFoundError(str(error)) from None
            raise StorageAway(str(error)) from error
        except BotoCoreError as error:
            raise StorageAway(str(error)) from error

    return wrapper


class ObjectStorage(S3Storage):
    """The storage of the settings when STORAGE_URL is given; see ``env.storage``."""

    def __init__(self, *, path_style: bool, **options: Any) -> None:
        options["client_config"] = Config(
            s3={"addressing_style": "path" if path_style else "auto"},
            signature_version="s3v4",
            connect_timeout=SECONDS_TO_CONNECT,
            read_timeout=SECONDS_TO_ANSWER,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            # The newer checksums of the library are unknown to many services; MD5 is known to all.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(**options)

    @_told
    def _save(self, name: str, content: Any) -> str:
        kept: str = clean_name(name)
        content.seek(0)
        data = content.read()
        self._client.put_object(
            Bucket=self.bucket_name,
            Key=self._normalize_name(kept),
            Body=data,
            ContentType=self.default_content_type,
            # Not a matter of security: what S3 compares an upload with.
            ContentMD5=base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            Metadata={"sha256": hashlib.sha256(data).hexdigest()},
            **self.get_object_parameters(kept),
        )
        return kept

    @_told
    def _open(self, name: str, mode: str = "rb") -> File:  # type: ignore[type-arg]
        if mode != "rb":
            raise ValueError(f"a stored file is only read: {mode}")
        key = self._normalize_name(clean_name(name))
        found = self._client.get_object(Bucket=self.bucket_name, Key=key)
        stream = tempfile.SpooledTemporaryFile(max_size=HELD_IN_MEMORY)  # noqa: SIM115 - given away
        digest = hashlib.sha256()
        for block in found["Body"].iter_chunks(BLOCK):
            digest.update(block)
            stream.write(block)
        wanted = found["Metadata"].get("sha256", "")
        if wanted and wanted != digest.hexdigest():
            stream.close()
            raise StorageAway(f"{name} is not what was kept: its SHA-256 is {digest.hexdigest()}")
        stream.seek(0)
        return File(stream, name)

    @_told
    def delete(self, name: str) -> None:
        self._client.delete_object(
            Bucket=self.bucket_name, Key=self._normalize_name(clean_name(name))
        )

    @_told
    def exists(self, name: str) -> bool:
        try:
            self._head(name)
        except ClientError as error:
            if str(error.response["Error"]["Code"]) in ABSENT:
                return False
            raise
        return True

    @_told
    def size(self, name: str) -> int:
        return int(self._head(name)["ContentLength"])

    @_told
    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        folders, files = super().listdir(name)
        return folders, files

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        """No file has an address: the views give them, to whom may read them."""
        raise NotImplementedError("stored files have no address")

    def _head(self, name: str) -> dict[str, Any]:
        key = self._normalize_name(clean_name(name))
        return dict(self._client.head_object(Bucket=self.bucket_name, Key=key))

    @property
    def _client(self) -> Any:
        return self.connection.meta.client


def check(storage: Any) -> str:
    """Keep, read and remove a small file; return the French sentence of what is wrong, or ""."""
    name, content = f"{TRIALS}/essai.txt", b"essai"
    try:
        storage.save(name, File(io.BytesIO(content)))
        with storage.open(name, "rb") as stream:
            is_same = stream.read() == content
        storage.delete(name)
        is_gone = not storage.exists(name)
    except OSError as error:
        return _("Le stockage ne répond pas, ou refuse : %(error)s") % {"error": error}
    if not is_same:
        return _("Le stockage ne rend pas ce qui lui a été confié.")
    return "" if is_gone else _("Le stockage ne supprime pas ce qu’on lui demande de supprimer.")
