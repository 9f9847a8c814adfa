"""What is asked, answered and decided, and the documents made of it."""

from .analysis import AnalysisReport, AnalysisText
from .answer_link import AnswerLink, Reminder
from .assessment import Answer, Assessment, Score
from .cctp_parameter import CctpParameter
from .checklist import Checklist, ChecklistItem
from .clausier import Chapter, Clausier, ClausierVersion, ControlPoint
from .comment_template import CommentTemplate
from .decision import AssessmentDecision, PointDecision
from .deposit import Deposit
from .derogation import Derogation
from .document import Document
from .dossier import Dossier
from .erratum import Erratum
from .evidence import Evidence
from .exchange import (
    Exchange,
    ExchangeFile,
    ExchangeParty,
    ExchangePoint,
    ExchangeReply,
    Regularisation,
    RegularisedAnswer,
)
from .finding import Finding
from .interest import InterestDeclaration
from .joined_certificate import JoinedCertificate
from .late_file import LateFile
from .link_reply import LinkFile, LinkReply
from .long_term_copy import LongTermCopy
from .opinion import Opinion, OpinionReminder, OpinionRequest
from .reading import Reading
from .reception import Reception, TakeOver
from .retention import EliminatedFile, Elimination, Retention, RetentionHold
from .review_route import ReviewRoute
from .saved_profile import SavedProfile
from .signed_file import SignedFile
from .visa import Visa, VisaRound, VisaStep
from .work import ChapterWork, Presence

__all__ = [
    "AnalysisReport",
    "AnalysisText",
    "Answer",
    "AnswerLink",
    "Assessment",
    "AssessmentDecision",
    "CctpParameter",
    "Chapter",
    "ChapterWork",
    "Checklist",
    "ChecklistItem",
    "Clausier",
    "ClausierVersion",
    "CommentTemplate",
    "ControlPoint",
    "Deposit",
    "Derogation",
    "Document",
    "Dossier",
    "EliminatedFile",
    "Elimination",
    "Erratum",
    "Evidence",
    "Exchange",
    "ExchangeFile",
    "ExchangeParty",
    "ExchangePoint",
    "ExchangeReply",
    "Finding",
    "InterestDeclaration",
    "JoinedCertificate",
    "LateFile",
    "LinkFile",
    "LinkReply",
    "LongTermCopy",
    "Opinion",
    "OpinionReminder",
    "OpinionRequest",
    "PointDecision",
    "Presence",
    "Reading",
    "Reception",
    "Regularisation",
    "RegularisedAnswer",
    "Reminder",
    "Retention",
    "RetentionHold",
    "ReviewRoute",
    "SavedProfile",
    "Score",
    "SignedFile",
    "TakeOver",
    "Visa",
    "VisaRound",
    "VisaStep",
]
