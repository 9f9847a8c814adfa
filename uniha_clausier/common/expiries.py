"""The certificates of this installation, and when each ends: the seals, and whom it believes."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings
from django.utils.translation import gettext as _

from .certificates import common_name

SOON = dt.timedelta(days=60)


class Expiry(NamedTuple):
    """A certificate: what it is for, its name, its end."""

    use: str
    name: str
    end: dt.datetime

    def is_soon(self, now: dt.datetime) -> bool:
        """Whether it ends within two months, or is over."""
        return self.end < now + SOON


def expiries() -> list[Expiry]:
    """Return the certificates, the one that ends first at the head. One that is unreadable is none."""
    found = [*_seal(), *_of_file(settings.TSA_CERTIFICATES, _("Horodatage"))]
    found += _of_file(settings.SIGNATURE_ROOTS, _("Autorité des signataires"))
    return sorted(set(found), key=lambda one: (one.end, one.name))


def _seal() -> Iterator[Expiry]:
    use = _("Scellement")
    if settings.SEAL_PKCS12 is not None:
        try:
            held = pkcs12.load_pkcs12(
                settings.SEAL_PKCS12.read_bytes(), settings.SEAL_PASSPHRASE.encode() or None
            )
        except (OSError, ValueError):
            return
        if held.cert is not None:
            yield _expiry(use, held.cert.certificate)
        return
    if settings.SEAL_CERTIFICATES is not None:
        yield from _of_file(settings.SEAL_CERTIFICATES, use)
        return
    for file in sorted((Path(settings.CLAUSIER_HOME) / "seal").glob("*.pem")):
        yield from _of_file(file, use)


def _of_file(file: Path | None, use: str) -> Iterator[Expiry]:
    if file is None:
        return
    try:
        certificates = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError):
        return
    yield from (_expiry(use, certificate) for certificate in certificates)


def _expiry(use: str, certificate: x509.Certificate) -> Expiry:
    return Expiry(use, common_name(certificate), certificate.not_valid_after_utc)
