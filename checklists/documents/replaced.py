"""What a corrected assessment says of the signed version that it replaces."""

from typing import Any

from uniha_clausier.common import canonical

from ..domain.queries.documents import Sources

Plain = dict[str, Any]


def of_assessment(rows: Sources) -> Plain:
    """Return the version, under its key; nothing for a first one, so that older data keep their hash.

    ``file_sha256`` is that of the signed file: it names the document without any doubt.
    """
    assessment, signed = rows.assessment, rows.replaced
    if assessment.replaces is None or signed is None:
        return {}
    return {
        "version": {
            "number": assessment.number,
            "reason": assessment.correction_reason,
            "started_at": canonical.iso(assessment.created_at),
            "started_by": str(assessment.created_by),
            "replaces": {
                "id": assessment.replaces.pk,
                "number": assessment.replaces.number,
                "signed_at": canonical.iso(assessment.replaces.signed_at),
                "edition": signed.document.number,
                "file_sha256": signed.file_sha256,
                "data_sha256": signed.document.content_sha256,
            },
        }
    }
