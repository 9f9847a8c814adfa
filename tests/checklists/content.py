"""The frozen content of a document, without a database: any number of points, any text."""

from typing import Any

from checklists.documents import report
from checklists.enums import Claim, ScoreValue

Plain = dict[str, Any]

MOMENT = "2026-11-23T13:32:00+00:00"
SCALE = ("compliant", "partial", "non_compliant", "to_clarify", "not_applicable")
REQUIREMENT = (
    "Le titulaire s’engage à chiffrer les données de santé, au repos et en transit.\n"
    "Il corrige une vulnérabilité critique sous 21 jours :\n"
    "• il informe l’établissement ;\n"
    "• il propose un plan daté.\n"
    "À défaut, il justifie son délai par écrit."
)
CLAIM = (
    "Voir le plan d’assurance sécurité, § 4.2, pages 18 à 21. La mesure est en place depuis 2023."
)
COMMENT = "L’engagement est pris, mais le délai proposé dépasse celui du clausier."


def point(number: int, **changes: Any) -> Plain:
    """One scored point; ``claim`` and ``comment`` replace the texts, ``score`` the note."""
    value = changes.pop("score", SCALE[number % len(SCALE)])
    written = {"at": MOMENT, "by": "Camille Berthier", "version": 2}
    chapter = (number - 1) // 10 + 1
    return {
        "ref": f"O-{chapter}.{(number - 1) % 10 + 1}",
        "title": f"Exigence numéro {number}",
        "chapter": chapter,
        "section": 0,
        "heading": "",
        "requirement": REQUIREMENT,
        "additions": [],
        "expected": "Joindre la procédure.",
        "answer_kind": "document",
        "answer_kind_label": "Document ou description",
        "owner": "candidate",
        "owner_label": "Candidat",
        "reviewers": ["RSSI"],
        "erratum": "",
        "is_scored": True,
        "is_knock_out": number == 3,
        "weight": "1",
        "legal_effect": "scored_zero",
        "legal_effect_label": "Noté zéro si absent",
        "force": "",
        "claim": {
            "value": "yes",
            "label": str(Claim.YES.label),
            "text": changes.pop("claim", CLAIM),
            **written,
        },
        "findings": [],
        "score": {
            "value": value,
            "label": str(ScoreValue(value).label),
            "comment": changes.pop("comment", COMMENT),
            "is_outdated": False,
            **(written if value else {"at": "", "by": "", "version": 0}),
        },
        **changes,
    }


def content(points: list[Plain] | int = 6, **data: Any) -> Plain:
    """The content of edition 1; ``data`` replaces whole sections."""
    if isinstance(points, int):
        points = [point(number) for number in range(1, points + 1)]
    scored = [one for one in points if one["is_scored"]]
    gathered = _sections(points) | {
        "overall": report._summary(points) | {"note": "8"},
        "chapters": _chapters(points),
        "knock_outs": [one["ref"] for one in scored if one["is_knock_out"]],
        **{
            key: [one["ref"] for one in scored if one["score"]["value"] == key]
            for key in ("partial", "non_compliant", "to_clarify")
        },
        "missing": [one["ref"] for one in scored if not one["score"]["value"]],
        "differing": [],
        "unexplained": [],
        "to_review": [],
        "interests": [],
        "points": points,
    }
    gathered |= data
    return {
        "format": report.FORMAT,
        "format_version": report.FORMAT_VERSION,
        "edition": {"number": 1, "requested_at": MOMENT, "requested_by": "Camille Berthier"},
        "journal": {"seq": 812, "hash": "c" * 64},
        "data_sha256": report.hash_of(gathered),
        "data": gathered,
    }


def _chapters(points: list[Plain]) -> list[Plain]:
    positions = sorted({one["chapter"] for one in points})
    return [
        {
            "position": position,
            "ref": str(position),
            "title": f"Chapitre {position}",
            **report._summary(one for one in points if one["chapter"] == position),
            "sections": [],
        }
        for position in positions
    ]


def _sections(points: list[Plain]) -> Plain:
    return {
        "facility": {
            "name": "Centre hospitalier de Brumeval",
            "city": "Brumeval",
            "siret": "",
            "finess": "",
            "group": "",
        },
        "tender": {
            "reference": "2026-014",
            "title": "Dossier patient informatisé",
            "procedure": "open",
            "procedure_label": "Appel d’offres ouvert",
            "publication_date": "",
            "deadline": MOMENT,
            "has_lots": True,
        },
        "lot": {"number": 2, "title": "Hébergement"},
        "candidate": {
            "name": "Logisanté Systèmes",
            "country": "FR",
            "siren": "",
            "siret": "",
            "foreign_id": "",
            "stage": "candidate",
            "stage_label": "Candidat",
            "product": "Patientis",
            "product_version": "8.2",
            "product_kind": "Service hébergé (SaaS, IaaS)",
        },
        "clausier": {
            "code": "securite-numerique",
            "title": "Clausier de sécurité numérique",
            "number": "2",
            "edition_date": "2024-05-14",
            "source": "Club RSSI Santé",
            "licence_note": "Rédaction propre.",
            "is_official_text": False,
            "sha256": "a" * 64,
        },
        "checklist": {
            "sha256": "b" * 64,
            "edition": 1,
            "correction_reason": "",
            "published_at": MOMENT,
            "published_by": "Camille Berthier",
            "profile": [{"code": "DP", "label": "Le titulaire traite des données personnelles"}],
            "max_note": "20",
            "weight_total": str(len(points)),
            "asked": len(points),
            "scored": len(points),
            "available": 118,
            "parameters": [],
            "derogations": [],
            "forced": [
                {
                    "ref": "O-10.2",
                    "title": "Wi-Fi",
                    "force": "out",
                    "label": "Retiré par l’acheteur",
                    "reason": "Aucun équipement ne se raccorde au Wi-Fi.",
                    "at": MOMENT,
                    "by": "Camille Berthier",
                }
            ],
            "not_asked": [{"ref": "O-10.2", "title": "Wi-Fi"}],
        },
        "assessment": {
            "id": 7,
            "started_at": MOMENT,
            "started_by": "Camille Berthier",
            "changed_at": MOMENT,
            "people": [{"name": "Camille Berthier", "claims": 6, "scores": 6}],
            "answers_frozen": {
                "at": MOMENT,
                "by": "Camille Berthier",
                "sha256": "ab" * 32,
                "receptions": [{"number": 1, "sha256": "cd" * 32}],
                "evidence": [],
            },
            "late_files": [],
        },
    }
