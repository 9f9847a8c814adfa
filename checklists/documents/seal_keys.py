"""Where the key of a seal is, and what this installation vouches for, from its settings."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pikepdf
from django.conf import settings
from django.utils.translation import gettext as _

from uniha_clausier.common.certificates import check_folder
from uniha_clausier.common.errors import SigningFailed
from uniha_clausier.common.signing import (
    SealSettings,
    load_signer,
    seal_pdf,
    timestamp_roots,
    trusted_roots,
)
from uniha_clausier.common.signing_token import TokenKey
from uniha_clausier.common.signing_verdict import verify_pdf


def seal_settings(organisation: str) -> SealSettings:
    """Return where the sealing key of an organisation comes from."""
    return SealSettings(
        home=Path(settings.CLAUSIER_HOME),
        organisation=organisation,
        pkcs12=settings.SEAL_PKCS12,
        passphrase=settings.SEAL_PASSPHRASE,
        token=_token(),
        certificates=settings.SEAL_CERTIFICATES,
        tsa_url=settings.TSA_URL,
        tsa_certificates=settings.TSA_CERTIFICATES,
    )


def seal_roots() -> tuple[bytes, ...]:
    """What this installation vouches for. The organisation does not matter: nothing is sealed."""
    return trusted_roots(seal_settings(""))


def date_roots() -> tuple[bytes, ...]:
    """Return whom this installation believes about dates."""
    return timestamp_roots(seal_settings(""))


def _token() -> TokenKey | None:
    if settings.SEAL_PKCS11_MODULE is None:
        return None
    return TokenKey(
        module=settings.SEAL_PKCS11_MODULE,
        token=settings.SEAL_PKCS11_TOKEN,
        key=settings.SEAL_PKCS11_KEY,
        pin=settings.SEAL_PKCS11_PIN,
    )


class Trial(NamedTuple):
    """What a seal made for nothing shows: whose certificate, until when, and the level."""

    name: str
    expires_at: dt.datetime
    local: bool
    level: str


def tried() -> Trial:
    """Seal an empty page with the key of the settings, and check it. Nothing is kept.

    Without a key of theirs, the folder where the local one is or will be is tried too. Raises
    SigningFailed.
    """
    own = seal_settings(_("Essai de scellement"))
    if own.pkcs12 is None and own.token is None:
        check_folder(own.home)
    with TemporaryDirectory() as home:
        chosen = replace(own, home=Path(home))
        signer = load_signer(chosen)
        sealed = seal_pdf(_empty_page(), signer=signer, reason=_("Essai de scellement"))
        verdict = verify_pdf(
            sealed, trusted_roots=signer.trusted_roots, timestamp_roots=signer.timestamp_roots
        )
    if not verdict.intact:
        raise SigningFailed(" ".join(verdict.reasons))
    return Trial(signer.name, signer.expires_at, signer.local, f"PAdES {verdict.level}")


def _empty_page() -> bytes:
    written = io.BytesIO()
    with pikepdf.new() as page:
        page.add_blank_page()
        page.save(written)
    return written.getvalue()
