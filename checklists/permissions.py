"""Who may prepare, publish, score and export."""

from django.utils.translation import gettext as _

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.permissions import YES, Access, Permit, for_roles
from vendors.enums import FORMAL, WITHOUT_OPENING
from vendors.models import Tender

from .enums import Interest
from .models import (
    Assessment,
    Checklist,
    Elimination,
    ExchangeParty,
    OpinionRequest,
    Reading,
)
from .models.finding import REVIEWERS


def prepare(access: Access, checklist: Checklist | None) -> Permit:
    """Choose the version and the profile, force points: before publication, by the buyer."""
    if checklist is not None and checklist.is_published:
        return Permit(False, _("La check-list est publiée : elle ne change plus."))
    return for_roles(access, Role.BUYER)


def publish(access: Access, checklist: Checklist, missing: list[str]) -> Permit:
    """Freeze the checklist: by the buyer, once, when nothing is missing."""
    permit = prepare(access, checklist)
    if not permit:
        return permit
    return Permit(False, missing[0]) if missing else permit


def correct(access: Access, obstacle: str) -> Permit:
    """Correct what is published, or signed, by what replaces it: the buyer, if nothing stands in the way."""
    permit = for_roles(access, Role.BUYER)
    return Permit(False, obstacle) if permit and obstacle else permit


def answer_reading(access: Access, reading: Reading) -> Permit:
    """Give the second look that was asked: who holds the role, and nobody in their place."""
    return for_roles(access, reading.role)


def assess(access: Access) -> Permit:
    """Start an assessment, enter what the candidate claims, and score: the buyer's work."""
    return for_roles(access, Role.BUYER)


def unless_signed(permit: Permit, signed: str) -> Permit:
    """Write in an assessment until people have signed it; ``signed`` says since when, or nothing."""
    return Permit(False, signed) if permit and signed else permit


def receive(access: Access, tender: Tender) -> Permit:
    """Receive the answer file of a candidate, and take its answers over: the buyer's work.

    Nobody reads an offer before the opening (CCP R2132-9).
    """
    permit = for_roles(access, Role.BUYER)
    if permit and tender.waits_for_opening:
        return Permit(False, _("Enregistrez d’abord l’ouverture des plis de la consultation."))
    return permit


def why_no_link(assessment: Assessment) -> str:
    """Return why a candidate does not answer by a personal link here; empty when they may.

    In a formal procedure an offer comes by the buyer profile, and stays sealed until the opening.
    """
    if assessment.answers_frozen_at:
        return _("Les réponses de ce candidat sont arrêtées : plus rien ne s’y écrit.")
    if assessment.signed_at:
        return _("L’évaluation de ce candidat est signée : plus rien ne s’y écrit.")
    tender = assessment.candidacy.lot.tender
    if tender.procedure in WITHOUT_OPENING:
        return ""
    return _(
        "Pas de formulaire dans cette procédure (%(procedure)s) : les offres se déposent sur le "
        "profil d’acheteur et restent fermées jusqu’à l’ouverture des plis."
    ) % {"procedure": tender.get_procedure_display()}


def give_link(access: Access, assessment: Assessment) -> Permit:
    """Give a candidate a personal link, prolong it, take it back: the buyer's work."""
    reason = why_no_link(assessment)
    return Permit(False, reason) if reason else for_roles(access, Role.BUYER)


def why_no_reply_link(party: ExchangeParty) -> str:
    """Return why a candidate does not answer a letter by a personal link; empty when they may.

    In a formal procedure all that is said with candidates goes through the buyer profile.
    """
    exchange, tender = party.exchange, party.assessment.candidacy.lot.tender
    if not exchange.sent_at:
        return _("Arrêtez d’abord la demande : le candidat répond à ce qu’elle demande.")
    if tender.procedure in FORMAL:
        return _(
            "Pas de lien dans cette procédure (%(procedure)s) : la lettre part et la réponse "
            "arrive par le profil d’acheteur, qui les date et en garde la trace."
        ) % {"procedure": tender.get_procedure_display()}
    if party.replied_at:
        return _("La réponse de ce candidat est déjà enregistrée.")
    if exchange.closed_at:
        return _("La demande est close : plus rien ne s’y écrit.")
    return ""


def give_reply_link(access: Access, party: ExchangeParty) -> Permit:
    """Give the personal link of a letter, take it back: who writes the letters."""
    reason = why_no_reply_link(party)
    return (
        Permit(False, reason)
        if reason
        else write_to_candidates(access, party.assessment.candidacy.lot.tender)
    )


def compare(tender: Tender) -> Permit:
    """Read the answers of the candidates beside each other: every member, after the opening."""
    if tender.waits_for_opening:
        return Permit(False, _("Enregistrez d’abord l’ouverture des plis de la consultation."))
    return YES


def write_analysis(access: Access, tender: Tender) -> Permit:
    """Write the analysis report and freeze its editions: the buyer, who signs it, after the opening."""
    opened = compare(tender)
    return for_roles(access, Role.BUYER) if opened else opened


def join_files(access: Access, assessment: Assessment) -> Permit:
    """Join, reuse and replace the files of a candidate: the buyer, until the answers are stopped."""
    if assessment.answers_frozen_at or assessment.signed_at:
        return Permit(
            False, _("Les réponses de ce candidat sont arrêtées : ses documents le sont aussi.")
        )
    return receive(access, assessment.candidacy.lot.tender)


