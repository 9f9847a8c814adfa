"""Texts kept unreadable in the database, under the secret of the installation."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def cipher(purpose: str) -> MultiFernet:
    """Return what encrypts and decrypts texts of one purpose (AES-128-CBC and HMAC-SHA-256).

    The secret of today encrypts; that of before still decrypts. What is encrypted for one purpose
    cannot be read for another.
    """
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    label = f"clausier/{purpose}/v1\n".encode()
    keys = [hashlib.sha256(label + one.encode()).digest() for one in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
