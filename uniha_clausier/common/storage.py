"""Files that appear whole or not at all, in the folder or the service that the settings name."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

TRIALS = "essai"
"""The folder of the files that are kept for a moment, to see whether the storage works."""


def store(name: str, content: bytes) -> str:
    """Keep ``content`` under ``name`` and return the name under which it is found.

    In a folder: written aside, forced to the disk, then moved, so that neither a full disk nor a
    power cut leaves half a file under a name that the database knows.
    """
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:  # a remote service: it publishes an object when it is whole
        return default_storage.save(name, ContentFile(content))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, content)
    return name


def store_again(name: str, content: bytes) -> None:
    """Keep a file that somebody has taken back since ``store``; under the lock of who names it."""
    if not default_storage.exists(name):
        store(name, content)


def write_whole(path: Path, content: bytes) -> None:
    """Replace the file at ``path`` in one move, readable by its owner alone."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(scratch).unlink()
        raise
    _force_to_disk(path.parent)


def _force_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(name: str) -> bytes:
    """Return a stored file. Raises FileNotFoundError when it is gone."""
    with default_storage.open(name, "rb") as stream:
        return bytes(stream.read())


def discard(name: str) -> None:
    """Remove a stored file; nothing to do when it is gone."""
    default_storage.delete(name)
