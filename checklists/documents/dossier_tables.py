"""The pieces of a dossier that no screen gives as a file: opinions, weights, notes, decisions.

Each is a CSV that a person opens in a spreadsheet years later, without this software.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from vendors.models import Tender

from ..domain import weights
from ..domain.comparing import Candidate, Comparison
from ..domain.queries import checklists as checklist_queries
from ..domain.queries import decisions as decision_queries
from ..domain.queries import exchanges as exchange_queries
from ..domain.queries import findings as finding_queries
from ..enums import Claim, FindingValue, LegalEffect, Sharing
from ..models import Answer, Assessment, Checklist, ExchangeParty, Regularisation
from . import csv_files
from .comparison import claim_text, decision_text, score_text
from .workbook import Value


def declarations(tender: Tender) -> bytes:
    """Return what each reviewer declared of their own interests, oldest first."""
    rows = tender.interest_declarations.select_related("person").order_by("declared_at", "pk")
    return _csv(
        (_("Déclaré le"), _("Personne"), _("Déclaration"), _("Précisions")),
        (
            (_moment(one.declared_at), str(one.person), one.get_value_display(), one.reason)
            for one in rows
        ),
    )


def weighting(checklist: Checklist) -> bytes:
    """Return what each point that is asked weighs and does, as published."""
    rows = [row for row in checklist_queries.rows(checklist) if row.item.is_applicable]
    scored = [row for row in rows if row.point.is_scored]
    total = sum((row.item.weight for row in scored), Decimal(0))
    head = (
        _("Point"), _("Titre"), _("Éliminatoire"), _("Effet"), _("Poids"),
        _("Part du total, en %"), _("Part de la note"),
    )  # fmt: skip
    lines: list[Sequence[Value]] = [
        (
            row.point.ref, row.point.title, _("oui") if row.item.is_knock_out else "",
            str(LegalEffect(row.item.legal_effect).label), row.item.weight,
            weights.share(row.item.weight, total),
            weights.part_of_note(row.item.weight, total, checklist.max_note),
        )
        for row in scored
    ]  # fmt: skip
    return _csv(head, [*lines, (_("Ensemble"), "", "", "", total, "", checklist.max_note)])


def note(comparison: Comparison, candidate: Candidate) -> bytes:
    """Return the calculation of the note of a candidate: what to compute again by hand."""
    found = comparison.note(candidate)
    titles = {point.ref: point.title for point in comparison.points}
    head = (
        _("Point"), _("Titre"), _("Réponse"), "Note", _("Valeur"), _("Poids"),
        _("Produit"), _("Poids compté"),
    )  # fmt: skip
    claims = {
        point.ref: claim_text(comparison.cell(candidate, point)) for point in comparison.points
    }
    lines: list[Sequence[Value]] = [
        (
            line.ref, titles[line.ref], claims[line.ref], score_text(line.score),
            _("hors calcul") if line.worth is None else line.worth,
            line.weight, line.product, line.counted,
        )
        for line in found.lines
    ]  # fmt: skip
    sums = found.tally
    value: Value = "" if found.value is None else found.value
    return _csv(
        head,
        [
            *lines,
            (_("Somme"), "", "", "", "", "", sums.earned, sums.possible),
            (_("Note maximale du critère"), "", "", "", "", "", found.max_note, ""),
            (_("Note du critère"), "", "", "", "", "", value, ""),
        ],
    )


def findings(assessment: Assessment) -> bytes:
    """Return what each specialist found on each point, with who, when, and on which answer."""
    head = (
        _("Point"), _("Rôle"), _("Constat"), _("Commentaire"), _("Communication"),
        _("Réponse changée depuis"), _("Le"), _("Par"), _("Repris de la version"),
    )  # fmt: skip
    return _csv(head, _findings(assessment))


def _findings(assessment: Assessment) -> Iterator[Sequence[Value]]:
    given = finding_queries.by_point(assessment)
    answers = Answer.objects.filter(assessment=assessment)
    versions = dict(answers.values_list("item__point__ref", "version"))
    positions = assessment.checklist.items.order_by("position", "pk")
    for ref in positions.values_list("point__ref", flat=True):
        for one in given.get(ref, ()):
            is_outdated = one.is_outdated(versions.get(ref, 0))
            yield (
                ref, one.role_label, str(FindingValue(one.value).label), one.comment,
                str(Sharing(one.sharing).label), _("oui") if is_outdated else "",
                _moment(one.at), one.author, str(one.taken_from or ""),
            )  # fmt: skip


def decisions(assessment: Assessment) -> bytes:
    """Return what the buyer decided of each point, then of the whole."""
    head = (
        _("Point"), _("Titre"), _("Décision"), _("Engagement"), _("Responsable"), _("Échéance"),
        _("Réponse ou note changée depuis"), _("Le"), _("Par"),
    )  # fmt: skip
    return _csv(head, _decisions(assessment))


def _decisions(assessment: Assessment) -> Iterator[Sequence[Value]]:
    for line in decision_queries.lines(assessment):
        if line.at:
            yield (
                line.ref, line.title, decision_text(line.decision), line.commitment, line.owner,
                line.due_on.strftime("%d/%m/%Y") if line.due_on else "",
                _("oui") if line.is_outdated else "", _moment(line.at), line.author,
            )  # fmt: skip
    whole = decision_queries.of_assessment(assessment)
    if whole:
        yield (
            _("Ensemble"), "", decision_text(whole.value), whole.reason, "", "", "",
            _moment(whole.decided_at), str(whole.decided_by),
        )  # fmt: skip


def decision(decided: Regularisation) -> bytes:
    """Return what was decided of a regularisation, why, by whom, and both hashes of the answers."""
    return _csv(
        (_("Décision"), _("Valeur")),
        (
            (_("Régularisation"), _("acceptée") if decided.is_accepted else _("refusée")),
            (_("Motif"), decided.reason),
            (_("Décidée le"), _moment(decided.decided_at)),
            (_("Par"), str(decided.decided_by)),
            (_("Empreinte des réponses avant (SHA-256)"), decided.sha256_before),
            (_("Empreinte des réponses après (SHA-256)"), decided.sha256_after),
        ),
    )


def before_and_after(party: ExchangeParty) -> bytes:
    """Return what each point asked said before the regularisation of a candidate, and after."""
    head = (
        _("Point"), _("Réponse avant"), _("Texte avant"), _("Réponse après"), _("Texte après"),
        _("Changée"),
    )  # fmt: skip
    return _csv(head, _changes(party))


def _changes(party: ExchangeParty) -> Iterator[Sequence[Value]]:
    answers = Answer.objects.filter(assessment=party.assessment_id)
    said = {
        item: (value, text) for item, value, text in answers.values_list("item", "value", "text")
    }
    for reply in exchange_queries.replies(party):
        item = reply.point.item
        changed = getattr(reply, "regularised", None)
        before = after = said.get(item.pk, ("", ""))
        if changed:
            before = changed.value_before, changed.text_before
            after = changed.value_after, changed.text_after
        yield (
            item.point.ref, str(Claim(before[0]).label), before[1],
            str(Claim(after[0]).label), after[1], _("oui") if changed else _("non"),
        )  # fmt: skip


def _csv(head: Sequence[Value], rows: Iterable[Sequence[Value]]) -> bytes:
    return csv_files.written(map(csv_files.text, row) for row in (head, *rows))


def _moment(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime("%d/%m/%Y %H:%M")
