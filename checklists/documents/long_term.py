"""Brings what was sealed, and what came back signed, to PAdES B-LTA; again before that ends.

Safe to repeat and to run twice at once. The file that is extended never changes: each copy is
another file, made from a file whose hash is still the one of the register.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.common import storage
from uniha_clausier.common.certificates import empty_list
from uniha_clausier.common.errors import DomainError, SigningFailed
from uniha_clausier.common.signing_long_term import LongTermServer, Proofs, extend_pdf

from ..domain import long_term
from ..domain.long_term import KeptFile
from ..domain.queries import long_term as queries
from ..domain.queries.long_term import Extendable
from ..models import LongTermCopy
from .seal_keys import date_roots, seal_roots
from .signatures import people_trust


@dataclass(frozen=True)
class Extension:
    """What became of one file: its copy, or why there is none. Neither: somebody was faster."""

    of: Extendable
    copy: LongTermCopy | None = None
    failure: str = ""


def extend_all() -> Iterator[Extension]:
    """Extend every file that waits for it, one by one; one that fails does not stop the others.

    Raises SigningFailed when there is no time-stamp server, or when it does not answer.
    """
    if not settings.TSA_URL:
        raise SigningFailed(_("Aucun serveur d’horodatage : donnez TSA_URL."))
    server = LongTermServer(settings.TSA_URL)
    until = server.good_until()
    for file in queries.due(now=timezone.now(), until=until):
        try:
            yield Extension(file, copy=_extended(file, server))
        except (SigningFailed, DomainError) as error:
            yield Extension(file, failure=str(error))
        except OSError:
            yield Extension(
                file,
                failure=_("Le fichier ne se lit pas, ou le disque est plein : rien n’est perdu."),
            )


def download_name(copy: LongTermCopy) -> str:
    """Return the name under which a person saves a copy."""
    kind = f"signee-{copy.signed_file_id}-" if copy.signed_file_id else ""
    return f"evaluation-e{copy.document.number}-{kind}prolongee-{copy.number}.pdf"


def _extended(file: Extendable, server: LongTermServer) -> LongTermCopy | None:
    content = storage.read(file.file_name)
    if sha256(content).hexdigest() != file.file_sha256:
        raise SigningFailed(
            _("Le fichier gardé n’est plus celui du registre : restaurez-le d’une sauvegarde.")
        )
    now = timezone.now()
    made = extend_pdf(content, server=server, proofs=_proofs(now), now=now)
    assessment = file.document.assessment
    folder = f"long-term/{assessment.facility_id}/{assessment.pk}"
    name = storage.store(f"{folder}/{file.document.number}-{made.sha256[:16]}.pdf", made.data)
    kept = KeptFile(name, made.sha256, len(made.data), made.good_until)
    copy = long_term.register(of=file, file=kept, at=now)
    if copy is None:
        storage.discard(name)
    return copy


def _proofs(now: dt.datetime) -> Proofs:
    """Read anew for each file: a list may come in while the command runs."""
    people = people_trust()
    own = empty_list(Path(settings.CLAUSIER_HOME), now=now)
    return Proofs(
        roots=(*seal_roots(), *date_roots(), *people.roots),
        revocation_lists=(*people.revocation_lists, *([own] if own else [])),
    )
