"""Archives that cost the server nothing to refuse."""

import io
import tracemalloc
import zipfile

import pytest

from uniha_clausier.common import file_kinds
from uniha_clausier.common.file_kinds import UnfitFile, kind_of

ODT = b"application/vnd.oasis.opendocument.text"


def archive(compression: int = zipfile.ZIP_STORED, entries: int = 0) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as made:
        made.writestr("mimetype", ODT * (1 if compression == zipfile.ZIP_STORED else 50))
        for number in range(entries):
            made.writestr(f"{number}", b"")
    return target.getvalue()


def test_a_document_of_many_parts_is_taken() -> None:
    assert kind_of(archive(entries=2_000)) == "odt"


@pytest.mark.parametrize("is_commented", [False, True])
def test_a_directory_that_no_document_has_is_not_read(is_commented: bool) -> None:
    content = archive(entries=20_000)
    if is_commented:
        content = content[:-2] + (9).to_bytes(2, "little") + b"remarque."
    tracemalloc.start()
    with pytest.raises(UnfitFile):
        kind_of(content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < file_kinds.MEGABYTE


def test_a_directory_in_64_bits_is_not_read() -> None:
    """``zipfile`` would believe it rather than the short one beside."""
    content = archive()
    end = content.rindex(b"PK\x05\x06")
    with pytest.raises(UnfitFile):
        kind_of(content[:end] + b"PK\x06\x07" + bytes(16) + content[end:])


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_name_of_format_that_does_not_unzip_is_refused(compression: int) -> None:
    content = bytearray(archive(compression))
    body = content.index(b"mimetype") + len(b"mimetype")
    for damage in (b"\xff" * 12, b"\x00" * 12):
        content[body : body + 12] = damage
        with pytest.raises(UnfitFile):
            kind_of(bytes(content))