def join_certificates(access: Access, assessment: Assessment) -> Permit:
    """Lay the certificates of a vendor beside the points: the buyer, until people have signed."""
    if assessment.signed_at:
        return Permit(False, _("L’évaluation est signée : elle est en lecture seule."))
    return receive(access, assessment.candidacy.lot.tender)


def qualify_files(access: Access) -> Permit:
    """Say how long a file is good and whether it may be communicated: the buyer, the RSSI."""
    return for_roles(access, Role.BUYER, Role.CISO)


def find(access: Access, role: str, tender: Tender, interest: str) -> Permit:
    """Give a finding: who holds the role, nobody in their place, after the opening (R2132-9).

    ``interest`` is what the person declared: without a declaration, or withdrawn, no finding.
    """
    permit = for_roles(access, role)
    if permit and not (opened := compare(tender)):
        return opened
    if permit and interest == Interest.WITHDRAWN:
        return Permit(False, _("Vous vous êtes retiré de cette consultation."))
    if permit and interest != Interest.CLEAR:
        return Permit(
            False,
            _("Déclarez d’abord si vous avez un conflit d’intérêts dans cette consultation."),
        )
    return permit


def ask_opinion(access: Access, tender: Tender) -> Permit:
    """Ask for an opinion on an offer, and take the question back: the buyer, after the opening."""
    return receive(access, tender)


def give_opinion(access: Access, asked: OpinionRequest, tender: Tender, interest: str) -> Permit:
    """File an opinion: who holds the role asked, or the person asked, as for a finding."""
    if asked.person_id is None:
        return find(access, asked.role, tender, interest)
    if asked.person_id != access.user.pk:
        return Permit(False, _("Cet avis est demandé à %(name)s.") % {"name": asked.person})
    held = next((role for role in REVIEWERS if access.has(role)), REVIEWERS[0])
    return find(access, held, tender, interest)


def decide(access: Access, tender: Tender) -> Permit:
    """Decide of the points and of the whole: the buyer, who reads the offers after the opening."""
    return receive(access, tender)


def ask_visas(access: Access, missing: list[str]) -> Permit:
    """Ask the visas of an assessment: the buyer, when nothing is missing."""
    permit = for_roles(access, Role.BUYER)
    return Permit(False, missing[0]) if permit and missing else permit


def give_visa(access: Access, role: str, tender: Tender, interest: str) -> Permit:
    """Give the visa of a role, or refuse it: who may give a finding in that role."""
    return find(access, role, tender, interest)


def order_visas(access: Access) -> Permit:
    """Say which roles give a visa, in which order: the buyers and administrators of a facility."""
    return for_roles(access, Role.BUYER, Role.FACILITY_ADMIN)


def declare_interest(access: Access) -> Permit:
    """Declare one's own interests in a tender: whoever may have points to review."""
    return for_roles(access, *REVIEWERS)


def write_to_candidates(access: Access, tender: Tender) -> Permit:
    """Ask candidates about their offers, and register what they answer: who reads the offers."""
    return receive(access, tender)


def share_chapters(access: Access) -> Permit:
    """Give chapters to colleagues, and declare them finished: who scores says what is done."""
    return assess(access)


def produce_document(access: Access) -> Permit:
    """Ask for a sealed PDF: the buyer answers for it."""
    return for_roles(access, Role.BUYER)


def produce_edition(access: Access, assessment: Assessment, replaced: str) -> Permit:
    """Ask for one more edition: the same, of the version that stands; ``replaced`` says which."""
    permit = produce_document(access)
    return Permit(False, replaced) if permit and assessment.replaced_at else permit


def produce_dossier(access: Access) -> Permit:
    """Ask for the dossier of a tender: the buyer hands it over."""
    return for_roles(access, Role.BUYER)


def manage_retention(access: Access) -> Permit:
    """Date a contract, suspend an elimination, propose it: who answers for the file or the house."""
    return for_roles(access, Role.BUYER, Role.FACILITY_ADMIN)


def decide_elimination(access: Access, elimination: Elimination) -> Permit:
    """Decide of an elimination: the same roles, and another person than who proposed it."""
    permit = manage_retention(access)
    if permit and elimination.proposed_by_id == access.user.pk:
        return Permit(False, _("Une autre personne que celle qui propose décide de l’élimination."))
    return permit


def deposit_signed(access: Access) -> Permit:
    """Deposit the document signed elsewhere, and confirm who signed: the buyer answers for it."""
    return for_roles(access, Role.BUYER)


def manage_comment_templates(access: Access) -> Permit:
    """Write the comments that a facility keeps ready: its buyers; every member reads them."""
    return for_roles(access, Role.BUYER)


def route_reviews(access: Access) -> Permit:
    """Decide which roles review which points in a facility: its buyers and its administrators."""
    return for_roles(access, Role.BUYER, Role.FACILITY_ADMIN)


def keep_profiles(access: Access) -> Permit:
    """Keep the profiles that a facility reuses, and delete them: its buyers."""
    return for_roles(access, Role.BUYER)


def start(access: Access, checklist: Checklist | None) -> Permit:
    """Start the assessment of a candidate: by the buyer, on a published checklist."""
    if checklist is None or not checklist.is_published:
        return Permit(False, _("Publiez d’abord la check-list du lot."))
    return assess(access)
