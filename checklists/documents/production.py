"""Makes the file of one document, outside of any web request, and alive while it works."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.common import queue, storage
from uniha_clausier.common.errors import RenderingFailed, SigningFailed, TimestampAway

from ..domain import documents
from ..domain.documents import SealedFile
from ..models import Document
from . import pdf

SECONDS_BETWEEN_BEATS = 8

logger = logging.getLogger(__name__)


def produce(document: Document) -> bool:
    """Render, seal, check and store a claimed document. False: it failed, or somebody else won.

    Safe to repeat: the frozen content decides what is written, and one worker alone publishes it.
    An interruption (``BaseException``) hands the document back to the queue. Raises the
    error of what is away (``queue.may_pass``): the document waits, and says for what.
    """
    try:
        with _kept_alive(document):
            made = pdf.sealed_pdf(
                document.content,
                content_sha256=document.content_sha256,
                say=lambda step: documents.renew(document, progress=step),
            )
            name = storage.store(_file_name(document, made.sha256), made.data)
        file = SealedFile(name, made.sha256, len(made.data), made.pages, made.seal)
        won = documents.finish(document, file)
        if not won:
            storage.discard(name)
        return won
    except TimestampAway as error:
        documents.hand_back(document, progress=str(error))
        raise
    except (RenderingFailed, SigningFailed, pdf.BadSeal) as error:
        documents.fail(document, str(error))
    except OSError as error:
        if queue.may_pass(error):
            documents.hand_back(document, progress=queue.sentence_of(error))
            raise
        logger.exception("document %s could not be written", document.pk)
        documents.fail(
            document,
            _("Le fichier n’a pas pu être écrit : le disque est peut-être plein. Recommencez."),
        )
    except Exception:
        logger.exception("document %s failed", document.pk)
        documents.fail(
            document,
            _("La production a échoué pour une raison inattendue : prévenez l’exploitant."),
        )
    except BaseException:
        documents.hand_back(document)
        raise
    return False


def download_name(document: Document) -> str:
    """Return the name under which a person saves the file: tender, candidate, edition."""
    candidacy = document.assessment.candidacy
    words = f"{candidacy.lot.tender.reference} {candidacy.vendor.name}"
    return f"clausier-{slugify(words)[:80] or document.assessment_id}-e{document.number}.pdf"


def _file_name(document: Document, sha256: str) -> str:
    """The hash in the name: what two workers make never meets."""
    assessment = document.assessment
    folder = f"documents/{assessment.facility_id}/{assessment.pk}"
    return f"{folder}/{document.number}-{sha256[:16]}.pdf"


@contextmanager
def _kept_alive(document: Document) -> Iterator[None]:
    """Renew the lease from another thread: the renderer may keep this one for a minute."""
    done = threading.Event()
    beat = threading.Thread(target=_beat, args=(document, done), daemon=True)
    beat.start()
    try:
        yield
    finally:
        done.set()
        beat.join()


def _beat(document: Document, done: threading.Event) -> None:
    try:
        while not done.wait(SECONDS_BETWEEN_BEATS):
            try:
                documents.renew(document)
            except Exception:
                logger.exception("the lease of document %s was not renewed", document.pk)
                connection.close()
    finally:
        connection.close()
