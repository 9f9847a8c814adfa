"""What the dossier of a tender is made of: each file with its place, its nature and its title.

Everything is read as it is kept: files are given back as they were received or sealed, and what is
computed (comparison, journal) is computed from the frozen rows.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal, scanning, storage
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.scanning import with_scan
from vendors.models import Lot, Tender

from ..domain import disclosure
from ..domain.queries import analysis as analysis_queries
from ..domain.queries import comparison as comparison_queries
from ..domain.queries import exchanges as exchange_queries
from ..domain.queries import long_term as long_term_queries
from ..domain.queries import opinions as opinion_queries
from ..domain.queries import retention as retention_queries
from ..domain.queries import signed_files as queries
from ..domain.queries import tenders as tender_queries
from ..domain.queries.assessment_versions import up_to
from ..enums import DocumentState, SignedDecision, VersionState
from ..models import (
    Assessment,
    Checklist,
    Deposit,
    Document,
    Evidence,
    ExchangeParty,
    Reception,
    Regularisation,
    SignedFile,
)
from . import (
    analysis_files,
    comparison,
    dce,
    dossier_tables,
    letters,
    long_term,
    opinions,
    receipt,
    report,
    signatures,
)
from .dossier_files import Kept, Part, Stored, as_scanned

Plain = dict[str, Any]

SEALED = "sealed"
"""The nature of a PDF that bears a seal, checked with the dossier."""

JOURNAL = "journal.jsonl"

OPINION = "opinion"
"""The nature of an opinion that was asked, with its question."""

INTERESTS, WEIGHTS, FINDINGS, NOTE, DECIDED, DECISION, CHANGES = (
    "interests",
    "weights",
    "findings",
    "note",
    "decisions",
    "regularisation-decision",
    "regularisation-changes",
)
"""The natures of the tables, by which a reader sees that none was forgotten."""


class Due(NamedTuple):
    """A nature of file that a dossier must hold under a folder, and its name in words."""

    folder: str
    kind: str
    title: str


def parts(tender: Tender) -> Iterator[Part]:
    """Return the files of the dossier of a tender, in the order of its folders.

    What was eliminated is out; the sealed list of it is in.
    """
    gone = retention_queries.eliminated_names(tender)
    for part in _parts(tender):
        if not (isinstance(part.make, Stored) and part.make.name in gone):
            yield part


def _parts(tender: Tender) -> Iterator[Part]:
    yield Part(
        "consultation.json", "data", _("La consultation, ses lots, ses candidats, l’ouverture"),
        lambda: _json(_tender(tender)),
    )  # fmt: skip
    yield Part(JOURNAL, "journal", _("Journal de la consultation"), lambda: _journal(tender))
    yield Part(
        "declarations-d-interets.csv", INTERESTS, _("Déclarations d’intérêts des relecteurs"),
        lambda: dossier_tables.declarations(tender),
    )  # fmt: skip
    for elimination in tender.eliminations.exclude(certificate_name="").order_by("pk"):
        yield Part(
            f"eliminations/bordereau-{elimination.pk}.pdf",
            SEALED,
            _("Bordereau d’élimination : %(scope)s")
            % {"scope": str(elimination.get_scope_display()).lower()},
            Stored(elimination.certificate_name),
        )
    for lot in tender.lots.order_by("number", "pk"):
        for checklist in _checklists(lot):
            yield from _checklist_parts(checklist, _folder(checklist))


def _checklists(lot: Lot) -> list[Checklist]:
    found = Checklist.objects.filter(lot=lot, state=VersionState.PUBLISHED)
    return list(
        found.select_related(
            "version__clausier", "published_by", "replaces__version", "lot__tender__facility"
        ).order_by("version__clausier__code", "edition")
    )


def _folder(checklist: Checklist) -> str:
    lot = checklist.lot
    first = f"lot-{lot.number}/" if lot.tender.has_lots else ""
    return f"{first}{checklist.version.clausier.code}"


# -- One checklist ---------------------------------------------------------------------------------


def _checklist_parts(checklist: Checklist, folder: str) -> Iterator[Part]:
    told = {"name": checklist.version.title, "number": checklist.edition}
    published = _edition_folder(checklist, folder)
    yield from _annexes(checklist, published, told)
    yield Part(
        f"{published}/poids-et-effets.csv",
        WEIGHTS,
        _("%(name)s, édition %(number)d : poids et effets des points") % told,
        lambda: dossier_tables.weighting(checklist),
    )
    assessments = Assessment.objects.filter(checklist=checklist).select_related(
        "facility",
        "candidacy__vendor",
        "candidacy__lot__tender",
        "checklist__version__clausier",
        "replaces",
    )
    found = list(assessments.order_by("candidacy__vendor__name", "pk"))
    for assessment in found:
        yield from _assessment_parts(assessment, _candidate_folder(assessment, folder))
    for deposit in _waiting(checklist):
        part = Part(
            f"{folder}/2-candidats/sans-candidat/fichier-{deposit.pk}.{deposit.kind}",
            "reception",
            _("%(name)s : reçu, sans candidat") % {"name": deposit.sent_as},
            Kept(deposit),
        )
        yield as_scanned(part, deposit, deposit.sent_as)
    if found:
        yield from _comparison(checklist, f"{folder}/3-comparaison/edition-{checklist.edition}")
    yield from _analysis(checklist, f"{folder}/4-rapport")


def _waiting(checklist: Checklist) -> QuerySet[Deposit]:
    """The files that came in and that nobody was given."""
    found = Deposit.objects.filter(checklist=checklist, refusal="", reception=None)
    return with_scan(found).order_by("pk")


def _edition_folder(checklist: Checklist, folder: str) -> str:
    return f"{folder}/1-check-list/edition-{checklist.edition}"


def _candidate_folder(assessment: Assessment, folder: str) -> str:
    return f"{folder}/2-candidats/{_name(assessment)}"


def _name(assessment: Assessment) -> str:
    """The folder of a candidate: its name in plain letters, and its number so that none meet.

    Each version of an assessment has its own, under its own number.
    """
    name = f"{slugify(assessment.candidacy.vendor.name)[:60]}-{assessment.pk}".lstrip("-")
    return name if assessment.number == 1 else f"{name}-version-{assessment.number}"


def _vendor(assessment: Assessment) -> str:
    """The candidate in words, with the version once an assessment was corrected."""
    vendor = assessment.candidacy.vendor.name
    told = {"vendor": vendor, "number": assessment.number}
    if assessment.replaced_at:
        return _("%(vendor)s, version %(number)d remplacée") % told
    return _("%(vendor)s, version %(number)d") % told if assessment.number > 1 else vendor


def _annexes(checklist: Checklist, folder: str, told: Plain) -> Iterator[Part]:
    """The annexes as they were made for the tender documents, or made again when they are gone."""
    data = dce.gather(checklist)
    stored = dce.stored_name(checklist, data)
    is_kept = default_storage.exists(stored)
    content = storage.read(stored) if is_kept else dce.archive(checklist, data)
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        for name in bundle.namelist():
            kind = SEALED if name.endswith(".pdf") else "annex"
            title = _("%(name)s, édition %(number)d : annexe du DCE") % told
            yield Part(f"{folder}/{name}", kind, title, _constant(bundle.read(name)))


def _comparison(checklist: Checklist, folder: str) -> Iterator[Part]:
    compared = comparison_queries.comparison(checklist)
    for kind in comparison.TYPES:
        yield Part(
            f"{folder}/{comparison.file_name(checklist, kind)}",
            "comparison",
            _("Comparaison des candidats (%(kind)s)") % {"kind": kind.upper()},
            _constant(comparison.written(checklist, compared, kind)),
        )


def _analysis(checklist: Checklist, folder: str) -> Iterator[Part]:
    """Each edition of the analysis report: its DOCX, and its sealed PDF once it is made."""
    for found in analysis_queries.editions().filter(checklist=checklist).order_by("number"):
        told = {"name": checklist.version.title, "number": found.number}
        title = _("%(name)s : rapport d’analyse, édition %(number)d") % told
        stored = analysis_files.stored_name(found)
        if default_storage.exists(stored):
            path = f"{folder}/{analysis_files.download_name(found, 'pdf')}"
            yield Part(path, SEALED, title, Stored(stored))
        path = f"{folder}/{analysis_files.download_name(found, 'docx')}"
        yield Part(path, "report", title, partial(analysis_files.docx, found))


# -- One candidate ---------------------------------------------------------------------------------


def _assessment_parts(assessment: Assessment, folder: str) -> Iterator[Part]:
    vendor = _vendor(assessment)
    receptions = Reception.objects.filter(assessment=assessment).select_related("late")
    for reception in with_scan(receptions).order_by("number"):
        title = _("%(vendor)s : classeur %(number)d, tel que reçu")
        if reception.lateness:
            title = _("%(vendor)s : classeur %(number)d, hors délai (%(decision)s), tel que reçu")
        part = Part(
            f"{folder}/1-recu/classeur-{reception.number}.{reception.kind}",
            "reception",
            title % {"vendor": vendor, "number": reception.number, "decision": _decided(reception)},
            Kept(reception),
        )
        yield as_scanned(part, reception, reception.sent_as)
    for link in assessment.answer_links.filter(submitted_at__isnull=False).order_by("number"):
        stored = receipt.stored_name(link)
        if default_storage.exists(stored):
            title = _("%(vendor)s : récépissé des réponses envoyées en ligne") % {"vendor": vendor}
            path = f"{folder}/1-recu/recepisse-{link.number}.pdf"
            yield Part(path, SEALED, title, Stored(stored))
    yield from _evidence(assessment, f"{folder}/1-recu/pieces", vendor)
    yield from _opinions(assessment, f"{folder}/2-evaluation", vendor)
    yield from _opinions_asked(assessment, f"{folder}/2-evaluation", vendor)
    yield from _exchanges(assessment, f"{folder}/3-demandes", vendor)
    documents = Document.objects.filter(assessment=assessment, state=DocumentState.READY)
    for document in documents.order_by("number"):
        title = _("%(vendor)s : évaluation scellée, édition %(number)d")
        yield Part(
            f"{folder}/2-evaluation/evaluation-e{document.number}.pdf",
            SEALED,
            title % {"vendor": vendor, "number": document.number},
            Stored(document.file_name),
        )
        yield from _signed(document, f"{folder}/2-evaluation/evaluation-e{document.number}", vendor)
    yield from _made_to_last(assessment, f"{folder}/2-evaluation", vendor)


def _made_to_last(assessment: Assessment, folder: str, vendor: str) -> Iterator[Part]:
    """The last copy of each sealed or signed file that was brought to PAdES B-LTA."""
    closed = _closed(assessment)
    for copy in long_term_queries.copies_of(assessment):
        if copy.signed_file_id in closed:  # its own notice says so
            continue
        end = date_format(copy.good_until, "j F Y")
        told = {"vendor": vendor, "edition": copy.document.number, "end": end}
        title = _("%(vendor)s : édition %(edition)d, copie prolongée jusqu’au %(end)s")
        yield Part(
            f"{folder}/{long_term.download_name(copy)}",
            SEALED,
            title % told,
            Stored(copy.file_name),
        )


def _closed(assessment: Assessment) -> set[int]:
    """Return the signed files that the antivirus holds back: so are the copies made of them."""
    found = with_scan(SignedFile.objects.filter(document__assessment=assessment))
    told = found.values_list("pk", "scan_state")
    return {pk for pk, state in told if scanning.why_not_served(state)}


def _opinions(assessment: Assessment, folder: str, vendor: str) -> Iterator[Part]:
    """What the specialists found, and how the note of the candidate is computed."""
    told = {"vendor": vendor}
    yield Part(
        f"{folder}/constats.csv",
        FINDINGS,
        _("%(vendor)s : constats des relecteurs") % told,
        lambda: dossier_tables.findings(assessment),
    )
    yield Part(
        f"{folder}/note-ligne-a-ligne.csv",
        NOTE,
        _("%(vendor)s : calcul de la note, ligne à ligne") % told,
        lambda: _note(assessment),
    )
    if assessment.point_decisions.exists():
        title = _("%(vendor)s : décisions de l’acheteur et réserves") % told
        table = _constant(dossier_tables.decisions(assessment))
        yield Part(f"{folder}/decisions.csv", DECIDED, title, table)


def _opinions_asked(assessment: Assessment, folder: str, vendor: str) -> Iterator[Part]:
    """Each opinion asked, with its question and every answer: to be read, and as data."""
    for asked in opinion_queries.of_assessment(assessment):
        told, place = {"vendor": vendor, "asked": asked}, f"{folder}/avis-{asked.number}"
        data = opinions.opinion_data(asked)
        title = _("%(vendor)s : %(asked)s, question et réponses") % told
        text = render_to_string("checklists/opinion.txt", {"one": data, "vendor": vendor})
        yield Part(f"{place}/avis.txt", OPINION, title, _constant(text.encode()))
        yield Part(f"{place}/avis.json", "data", title, _constant(_json(data)))


def _note(assessment: Assessment) -> bytes:
    found = comparison_queries.comparison(assessment.checklist, only=assessment)
    return dossier_tables.note(found, found.candidates[0])


def _signed(document: Document, stem: str, vendor: str) -> Iterator[Part]:
    """The files signed elsewhere that a person accepted, each with the report of its checks."""
    accepted = queries.signed_files().filter(document=document, decision=SignedDecision.ACCEPTED)
    for number, file in enumerate(accepted.order_by("decided_at", "pk"), start=1):
        told = {"vendor": vendor, "edition": document.number, "number": number}
        title = _("%(vendor)s : édition %(edition)d signée, fichier %(number)d, tel que reçu")
        part = Part(f"{stem}-signee-{number}.pdf", "signed", title % told, Stored(file.file_name))
        yield as_scanned(part, file, file.sent_as)
        title = _("%(vendor)s : édition %(edition)d signée, rapport de vérification %(number)d")
        yield Part(
            f"{stem}-signee-{number}-rapport.json",
            "data",
            title % told,
            _constant(_json(signatures.validation_report(file))),
        )


def _evidence(assessment: Assessment, folder: str, vendor: str) -> Iterator[Part]:
    """The files that the candidate joined, as they came, with the points that each backs.

    One that the antivirus holds back is named, never put in. What a former version holds is there.
    """
    joined = assessment.evidence.select_related("replaced_by").prefetch_related("items__point")
    if assessment.replaces is not None:
        before = Evidence.objects.filter(up_to(assessment.replaces))
        joined = joined.exclude(file_name__in=before.values("file_name"))
    found = with_scan(joined)
    for file in found.order_by("added_at", "pk"):
        points = sorted(file.items.all(), key=lambda item: item.position)
        told = {"vendor": vendor, "name": file.name}
        told["points"] = ", ".join(item.point.ref for item in points) or _("aucun point")
        name = slugify(file.name.rpartition(".")[0] or file.name)[:60]
        path = f"{folder}/{file.pk}-{name or 'document'}"
        title = _("%(vendor)s : %(name)s, document joint (%(points)s)") % told
        if file.replaced_by:
            title = _("%(vendor)s : %(name)s, version remplacée par %(after)s") % (
                told | {"after": file.replaced_by.name}
            )
        if disclosure.is_restricted(file):
            title += f" – {disclosure.MARK} (CRPA, L311-5, 2° d)"
        part = Part(f"{path}.{file.kind}", "evidence", title, Stored(file.file_name))
        yield as_scanned(part, file, file.name)


def _exchanges(assessment: Assessment, folder: str, vendor: str) -> Iterator[Part]:
    """What the candidate was asked about its offer, and what it answered, file by file."""
    found = exchange_queries.parties().filter(assessment=assessment)
    for party in found.filter(exchange__sent_at__isnull=False).order_by("exchange__sent_at", "pk"):
        exchange = party.exchange
        told = {"vendor": vendor, "exchange": exchange}
        place = f"{folder}/{exchange.kind}-{exchange.number}"
        stored = letters.stored_name(party)
        if default_storage.exists(stored):
            title = _("%(vendor)s : %(exchange)s, lettre scellée") % told
            yield Part(f"{place}/lettre.pdf", SEALED, title, Stored(stored))
        title = _("%(vendor)s : %(exchange)s, questions et réponses") % told
        content = _json(_exchanged(party))
        yield Part(f"{place}/echange.json", "data", title, _constant(content))
        yield from _regularised(party, place, told)
        for file in with_scan(party.files.all()).order_by("number"):
            title = _("%(vendor)s : %(exchange)s, fichier %(number)d tel que reçu")
            path = f"{place}/fichier-{file.number}.{file.kind}"
            part = Part(
                path, "reception", title % (told | {"number": file.number}), Stored(file.file_name)
            )
            yield as_scanned(part, file, file.name)


def _regularised(party: ExchangeParty, place: str, told: Plain) -> Iterator[Part]:
    """What was decided of a regularisation, and what the answers said before it and after."""
    decided = getattr(party, "regularisation", None)
    if decided is None:
        return
    title = _("%(vendor)s : %(exchange)s, décision")
    content = dossier_tables.decision(decided)
    yield Part(f"{place}/decision.csv", DECISION, title % told, _constant(content))
    title = _("%(vendor)s : %(exchange)s, réponses avant et après")
    content = dossier_tables.before_and_after(party)
    yield Part(f"{place}/avant-apres.csv", CHANGES, title % told, _constant(content))


# -- What must be there ----------------------------------------------------------------------------


def due(tender: Tender) -> Iterator[Due]:
    """Return what no dossier of this tender may lack, counted apart from the files themselves."""
    yield Due("", JOURNAL.partition(".")[0], _("Journal de la consultation"))
    yield Due("", INTERESTS, _("Déclarations d’intérêts des relecteurs"))
    for lot in tender.lots.order_by("number", "pk"):
        for checklist in _checklists(lot):
            folder = _folder(checklist)
            yield Due(_edition_folder(checklist, folder), "annex", _("Annexes du DCE"))
            yield Due(_edition_folder(checklist, folder), WEIGHTS, _("Poids et effets"))
            yield from _due_of_candidates(checklist, folder)


def _due_of_candidates(checklist: Checklist, folder: str) -> Iterator[Due]:
    found = Assessment.objects.filter(checklist=checklist).select_related("candidacy__vendor")
    for assessment in found.order_by("pk"):
        own, vendor = _candidate_folder(assessment, folder), _vendor(assessment)
        told = {"vendor": vendor}
        yield Due(own, FINDINGS, _("%(vendor)s : constats des relecteurs") % told)
        yield Due(own, NOTE, _("%(vendor)s : calcul de la note, ligne à ligne") % told)
        for asked in opinion_queries.of_assessment(assessment):
            title = _("%(vendor)s : %(asked)s") % {"vendor": vendor, "asked": asked}
            yield Due(f"{own}/2-evaluation/avis-{asked.number}", OPINION, title)
        decided = Regularisation.objects.filter(party__assessment=assessment)
        for one in decided.select_related("party__exchange").order_by("pk"):
            exchange = one.party.exchange
            place = f"{own}/3-demandes/{exchange.kind}-{exchange.number}"
            told = {"vendor": vendor, "exchange": str(exchange)}
            yield Due(place, DECISION, _("%(vendor)s : %(exchange)s, décision") % told)
            yield Due(
                place, CHANGES, _("%(vendor)s : %(exchange)s, réponses avant et après") % told
            )
    if found:
        place = f"{folder}/3-comparaison/edition-{checklist.edition}"
        yield Due(place, "comparison", _("Comparaison des candidats"))


def _exchanged(party: ExchangeParty) -> Plain:
    return {
        "letter": party.letter,
        "letter_sha256": party.letter_sha256,
        "replied_at": canonical.iso(party.replied_at),
        "replied_by": exchange_queries.author(party.replied_by, party.replied_by_link),
        "closed_at": canonical.iso(party.exchange.closed_at),
        "replies": [
            {
                "ref": reply.point.item.point.ref,
                "value": reply.value,
                "text": reply.text,
                "at": canonical.iso(reply.updated_at),
                "by": exchange_queries.author(reply.updated_by, reply.updated_by_link),
            }
            for reply in exchange_queries.replies(party)
        ],
        "files": [
            {"number": file.number, "name": file.name, "sha256": file.file_sha256}
            for file in party.files.order_by("number")
        ],
    }


def _decided(reception: Reception) -> str:
    late = reception.lateness
    return str(late.get_decision_display()).lower() if late else ""


def _constant(content: bytes) -> Callable[[], bytes]:
    return lambda: content


# -- The tender and its journal --------------------------------------------------------------------


def _tender(tender: Tender) -> Plain:
    told = {
        "facility": report.facility_data(tender.facility),
        "tender": report.tender_data(tender),
        "lots": [_lot(lot) for lot in tender.lots.order_by("number", "pk")],
        "people": _people(tender),
    }
    if tender.is_opened:
        opening = tender.opening
        told["opening"] = {
            "opened_at": canonical.iso(opening.opened_at),
            "people": opening.people.splitlines(),
            "recorded_at": canonical.iso(opening.recorded_at),
            "recorded_by": str(opening.recorded_by),
        }
    return told


def _lot(lot: Lot) -> Plain:
    candidacies = tender_queries.candidacies().filter(lot=lot).order_by("vendor__name", "pk")
    return {
        "number": lot.number,
        "title": lot.title,
        "candidates": [
            {
                "name": candidacy.vendor.name,
                "siren": candidacy.vendor.siren,
                "siret": candidacy.vendor.siret,
                "foreign_id": candidacy.vendor.foreign_id,
                "product": str(candidacy.product or ""),
            }
            for candidacy in candidacies.select_related("product")
        ],
    }


def _people(tender: Tender) -> dict[str, str]:
    """The names behind the numbers of the journal."""
    actors = events(tender).exclude(actor=None).order_by().values_list("actor", flat=True)
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=actors.distinct())}


def events(tender: Tender) -> QuerySet[AuditEvent]:
    """Return the events of the journal about a tender, oldest first."""
    checklists = Checklist.objects.filter(lot__tender=tender).values_list("pk", flat=True)
    assessments = Assessment.objects.filter(candidacy__lot__tender=tender)
    subjects = [f"tender/{tender.pk}"]
    subjects += [f"checklist/{pk}" for pk in checklists]
    subjects += [f"assessment/{pk}" for pk in assessments.values_list("pk", flat=True)]
    about = Q(subject__in=subjects)
    for subject in subjects:
        about |= Q(subject__startswith=f"{subject}/")
    return AuditEvent.objects.filter(about, tenant=tender.facility_id).order_by("seq")


def _journal(tender: Tender) -> bytes:
    """One event a line, with what its hash covers: each can be checked alone."""
    lines = (canonical.canonical_json(journal.plain(event)) for event in events(tender))
    return "".join(f"{line}\n" for line in lines).encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode()
