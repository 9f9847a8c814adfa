"""What a dossier of four candidates holds of the analysis, and that what it lacks is named."""

import csv
import io
import json
import zipfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import load_workbook

from checklists import tasks
from checklists.documents import dce, dossier_checks, dossier_parts
from checklists.domain import (
    answer_sets,
    answering,
    exchanges,
    findings,
    interests,
    regularisations,
)
from checklists.domain.answer_sets import Regularised
from checklists.domain.findings import Edit
from checklists.enums import Interest
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage

pytestmark = pytest.mark.django_db

REFS = ("O-1.1", "O-2.1", "O-7.1", "O-7.2")

TABLES = (
    dossier_parts.INTERESTS,
    dossier_parts.WEIGHTS,
    dossier_parts.FINDINGS,
    dossier_parts.NOTE,
    dossier_parts.DECISION,
    dossier_parts.CHANGES,
)


def is_compared(path: str) -> bool:
    return "/3-comparaison/edition-1/" in path and path.endswith(".xlsx")


class Pieces(NamedTuple):
    """The pieces of a dossier by their path, and the candidates that they are about."""

    candidates: list[Assessment]
    files: dict[str, bytes]

    def table(self, path: str) -> list[dict[str, str]]:
        text = self.files[path].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def the_one(self, end: str) -> str:
        (found,) = [path for path in self.files if path.endswith(end)]
        return found


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def write(assessment: Assessment, ref: str, field: str, value: str, by: User) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )


@pytest.fixture
def candidates(buyer: User, facility: Facility) -> list[Assessment]:
    """Four candidates; one is regularised on O-7.2, another refused; the RSSI found and declared."""
    first = factories.assessment(buyer, facility)
    others = [factories.started(first.checklist, buyer) for _ in range(3)]
    candidates = [first, *others]
    for place, one in enumerate(candidates):
        for ref in REFS:
            lacks = ref == "O-7.2" and place < 2
            write(one, ref, "claim", "no" if lacks else "yes", buyer)
            write(one, ref, "score", "partial" if lacks else "compliant", buyer)
        answer_sets.freeze(assessment=one, by=buyer)
    ciso = factories.member(facility, Role.CISO, full_name="Inès Martin")
    interests.declare(tender=first.candidacy.lot.tender, value=Interest.CLEAR, reason="", by=ciso)
    for field, value in (("finding", "reserved"), ("comment", "Chiffrement partiel.")):
        edit = Edit("O-7.1", field, value, 99, 99)
        findings.save_finding(assessment_id=first.pk, role=Role.CISO, edit=edit, by=ciso)
    for party in factories.regularised(buyer, first.checklist, "O-7.2"):
        texts = {reply.pk: "OUI." for reply in party.replies.all()}
        exchanges.register(party=party, texts=texts, by=buyer)
        if party.assessment_id == first.pk:
            reply = party.replies.select_related("point__item__point").get()
            regularisations.accept(
                party=party,
                changes=[Regularised(reply, "yes", "Corrigé le 3 mars.")],
                reason="Le document prouve la conformité.",
                by=buyer,
            )
        else:
            regularisations.refuse(party=party, reason="Rien n’est prouvé.", by=buyer)
    return candidates


@pytest.fixture
def pieces(candidates: list[Assessment], monkeypatch: pytest.MonkeyPatch) -> Pieces:
    """Every piece but the annexes, whose PDF take long and say nothing of the analysis."""
    nothing = io.BytesIO()
    zipfile.ZipFile(nothing, "w").close()
    monkeypatch.setattr(dce, "archive", lambda _checklist, _data: nothing.getvalue())
    tender = candidates[0].candidacy.lot.tender
    return Pieces(candidates, {part.path: part.make() for part in dossier_parts.parts(tender)})


@pytest.fixture
def dossier(candidates: list[Assessment], buyer: User, tmp_path: Path) -> Path:
    return handed_over(candidates, buyer, tmp_path)


def handed_over(candidates: list[Assessment], by: User, folder: Path) -> Path:
    made = tasks.make_dossier(tender=candidates[0].candidacy.lot.tender, by=by)
    path = folder / "dossier.zip"
    path.write_bytes(storage.read(made.file_name))
    return path


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def again(path: Path, **changed: bytes) -> Path:
    copy = path.with_name("autre.zip")
    with zipfile.ZipFile(copy, "w") as bundle:
        for name, content in (read(path) | changed).items():
            bundle.writestr(name, content)
    return copy


