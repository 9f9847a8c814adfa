"""The closed lists of the clausier, of an answer and of a score."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    """A draft may change; a published version or checklist never does."""

    DRAFT = "draft", _("Brouillon")
    PUBLISHED = "published", _("Publiée")


class AnswerKind(models.TextChoices):
    """How the official point asks to be answered (its « preuves attendues »)."""

    YES_NO = "yes_no", _("OUI / NON")
    YES_NO_NC = "yes_no_nc", _("OUI / NON / NC")
    DOCUMENT = "document", _("Document ou description")
    DOCUMENT_NC = "document_nc", _("Document ou description / NC")
    DOCUMENT_YES_NO = "document_yes_no", _("Document et OUI / NON")
    DESCRIPTION = "description", _("Description ou engagement")
    DELAY_COMMITMENT = "delay_commitment", _("Accord sur un délai")
    CROSS_REFERENCE = "cross_reference", _("Renvoi à d’autres points")
    NONE = "none", _("Rien à demander")


class Owner(models.TextChoices):
    """Who bears the obligation."""

    CANDIDATE = "candidate", _("Candidat")
    FACILITY = "facility", _("Établissement")
    SHARED = "shared", _("Candidat et établissement")


class Reviewer(models.TextChoices):
    """Who reads the answer."""

    CISO = "ciso", _("RSSI")
    DPO = "dpo", _("DPO")
    BIOMEDICAL_ENGINEER = "biomedical_engineer", _("Ingénieur biomédical")
    BUYER = "buyer", _("Acheteur")


class PointKind(models.TextChoices):
    """What a point creates: a commitment, a document, a right of the facility …"""

    COMMITMENT = "commitment", _("Engagement")
    DESCRIPTION = "description", _("Description")
    PRODUCT_REQUIREMENT = "product_requirement", _("Exigence sur le produit")
    DOCUMENT_WITH_OFFER = "document_with_offer", _("Document remis avec l’offre")
    DOCUMENT_OR_DELIVERABLE = "document_or_deliverable", _("Document ou livrable")
    DELIVERABLE_AFTER_AWARD = "deliverable_after_award", _("Livrable après attribution")
    FACILITY_RIGHT = "facility_right", _("Droit de l’établissement")
    SHARED_DUTY = "shared_duty", _("Obligation partagée")
    FACILITY_DUTY = "facility_duty", _("Obligation de l’établissement")


class ReferenceStatus(models.TextChoices):
    """Where a text stood on the day it was checked."""

    IN_FORCE = "in_force", _("en vigueur")
    DRAFT = "draft", _("projet")
    WORKING_DOCUMENT = "working_document", _("document de travail")
    GUIDELINE = "guideline", _("recommandation")
    STANDARD = "standard", _("norme")
    VOLUNTARY = "voluntary", _("volontaire")
    REPEALED = "repealed", _("abrogé")
    DISPUTED = "disputed", _("renvoi douteux")


class VersionChange(models.TextChoices):
    """What became of a point or a chapter from one version of a clausier to another."""

    ADDED = "added", _("Ajouté")
    REMOVED = "removed", _("Supprimé")
    REWORDED = "reworded", _("Reformulé")
    MOVED = "moved", _("Déplacé")
    DESCRIBED = "described", _("Décrit autrement")
    UNCHANGED = "unchanged", _("Inchangé")


class Flag(models.TextChoices):
    """What is true of a lot. The order is the one in which a buyer thinks."""

    MOB = "MOB", _("Des équipements mobiles sont fournis")
    DM = "DM", _("Un dispositif connecté, notamment médical, est fourni")
    DEV = "DEV", _("Un développement spécifique est commandé")
    LIBRE = "LIBRE", _("Des logiciels libres font partie de la solution")
    GRATUIT = "GRATUIT", _("Des logiciels gratuits font partie de la solution")
    SAAS = "SAAS", _("La solution est hébergée hors de l’établissement (SaaS, IaaS)")
    ADMIN = "ADMIN", _("La solution est sur site, mais entièrement administrée par le titulaire")
    INST = "INST", _("Quelque chose est installé sur le système d’information de l’établissement")
    WEB = "WEB", _("La solution a une interface web")
    NET = "NET", _("L’interface web est accessible depuis internet")
    WIFI = "WIFI", _("Un équipement se raccorde au Wi-Fi de l’établissement")
    DP = "DP", _("Le titulaire traite des données personnelles pour l’établissement")
    DS = "DS", _("Des données de santé sont traitées")
    ST = "ST", _("Le titulaire fait appel à des sous-traitants")
    IDENT = "IDENT", _("La solution a des comptes d’utilisateurs")
    SGBD = "SGBD", _("La solution repose sur une base de données du marché")
    CRYPTO = "CRYPTO", _("La solution utilise de la cryptographie")
    MAINT = "MAINT", _("Le titulaire intervient en maintenance")
    TM = "TM", _("Le titulaire intervient à distance (télémaintenance)")
    SUPERV = "SUPERV", _("Le titulaire supervise la solution (remontée de données)")


class Force(models.TextChoices):
    """The buyer's own decision on a point, against the rule, with a reason."""

    NONE = "", _("Selon le profil")
    IN = "in", _("Ajouté par l’acheteur")
    OUT = "out", _("Retiré par l’acheteur")


