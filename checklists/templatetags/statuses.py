"""The one place where a status becomes a sign, a word and a colour.

The same signs stand in the pages, the PDF, the charts and the workbook. An unknown status raises:
a page never shows a value that nobody has decided how to show.
"""

from dataclasses import dataclass

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common import scanning
from uniha_clausier.common.enums import ScanState, Validity

from ..enums import (
    Claim,
    DecisionValue,
    DocumentState,
    EliminationDecision,
    ExchangeState,
    FindingValue,
    LateDecision,
    LinkState,
    OpinionValue,
    ReadingVerdict,
    ReservationState,
    RetentionState,
    ScoreValue,
    Secrecy,
    SignedDecision,
    TenderState,
    VersionChange,
    VersionState,
    VisaRoundState,
    VisaValue,
    WorkState,
)

register = template.Library()

Words = str | Promise


class UnknownStatus(ValueError):
    """A status that no line of the tables below describes."""


@dataclass(frozen=True)
class Status:
    """How a status is shown: sign, word, class of the tone, and the words behind an abbreviation."""

    sign: str
    label: Words
    css: str
    hint: Words = ""


STATUSES: dict[str, dict[str, Status]] = {
    # The five signs of LOOK.md: a colour never stands alone.
    "score": {
        ScoreValue.COMPLIANT.value: Status("✓", ScoreValue.COMPLIANT.label, "is-compliant"),
        ScoreValue.PARTIAL.value: Status("◐", ScoreValue.PARTIAL.label, "is-partial"),
        ScoreValue.NON_COMPLIANT.value: Status(
            "✕", ScoreValue.NON_COMPLIANT.label, "is-non-compliant"
        ),
        ScoreValue.TO_CLARIFY.value: Status("?", ScoreValue.TO_CLARIFY.label, "is-to-clarify"),
        ScoreValue.NOT_APPLICABLE.value: Status(
            "–", ScoreValue.NOT_APPLICABLE.label, "is-not-applicable"
        ),
        ScoreValue.NONE.value: Status("", ScoreValue.NONE.label, "is-unscored"),
    },
    # What a specialist finds, with the signs of the score: the words differ.
    "finding": {
        FindingValue.FAVOURABLE.value: Status("✓", FindingValue.FAVOURABLE.label, "is-compliant"),
        FindingValue.RESERVED.value: Status("◐", FindingValue.RESERVED.label, "is-partial"),
        FindingValue.UNFAVOURABLE.value: Status(
            "✕", FindingValue.UNFAVOURABLE.label, "is-non-compliant"
        ),
        FindingValue.QUESTION.value: Status("?", FindingValue.QUESTION.label, "is-to-clarify"),
        FindingValue.NONE.value: Status("", FindingValue.NONE.label, "is-unscored"),
    },
    # What a specialist answers when asked, with the words of a finding; nothing yet is awaited.
    "opinion": {
        OpinionValue.FAVOURABLE.value: Status("✓", OpinionValue.FAVOURABLE.label, "is-compliant"),
        OpinionValue.RESERVED.value: Status("◐", OpinionValue.RESERVED.label, "is-partial"),
        OpinionValue.UNFAVOURABLE.value: Status(
            "✕", OpinionValue.UNFAVOURABLE.label, "is-non-compliant"
        ),
        "": Status("", _("Attendu"), "is-unscored"),
        "withdrawn": Status("–", _("Demande retirée"), "is-neutral"),
    },
    # What the buyer decides once the scores are given, of a point and of the whole.
    "decision": {
        DecisionValue.ACCEPTED.value: Status("✓", DecisionValue.ACCEPTED.label, "is-compliant"),
        DecisionValue.RESERVED.value: Status("◐", DecisionValue.RESERVED.label, "is-partial"),
        DecisionValue.REFUSED.value: Status("✕", DecisionValue.REFUSED.label, "is-non-compliant"),
        DecisionValue.NONE.value: Status("", DecisionValue.NONE.label, "is-unscored"),
    },
    "reservation": {
        ReservationState.DUE.value: Status("", ReservationState.DUE.label, "is-neutral"),
        ReservationState.OVERDUE.value: Status(
            "!", ReservationState.OVERDUE.label, "is-non-compliant"
        ),
    },
    # What the candidate claims stays in ink: only what the hospital says has a colour.
    "claim": {
        Claim.YES.value: Status("", Claim.YES.label, "is-neutral"),
        Claim.NO.value: Status("", Claim.NO.label, "is-neutral"),
        Claim.NOT_CONCERNED.value: Status(
            "", Claim.NOT_CONCERNED.label, "is-neutral", _("non concerné")
        ),
        Claim.NONE.value: Status("", Claim.NONE.label, "is-unscored"),
    },
    "version": {
        VersionState.DRAFT.value: Status("", VersionState.DRAFT.label, "is-neutral"),
        VersionState.PUBLISHED.value: Status("✓", VersionState.PUBLISHED.label, "is-info"),
    },
    "document": {
        DocumentState.QUEUED.value: Status("", DocumentState.QUEUED.label, "is-neutral"),
        DocumentState.RUNNING.value: Status("", DocumentState.RUNNING.label, "is-info"),
        DocumentState.READY.value: Status("✓", DocumentState.READY.label, "is-compliant"),
        DocumentState.FAILED.value: Status("✕", DocumentState.FAILED.label, "is-non-compliant"),
    },
    # Whether a point of a checklist is asked; a reminder is the facility's own duty.
    "item": {
        "asked": Status("", _("Demandé"), "is-info"),
        "left_out": Status("", _("Écarté"), "is-unscored"),
        "reminder": Status("", _("Rappel"), "is-neutral"),
    },
    # What became of a point from one version of a clausier to another.
    "change": {
        VersionChange.ADDED.value: Status("+", VersionChange.ADDED.label, "is-compliant"),
        VersionChange.REMOVED.value: Status("−", VersionChange.REMOVED.label, "is-non-compliant"),
        VersionChange.REWORDED.value: Status("≈", VersionChange.REWORDED.label, "is-partial"),
        VersionChange.MOVED.value: Status("→", VersionChange.MOVED.label, "is-info"),
        VersionChange.DESCRIBED.value: Status("·", VersionChange.DESCRIBED.label, "is-neutral"),
        VersionChange.UNCHANGED.value: Status("=", VersionChange.UNCHANGED.label, "is-unscored"),
    },
    # The second look before publication.
    "reading": {
        ReadingVerdict.WAITING.value: Status("", ReadingVerdict.WAITING.label, "is-unscored"),
        ReadingVerdict.AGREED.value: Status("✓", ReadingVerdict.AGREED.label, "is-compliant"),
        ReadingVerdict.RESERVED.value: Status("!", ReadingVerdict.RESERVED.label, "is-partial"),
    },
    # The personal link of a candidate.
    "link": {
        LinkState.WAITING.value: Status("", LinkState.WAITING.label, "is-unscored"),
        LinkState.OPENED.value: Status("", LinkState.OPENED.label, "is-info"),
        LinkState.SUBMITTED.value: Status("✓", LinkState.SUBMITTED.label, "is-compliant"),
        LinkState.EXPIRED.value: Status("", LinkState.EXPIRED.label, "is-neutral"),
        LinkState.REVOKED.value: Status("", LinkState.REVOKED.label, "is-neutral"),
    },
    # A letter to candidates about their offers, and its answers.
    "exchange": {
        ExchangeState.DRAFT.value: Status("", ExchangeState.DRAFT.label, "is-neutral"),
        ExchangeState.SENT.value: Status("", ExchangeState.SENT.label, "is-info"),
        ExchangeState.ANSWERED.value: Status("✓", ExchangeState.ANSWERED.label, "is-compliant"),
        ExchangeState.CLOSED.value: Status("✓", ExchangeState.CLOSED.label, "is-neutral"),
    },
    # A file deposited after the deadline, as the buyer decided.
    "late": {
        LateDecision.WAITING.value: Status("!", _("Hors délai"), "is-partial"),
        LateDecision.KEPT_OUT.value: Status("✕", _("Hors délai, écarté"), "is-non-compliant"),
        LateDecision.ADMITTED.value: Status("✓", _("Hors délai, admis"), "is-neutral"),
    },
    # A document signed elsewhere: what a person decides, and each of the five points checked.
    "signed": {
        SignedDecision.WAITING.value: Status("!", SignedDecision.WAITING.label, "is-partial"),
        SignedDecision.ACCEPTED.value: Status("✓", SignedDecision.ACCEPTED.label, "is-compliant"),
        SignedDecision.SET_ASIDE.value: Status("–", SignedDecision.SET_ASIDE.label, "is-neutral"),
    },
    "retention": {
        RetentionState.UNDATED.value: Status("", RetentionState.UNDATED.label, "is-unscored"),
        RetentionState.KEPT.value: Status("", RetentionState.KEPT.label, "is-neutral"),
        RetentionState.HELD.value: Status("!", RetentionState.HELD.label, "is-partial"),
        RetentionState.DUE.value: Status("?", RetentionState.DUE.label, "is-to-clarify"),
        RetentionState.PROPOSED.value: Status("!", RetentionState.PROPOSED.label, "is-partial"),
        RetentionState.ELIMINATED.value: Status("–", RetentionState.ELIMINATED.label, "is-neutral"),
    },
    "elimination": {
        EliminationDecision.WAITING.value: Status(
            "!", EliminationDecision.WAITING.label, "is-partial"
        ),
        EliminationDecision.REFUSED.value: Status(
            "✕", EliminationDecision.REFUSED.label, "is-neutral"
        ),
        EliminationDecision.APPROVED.value: Status(
            "✓", EliminationDecision.APPROVED.label, "is-compliant"
        ),
    },
    # The visa of one role: asked in turn, given, refused, or out of date once something changed.
    "visa": {
        "coming": Status("", _("À venir"), "is-unscored"),
        "awaited": Status("", _("Attendu"), "is-info"),
        VisaValue.GIVEN.value: Status("✓", VisaValue.GIVEN.label, "is-compliant"),
        VisaValue.REFUSED.value: Status("✕", VisaValue.REFUSED.label, "is-non-compliant"),
        "lapsed": Status("!", _("Caduc"), "is-partial"),
    },
    "visas": {
        VisaRoundState.OPEN.value: Status("", VisaRoundState.OPEN.label, "is-info"),
        VisaRoundState.GRANTED.value: Status("✓", VisaRoundState.GRANTED.label, "is-compliant"),
        VisaRoundState.REFUSED.value: Status("✕", VisaRoundState.REFUSED.label, "is-non-compliant"),
        VisaRoundState.REPLACED.value: Status("", VisaRoundState.REPLACED.label, "is-neutral"),
        "lapsed": Status("!", _("Caducs : l’évaluation a changé"), "is-partial"),
        "none": Status("", _("Pas encore demandés"), "is-unscored"),
    },
    "check": {
        "ok": Status("✓", _("Vérifié"), "is-compliant"),
        "person": Status("?", _("À confirmer par une personne"), "is-to-clarify"),
        "warning": Status("!", _("Réserve"), "is-partial"),
        "refused": Status("✕", _("Refusé"), "is-non-compliant"),
    },
    # What the antivirus said of a file.
    "scan": {
        ScanState.NOT_SCANNED.value: Status("", ScanState.NOT_SCANNED.label, "is-unscored"),
        ScanState.WAITING.value: Status("", ScanState.WAITING.label, "is-neutral"),
        ScanState.CLEAN.value: Status("✓", ScanState.CLEAN.label, "is-compliant"),
        ScanState.INFECTED.value: Status("✕", ScanState.INFECTED.label, "is-non-compliant"),
    },
    # How long a paper is good, and whether it may be communicated.
    "validity": {
        Validity.UNKNOWN.value: Status("", Validity.UNKNOWN.label, "is-unscored"),
        Validity.VALID.value: Status("✓", Validity.VALID.label, "is-compliant"),
        Validity.SOON.value: Status("!", Validity.SOON.label, "is-partial"),
        Validity.EXPIRED.value: Status("✕", Validity.EXPIRED.label, "is-non-compliant"),
    },
    "secrecy": {
        Secrecy.NONE.value: Status("", Secrecy.NONE.label, "is-unscored"),
        Secrecy.PROPOSED.value: Status("?", Secrecy.PROPOSED.label, "is-to-clarify"),
        Secrecy.RESTRICTED.value: Status("!", Secrecy.RESTRICTED.label, "is-partial"),
        Secrecy.COMMUNICABLE.value: Status("", Secrecy.COMMUNICABLE.label, "is-neutral"),
    },
    # Progress counts what is answered, never what is compliant.
    "step": {
        WorkState.TODO.value: Status("", WorkState.TODO.label, "is-unscored"),
        WorkState.CURRENT.value: Status("", WorkState.CURRENT.label, "is-info"),
        WorkState.DONE.value: Status("✓", WorkState.DONE.label, "is-compliant"),
        WorkState.FIX.value: Status("✕", WorkState.FIX.label, "is-non-compliant"),
    },
    "tender": {
        TenderState.TO_PREPARE.value: Status("", TenderState.TO_PREPARE.label, "is-unscored"),
        TenderState.PUBLISHED.value: Status("✓", TenderState.PUBLISHED.label, "is-info"),
        TenderState.ASSESSING.value: Status("", TenderState.ASSESSING.label, "is-info"),
        TenderState.FINISHED.value: Status("✓", TenderState.FINISHED.label, "is-compliant"),
    },
    # The verdict on a PDF that somebody deposits.
    "verdict": {
        "intact": Status("✓", _("Intact"), "is-compliant"),
        "altered": Status("✕", _("Altéré"), "is-non-compliant"),
        "unknown": Status("?", _("Inconnu"), "is-to-clarify"),
        "unsigned": Status("–", _("Non scellé"), "is-not-applicable"),
    },
}

