"""The examination of a PDF that anybody made: the same verdict, and a limit on its cost."""

import zlib

import pytest

from uniha_clausier.common.signing_isolated import ExaminationFailed, Limits, verify_pdf_isolated
from uniha_clausier.common.signing_verdict import VerdictStatus, verify_pdf

PLAIN = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"


def bomb() -> bytes:
    """A catalog inside an object stream that unfolds to 1 GB."""
    unfolded = b"2 0 <</Type/Catalog>>" + b" " * 1_000_000_000
    packed = zlib.compress(unfolded, 1)
    del unfolded
    table = b"\x01\x00\x09\x00" + b"\x02\x00\x01\x00"
    start = b"%PDF-1.7\n"
    stream = (
        b"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n"
        % len(packed)
        + packed
        + b"\nendstream\nendobj\n"
    )
    xref = (
        b"3 0 obj\n<</Type/XRef/Size 4/Index[1 2]/W[1 2 1]/Root 2 0 R/Length %d>>\nstream\n"
        % len(table)
        + table
        + b"\nendstream\nendobj\n"
    )
    end = b"startxref\n%d\n%%%%EOF" % (len(start) + len(stream))
    return start + stream + xref + end


@pytest.mark.parametrize("content", [b"not a pdf", PLAIN, b"%PDF-1.7 /ByteRange"])
def test_the_verdict_is_that_of_the_library(content: bytes) -> None:
    assert verify_pdf_isolated(content, trusted_roots=()) == verify_pdf(content, trusted_roots=())


def test_a_file_that_unfolds_to_a_gigabyte_is_given_up() -> None:
    small = Limits(memory_bytes=500_000_000)
    verdict = verify_pdf_isolated(bomb(), trusted_roots=(), limits=small)
    assert verdict.status is VerdictStatus.ALTERED


def test_a_file_that_takes_too_long_is_given_up() -> None:
    count = 2_000_000
    table = b"xref\n0 %d\n" % count + b"0000000009 00000 n \n" * count
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(PLAIN))
    with pytest.raises(ExaminationFailed, match="trop de temps"):
        verify_pdf_isolated(PLAIN + table + end, trusted_roots=(), limits=Limits(cpu_seconds=2))
