"""What is kept unreadable in the database."""

import base64
from typing import Any

import pytest
from cryptography.fernet import InvalidToken

from uniha_clausier.common.ciphers import cipher


def test_a_text_is_read_again_and_never_written_twice_alike() -> None:
    first, second = (cipher("essai").encrypt(b"un secret") for _ in range(2))
    assert first != second and b"un secret" not in base64.urlsafe_b64decode(first)
    assert cipher("essai").decrypt(first) == cipher("essai").decrypt(second) == b"un secret"


def test_a_text_that_was_touched_is_refused() -> None:
    kept = bytearray(base64.urlsafe_b64decode(cipher("essai").encrypt(b"un secret")))
    for place in range(len(kept)):
        touched = kept.copy()
        touched[place] ^= 1
        with pytest.raises(InvalidToken):
            cipher("essai").decrypt(base64.urlsafe_b64encode(touched))


def test_one_purpose_reads_nothing_of_another() -> None:
    kept = cipher("essai").encrypt(b"un secret")
    with pytest.raises(InvalidToken):
        cipher("autre").decrypt(kept)


def test_what_the_former_secret_encrypted_is_still_read(settings: Any) -> None:
    kept, former = cipher("essai").encrypt(b"un secret"), settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-of-this-test"
    with pytest.raises(InvalidToken):
        cipher("essai").decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert cipher("essai").decrypt(kept) == b"un secret"