# Levels of django.contrib.messages and of the notices.
NOTICE_TONES: dict[str, Status] = {
    "debug": Status("i", _("Information"), "is-info"),
    "info": Status("i", _("Information"), "is-info"),
    "success": Status("✓", _("Succès"), "is-compliant"),
    "warning": Status("!", _("Attention"), "is-partial"),
    "error": Status("✕", _("Erreur"), "is-non-compliant"),
}


def status_of(kind: str, value: str) -> Status:
    """Return how a status is shown, or raise ``UnknownStatus``."""
    try:
        return STATUSES[kind][str(value)]
    except KeyError:
        raise UnknownStatus(f"No badge for {kind} « {value} ».") from None


@register.inclusion_tag("_components/badge.html")
def status_badge(kind: str, value: str) -> dict[str, Words]:
    """Show a status: sign, word, colour."""
    status = status_of(kind, value)
    return {
        "sign": status.sign,
        "label": status.label,
        "css": status.css,
        "hint": status.hint,
    }


@register.simple_tag
def status_words(kind: str, value: str) -> str:
    """Write a status as plain text, with its sign: for a sentence, a chart or a tooltip."""
    status = status_of(kind, value)
    return f"{status.sign} {status.label}".strip()


@register.simple_tag
def status_class(kind: str, value: str) -> str:
    """Give the class of the tone of a status, for a bar of a chart or a row."""
    return status_of(kind, value).css


@register.filter
def held_back(scan_state: str) -> str:
    """Say why the antivirus gives a file to nobody; empty when it may be opened."""
    return scanning.why_not_served(scan_state)


@register.simple_tag
def notice_tone(level: str) -> Status:
    """Give the sign and the tone of a message; an unknown level raises."""
    try:
        return NOTICE_TONES[level]
    except KeyError:
        raise UnknownStatus(f"No tone for the notice « {level} ».") from None
