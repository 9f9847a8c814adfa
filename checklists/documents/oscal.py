"""An assessment as OSCAL assessment results (NIST, model 1.2.1), in JSON.

A point of the clausier is a control. What the candidate claims and what each reviewer finds are
observations; the buyer's score is a finding, which is satisfied or not: the exact score stands
beside it as a property of our own name space. A point without a score has no finding.

Identifiers are UUID of version 5, made of what they name: the same data give the same document.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from uniha_clausier.common.canonical import canonical_json

from ..enums import Claim, FindingValue, ScoreValue
from . import report

Plain = dict[str, Any]

VERSION = "1.2.1"
NAMESPACE = "urn:clausier:oscal"
SATISFIED = {ScoreValue.COMPLIANT: "pass", ScoreValue.NOT_APPLICABLE: "other"}
"""The scores that satisfy a point, and the reason that the model knows; the others do not."""

_IDS = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_NO_TOKEN = re.compile(r"[^\w.-]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


def written(data: Plain) -> bytes:
    """Return the file of gathered ``data``."""
    return canonical_json(document(data)).encode()


def document(data: Plain) -> Plain:
    """Return the assessment results as plain JSON values."""
    seed, parties = report.hash_of(data), _parties(data)
    return {
        "assessment-results": {
            "uuid": _uuid(seed),
            "metadata": {
                "title": _line(f"{report.kind(data)} – {data['candidate']['name']}"),
                "last-modified": data["assessment"]["changed_at"],
                "version": seed,
                "oscal-version": VERSION,
                "parties": [
                    {"uuid": identifier, "type": kind, "name": name}
                    for (kind, name), identifier in parties.items()
                ],
            },
            "import-ap": {
                "href": f"#{_plan(seed)}",
                "remarks": _("La check-list publiée tient lieu de plan d’évaluation."),
            },
            "results": [_result(data, seed, parties)],
            "back-matter": {"resources": [_checklist(data, seed)]},
        }
    }


def _result(data: Plain, seed: str, parties: dict[tuple[str, str], str]) -> Plain:
    points = [point for point in data["points"] if point["is_scored"]]
    observations = [one for point in points for one in _observations(point, data, seed, parties)]
    findings = [_finding(point, seed, parties) for point in points if point["score"]["value"]]
    told = {
        "uuid": _uuid(seed, "result"),
        "title": _line(data["tender"]["title"]),
        "description": _("Taux de conformité : %(rate)s") % {"rate": data["overall"]["display"]},
        "start": data["assessment"]["started_at"],
        "end": data["assessment"]["changed_at"],
        "props": _props(
            tender=data["tender"]["reference"],
            rate=data["overall"]["rate"],
            note=data["overall"]["note"],
            missing=str(data["overall"]["missing"]),
        ),
        "reviewed-controls": {"control-selections": [_selected(points)]},
    }
    # The model has no empty list: what is not there is left out.
    lists = {"observations": observations, "findings": findings}
    return told | {name: found for name, found in lists.items() if found}


def _selected(points: list[Plain]) -> Plain:
    if not points:
        return {"include-all": {}}
    return {"include-controls": [{"control-id": _token(one["ref"])} for one in points]}


def _observations(
    point: Plain, data: Plain, seed: str, parties: dict[tuple[str, str], str]
) -> Iterator[Plain]:
    claim = point["claim"]
    if claim["value"] or claim["text"]:
        yield {
            "uuid": _uuid(seed, point["ref"], "claim"),
            "title": _line(_("Réponse du candidat, %(ref)s") % {"ref": point["ref"]}),
            "description": claim["text"] or claim["label"],
            "props": _props(point=point["ref"], claim=claim["value"]),
            "methods": ["EXAMINE"],
            "types": ["ssp-statement-issue"] if claim["value"] == Claim.NO else ["discovery"],
            "origins": [_origin(parties, "organization", data["candidate"]["name"])],
            "collected": claim["at"],
            **_evidence(point),
        }
    for found in point["findings"]:
        yield {
            "uuid": _uuid(seed, point["ref"], found["role"]),
            "title": _line(f"{found['role_label']}, {point['ref']}"),
            "description": found["comment"] or found["label"],
            "props": _props(point=point["ref"], role=found["role"], finding=found["value"]),
            "methods": ["EXAMINE"],
            "types": ["discovery"] if found["value"] == FindingValue.QUESTION else ["finding"],
            "origins": [_origin(parties, "person", found["by"])],
            "collected": found["at"],
        }


def _evidence(point: Plain) -> Plain:
    files = point.get("evidence", ())
    told = [{"description": f"{one['name']} (SHA-256 {one['sha256']})"} for one in files]
    return {"relevant-evidence": told} if told else {}


def _finding(point: Plain, seed: str, parties: dict[tuple[str, str], str]) -> Plain:
    score = point["score"]
    value = ScoreValue(score["value"])
    related = [_uuid(seed, point["ref"], one["role"]) for one in point["findings"]]
    if point["claim"]["value"] or point["claim"]["text"]:
        related.insert(0, _uuid(seed, point["ref"], "claim"))
    told: Plain = {
        "uuid": _uuid(seed, point["ref"], "score"),
        "title": _line(f"{point['ref']} {point['title']}"),
        "description": score["comment"] or score["label"],
        "props": _props(
            score=value.value,
            weight=point["weight"],
            effect=point["legal_effect"],
            knock_out="yes" if point["is_knock_out"] else "no",
        ),
        "origins": [_origin(parties, "person", score["by"])],
        "target": {
            "type": "objective-id",
            "target-id": _token(point["ref"]),
            "status": {
                "state": "satisfied" if value in SATISFIED else "not-satisfied",
                "reason": SATISFIED.get(
                    value, "other" if value == ScoreValue.TO_CLARIFY else "fail"
                ),
            },
        },
    }
    if related:
        told["related-observations"] = [{"observation-uuid": one} for one in related]
    return told


def _checklist(data: Plain, seed: str) -> Plain:
    checklist, clausier = data["checklist"], data["clausier"]
    return {
        "uuid": _plan(seed),
        "title": _line(f"{clausier['title']}, {clausier['number']}"),
        "description": _("Check-list publiée, édition %(number)d")
        % {"number": checklist["edition"]},
        "props": _props(checklist_sha256=checklist["sha256"], clausier_sha256=clausier["sha256"]),
        "document-ids": [{"identifier": checklist["sha256"]}],
    }


def _parties(data: Plain) -> dict[tuple[str, str], str]:
    """Return everybody who said something, with the identifier by which the document names them."""
    named = [
        ("organization", data["candidate"]["name"]),
        ("organization", data["facility"]["name"]),
    ]
    for point in data["points"]:
        authors = [point["score"]["by"], *(one["by"] for one in point["findings"])]
        named += [("person", name) for name in authors]
    return {(kind, _line(name)): _uuid(kind, _line(name)) for kind, name in named}


def _origin(parties: dict[tuple[str, str], str], kind: str, name: str) -> Plain:
    return {"actors": [{"type": "party", "actor-uuid": parties[kind, _line(name)]}]}


def _props(**values: str) -> list[Plain]:
    """Return our own properties; the model has no empty value."""
    return [
        {"name": name.replace("_", "-"), "ns": NAMESPACE, "value": _line(value)}
        for name, value in values.items()
        if value
    ]


def _line(text: str) -> str:
    """Return ``text`` on one line, as the model wants a title: never empty, no blank at its ends."""
    return _BLANKS.sub(" ", text).strip() or "–"


def _token(ref: str) -> str:
    """Return the number of a point as the model names a control: never a digit first."""
    name = _NO_TOKEN.sub("-", ref)
    return name if name[:1].isalpha() else f"_{name}"


def _plan(seed: str) -> str:
    return _uuid(seed, "checklist")


def _uuid(*parts: str) -> str:
    return str(uuid.uuid5(_IDS, "\n".join(parts)))