class ReadingVerdict(models.TextChoices):
    """What a specialist says of a checklist before it is published."""

    WAITING = "", _("Avis attendu")
    AGREED = "agreed", _("Accord")
    RESERVED = "reserved", _("Réserves")


class DerogationKind(models.TextChoices):
    """How the CCTP derogates from a point."""

    WAIVED = "waived", _("Point écarté")
    ADAPTED = "adapted", _("Rédaction adaptée")


class LegalEffect(models.TextChoices):
    """What happens to an offer that leaves a point without an answer, as the RC announces it."""

    REQUIRED = "required", _("Exigé")
    SCORED_ZERO = "scored_zero", _("Noté zéro si absent")
    INFORMATION = "information", _("Information, hors note")


class CctpUnit(models.TextChoices):
    """The units of a duration that the CCTP gives."""

    HOUR = "hour", _("heures")
    DAY = "day", _("jours")
    MONTH = "month", _("mois")


class Claim(models.TextChoices):
    """What the candidate claims. NC means *non concerné*, never *non conforme*."""

    NONE = "", _("Sans réponse")
    YES = "yes", _("OUI")
    NO = "no", _("NON")
    NOT_CONCERNED = "not_concerned", _("NC")


class ScoreValue(models.TextChoices):
    """What the buyer decides."""

    NONE = "", _("Non noté")
    COMPLIANT = "compliant", _("Conforme")
    PARTIAL = "partial", _("Partiel")
    NON_COMPLIANT = "non_compliant", _("Non conforme")
    TO_CLARIFY = "to_clarify", _("À préciser")
    NOT_APPLICABLE = "not_applicable", _("Sans objet")


class FindingValue(models.TextChoices):
    """What a specialist finds in the answer of a candidate."""

    NONE = "", _("Sans constat")
    FAVOURABLE = "favourable", _("Favorable")
    RESERVED = "reserved", _("Réservé")
    UNFAVOURABLE = "unfavourable", _("Défavorable")
    QUESTION = "question", _("Question")


class DecisionValue(models.TextChoices):
    """What the buyer decides once the scores are given, of a point and of the whole."""

    NONE = "", _("Sans décision")
    ACCEPTED = "accepted", _("Accepté")
    RESERVED = "reserved", _("Accepté avec réserve")
    REFUSED = "refused", _("Refusé")


class ReservationState(models.TextChoices):
    """Where the date of a reservation stands; derived, never stored."""

    DUE = "due", _("À venir")
    OVERDUE = "overdue", _("En retard")


class OpinionValue(models.TextChoices):
    """What a specialist answers to a buyer who asks for an opinion."""

    FAVOURABLE = "favourable", _("Favorable")
    RESERVED = "reserved", _("Réservé")
    UNFAVOURABLE = "unfavourable", _("Défavorable")


class Interest(models.TextChoices):
    """What a reviewer declares of their own interests in a tender."""

    UNDECLARED = "", _("Rien encore")
    CLEAR = "clear", _("Aucun conflit d’intérêts")
    WITHDRAWN = "withdrawn", _("Retrait")


class Sharing(models.TextChoices):
    """For whom the comment of a finding is written."""

    INTERNAL = "", _("Interne")
    SHARED = "shared", _("Communicable au candidat")


class DocumentState(models.TextChoices):
    """Where the production of a document stands."""

    QUEUED = "queued", _("En attente")
    RUNNING = "running", _("En cours de production")
    READY = "ready", _("Prêt")
    FAILED = "failed", _("Échec")


class TenderState(models.TextChoices):
    """Where a tender stands: derived from its checklists and assessments, never stored."""

    TO_PREPARE = "to_prepare", _("À préparer")
    PUBLISHED = "published", _("Check-list publiée")
    ASSESSING = "assessing", _("En évaluation")
    FINISHED = "finished", _("Évaluée")