def test_a_regularisation_shows_what_it_changed_and_why(pieces: Pieces) -> None:
    first, second = pieces.candidates[:2]
    base = [path.rpartition("/")[0] for path in pieces.files if path.endswith("/decision.csv")]
    accepted, refused = (
        next(folder for folder in base if f"-{one.pk}/" in f"{folder}/") for one in (first, second)
    )
    (change,) = pieces.table(f"{accepted}/avant-apres.csv")
    assert change == {
        "Point": "O-7.2",
        "Réponse avant": "NON",
        "Texte avant": "",
        "Réponse après": "OUI",
        "Texte après": "Corrigé le 3 mars.",
        "Changée": "oui",
    }
    said = {row["Décision"]: row["Valeur"] for row in pieces.table(f"{accepted}/decision.csv")}
    first.refresh_from_db()
    assert said["Régularisation"] == "acceptée"
    assert said["Motif"] == "Le document prouve la conformité."
    assert said["Empreinte des réponses après (SHA-256)"] == first.answers_sha256
    assert said["Empreinte des réponses avant (SHA-256)"] != first.answers_sha256
    (same,) = pieces.table(f"{refused}/avant-apres.csv")
    assert (same["Réponse avant"], same["Réponse après"], same["Changée"]) == ("NON", "NON", "non")


def test_findings_and_declarations_name_who_and_what(pieces: Pieces) -> None:
    own = f"-{pieces.candidates[0].pk}/2-evaluation/constats.csv"
    (row,) = pieces.table(pieces.the_one(own))
    assert (row["Point"], row["Constat"], row["Par"]) == ("O-7.1", "Réservé", "Inès Martin")
    assert row["Commentaire"] == "Chiffrement partiel."
    (declared,) = pieces.table("declarations-d-interets.csv")
    assert declared["Personne"] == "Inès Martin"
    assert declared["Déclaration"] == "Aucun conflit d’intérêts"


def test_the_note_is_computed_again_by_hand_and_is_that_of_the_comparison(pieces: Pieces) -> None:
    own = pieces.table(
        pieces.the_one(f"-{pieces.candidates[1].pk}/2-evaluation/note-ligne-a-ligne.csv")
    )
    lines = {row["Point"]: row for row in own if row["Point"].startswith("O-")}
    last = {row["Point"]: row["Produit"] for row in own}
    earned = sum(number(row["Valeur"]) * number(row["Poids"]) for row in lines.values())
    possible = sum(number(row["Poids compté"]) for row in lines.values())
    maximum = number(last["Note maximale du critère"])
    assert lines["O-7.2"]["Valeur"] == "0,5"
    assert number(last["Note du critère"]) == round(maximum * earned / possible, 2)
    book = load_workbook(io.BytesIO(pieces.files[next(filter(is_compared, pieces.files))]))
    name = pieces.candidates[1].candidacy.vendor.name
    rates = list(book["Taux"].values)
    compared = next(row for row in rates if row[1] == "Note du critère")
    assert compared[rates[0].index(name)] == pytest.approx(float(number(last["Note du critère"])))


def test_the_weights_are_those_that_were_published(pieces: Pieces) -> None:
    rows = pieces.table(pieces.the_one("/poids-et-effets.csv"))
    assert [row["Point"] for row in rows] == [*REFS, "Ensemble"]
    assert sum(number(row["Poids"]) for row in rows[:-1]) == number(rows[-1]["Poids"])


def test_the_analysis_of_four_candidates_is_proved_and_told_at_the_head(dossier: Path) -> None:
    files = read(dossier)
    manifest = json.loads(files["manifeste.json"])
    report = dossier_checks.check(dossier)
    assert report.faults == []
    assert report.missing == manifest["missing"] != []
    kinds = Counter(one["kind"] for one in manifest["files"])
    counted = {kind: kinds[kind] for kind in TABLES}
    assert counted == dict(zip(TABLES, (1, 1, 4, 4, 2, 2), strict=True))
    told = files["LISEZMOI.txt"].decode()
    for part in manifest["files"][1:]:
        assert f"  {part['path'].rpartition('/')[2]}\u00a0: {part['title']}\n" in told
    for sentence in manifest["missing"]:
        assert f"- {sentence}\n" in told


def test_what_was_touched_in_the_sums_or_the_list_is_seen(dossier: Path) -> None:
    said = b"0" * 64 + b"  consultation.json\n"
    report = dossier_checks.check(again(dossier, **{"empreintes-sha256.txt": said}))
    assert len(report.faults) == 1
    assert report.faults[0].startswith("empreintes-sha256.txt a été modifié")
    manifest = json.loads(read(dossier)["manifeste.json"])
    for broken in ({"files": [{"path": 1}]}, {"due": [{"folder": None}]}, {"due": 3}):
        text = json.dumps(manifest | broken).encode()
        report = dossier_checks.check(again(dossier, **{"manifeste.json": text}))
        assert any("n’est pas la liste" in fault for fault in report.faults)


@pytest.mark.long
def test_a_piece_that_was_never_listed_is_named(
    candidates: list[Assessment], buyer: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that was made and sealed without a piece is whole, and still not complete."""
    complete = dossier_parts.parts

    def forgetful(tender: Any) -> Any:
        return [part for part in complete(tender) if part.kind != dossier_parts.DECISION]

    monkeypatch.setattr(dossier_parts, "parts", forgetful)
    faults = dossier_checks.check(handed_over(candidates, buyer, tmp_path)).faults
    assert len(faults) == 2
    vendor = candidates[0].candidacy.vendor.name
    assert any(vendor in fault and "Régularisation n° 1, décision" in fault for fault in faults)
