"""The head of each chain of the journal, signed once a day and kept elsewhere.

A chain that loses its last events together with its head verifies by itself. It no longer agrees
with the anchor of the day before: a line of the log and a message, out of reach of whoever writes
in the database. An anchor is one line of JSON; its signature covers the rest of it.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone
from django.utils.translation import gettext as _

from .canonical import canonical_json, iso
from .certificates import existing_authority, loaded, local_authority
from .journal import BadEvent
from .models import AuditEvent, JournalHead

FORMAT = "clausier/anchor"
DOMAIN = b"clausier/anchor/v1\n"


class BadAnchor(Exception):
    """A line is no anchor of this installation; the message is a French sentence."""


def make(home: Path) -> str:
    """Return the signed heads of all chains, as they are now: one line of JSON."""
    heads = JournalHead.objects.order_by("tenant").values_list("tenant", "seq", "hash")
    content: dict[str, Any] = {
        "format": FORMAT,
        "at": iso(timezone.now()),
        "heads": [[tenant, seq, last] for tenant, seq, last in heads],
    }
    authority = local_authority(home)
    signature = authority.key.sign(_signed_bytes(content), ec.ECDSA(hashes.SHA256()))
    content["certificate"] = base64.b64encode(authority.der).decode()
    content["signature"] = base64.b64encode(signature).decode()
    return canonical_json(content)


def _signed_bytes(content: dict[str, Any]) -> bytes:
    return (
        DOMAIN
        + canonical_json({name: content[name] for name in ("format", "at", "heads")}).encode()
    )


def read(line: str, home: Path) -> dict[str, Any]:
    """Return what an anchor says. Raises BadAnchor unless the authority of ``home`` signed it."""
    try:
        content = json.loads(line)
        certificate = loaded(base64.b64decode(content["certificate"], validate=True))
        signature = base64.b64decode(content["signature"], validate=True)
        signed = _signed_bytes(content)
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise BadAnchor(_("La ligne n’est pas une ancre du journal.")) from error
    authority = existing_authority(home)
    if authority is None or authority.certificate != certificate:
        raise BadAnchor(_("L’ancre n’est pas signée par cette installation."))
    _verify(certificate, signature, signed)
    return dict(content)


def _verify(certificate: x509.Certificate, signature: bytes, signed: bytes) -> None:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadAnchor(_("La ligne n’est pas une ancre du journal."))
    try:
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise BadAnchor(_("La signature de l’ancre est fausse.")) from None


def check(lines: list[str], home: Path) -> Iterator[BadEvent]:
    """Yield, for each chain that no longer agrees with an anchor, the event that is missing or other.

    Raises BadAnchor.
    """
    told: set[int] = set()
    for line in lines:
        anchor = read(line, home)
        for tenant, seq, last in anchor["heads"]:
            if tenant in told or not seq:
                continue
            event = AuditEvent.objects.filter(tenant=tenant, seq=seq).first()
            if event is None or event.hash != last:
                told.add(tenant)
                reason = _("l’ancre du %(at)s tient un événement absent ou différent")
                yield BadEvent(tenant, seq, reason % {"at": anchor["at"]})