class WorkState(models.TextChoices):
    """Where the work on a chapter stands: what is declared, then what is counted."""

    TODO = "todo", _("À commencer")
    CURRENT = "current", _("En cours")
    DONE = "done", _("Terminé")
    FIX = "fix", _("À corriger")


class LateDecision(models.TextChoices):
    """What the buyer decides of a file deposited after the deadline."""

    WAITING = "", _("Décision attendue")
    KEPT_OUT = "kept_out", _("Écarté")
    ADMITTED = "admitted", _("Admis")


class AttributionClue(models.TextChoices):
    """What told whose file a file is."""

    NUMBER = "number", _("SIRET ou SIREN")
    COMPANY = "company", _("raison sociale")
    FILE_NAME = "file_name", _("nom du fichier")
    BUYER = "buyer", _("choix de l’acheteur")


class BatchAct(models.TextChoices):
    """The act by which many values were written at once, as the journal keeps it."""

    BULK = "bulk", _("Modification de plusieurs points")
    COPY = "copy", _("Copie du point au-dessus")
    PASTE = "paste", _("Collage depuis un tableur")
    IMPORT = "import", _("Import d’un classeur de réponse")
    UNDO = "undo", _("Annulation")
    REDO = "redo", _("Rétablissement")


class SignedDecision(models.TextChoices):
    """What a person decides of a document that came back signed."""

    WAITING = "", _("À confirmer")
    ACCEPTED = "accepted", _("Acceptée")
    SET_ASIDE = "set_aside", _("Écartée")


class VisaRoundState(models.TextChoices):
    """Where the visas asked of an assessment stand. That they lapsed is derived, never stored."""

    OPEN = "open", _("Visas en cours")
    GRANTED = "granted", _("Tous les visas sont donnés")
    REFUSED = "refused", _("Visa refusé")
    REPLACED = "replaced", _("Remplacée par une autre demande")


class VisaValue(models.TextChoices):
    """What a role answers to the request of its visa."""

    GIVEN = "given", _("Visa donné")
    REFUSED = "refused", _("Visa refusé")


class LinkState(models.TextChoices):
    """Where the personal link of a candidate stands; derived, never stored."""

    WAITING = "waiting", _("Pas encore ouvert")
    OPENED = "opened", _("En cours de réponse")
    SUBMITTED = "submitted", _("Réponses envoyées")
    EXPIRED = "expired", _("Expiré")
    REVOKED = "revoked", _("Retiré")

    @classmethod
    def open_ones(cls) -> tuple["LinkState", ...]:
        """The states in which the candidate may write."""
        return (cls.WAITING, cls.OPENED)


class ExchangeKind(models.TextChoices):
    """The two procedures by which a buyer writes to candidates about their offers: never mixed."""

    CLARIFICATION = "clarification", _("Demande de précisions")
    REGULARISATION = "regularisation", _("Régularisation")


class ExchangeState(models.TextChoices):
    """Where an exchange stands; derived from its dates, never stored."""

    DRAFT = "draft", _("Brouillon")
    SENT = "sent", _("Réponse attendue")
    ANSWERED = "answered", _("Réponse reçue")
    CLOSED = "closed", _("Close")


class Disclosure(models.TextChoices):
    """What the buyer or the RSSI decided about communicating a paper."""

    UNDECIDED = "", _("Suivre la proposition de Clausier")
    RESTRICTED = "restricted", _("Non communicable")
    COMMUNICABLE = "communicable", _("Communicable")


class Secrecy(models.TextChoices):
    """Whether a paper may be communicated, as shown: decided, or only proposed."""

    NONE = "none", _("Rien de sensible reconnu")
    PROPOSED = "proposed", _("NON COMMUNICABLE (proposé)")
    RESTRICTED = "restricted", _("NON COMMUNICABLE")
    COMMUNICABLE = "communicable", _("Communicable")


class RetentionScope(models.TextChoices):
    """The two parts of the file of a tender, which are not kept as long."""

    PROCEDURE = "procedure", _("Candidats non retenus")
    CONTRACT = "contract", _("Marché")


class EliminationDecision(models.TextChoices):
    """What another person decides of a proposal of elimination."""

    WAITING = "", _("Décision attendue")
    REFUSED = "refused", _("Refusée")
    APPROVED = "approved", _("Approuvée")


class RetentionState(models.TextChoices):
    """Where a part of the file stands; derived, never stored."""

    UNDATED = "undated", _("Date à saisir")
    KEPT = "kept", _("À conserver")
    HELD = "held", _("Élimination suspendue")
    DUE = "due", _("Éliminable")
    PROPOSED = "proposed", _("Élimination proposée")
    ELIMINATED = "eliminated", _("Éliminée")
