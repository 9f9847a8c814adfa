from django.apps import AppConfig


class ChecklistsConfig(AppConfig):
    """What is asked, answered, found and decided."""

    name = "checklists"
    verbose_name = "Check-lists et évaluations"

    row_owners = {
        "Clausier": "",
        "ClausierVersion": "",
        "Chapter": "",
        "ControlPoint": "",
        "Erratum": "",
        "Checklist": "lot",
        "ChecklistItem": "checklist",
        "AnalysisText": "checklist",
        "AnalysisReport": "checklist",
        "CctpParameter": "checklist",
        "Deposit": "checklist",
        "Exchange": "checklist",
        "Reading": "checklist",
        "Derogation": "item",
        "Assessment": "facility",
        "Answer": "assessment",
        "Score": "assessment",
        "AnswerLink": "assessment",
        "PointDecision": "assessment",
        "AssessmentDecision": "assessment",
        "Reception": "assessment",
        "Document": "assessment",
        "Evidence": "assessment",
        "Finding": "assessment",
        "JoinedCertificate": "assessment",
        "OpinionRequest": "assessment",
        "VisaRound": "assessment",
        "ChapterWork": "assessment",
        "Presence": "assessment",
        "Reminder": "link",
        "LinkReply": "link",
        "LinkFile": "link",
        "TakeOver": "reception",
        "LateFile": "reception",
        "Dossier": "tender__facility",
        "InterestDeclaration": "tender__facility",
        "Retention": "tender__facility",
        "RetentionHold": "tender__facility",
        "Elimination": "tender__facility",
        "EliminatedFile": "elimination",
        "ExchangePoint": "exchange",
        "ExchangeParty": "exchange",
        "ExchangeReply": "party",
        "ExchangeFile": "party",
        "Regularisation": "party",
        "RegularisedAnswer": "reply",
        "SignedFile": "document",
        "LongTermCopy": "document",
        "Opinion": "request",
        "OpinionReminder": "request",
        "Visa": "round",
        "CommentTemplate": "facility",
        "ReviewRoute": "facility",
        "SavedProfile": "facility",
        "VisaStep": "facility",
    }
    """The field of each model that leads to the facility of a row (common.row_policies)."""

    row_guests = {
        "Assessment": (
            "EXISTS (SELECT 1 FROM vendors_candidacy applied WHERE applied.id = candidacy_id"
            " AND applied.lot_id = ANY ((SELECT clausier_guest_lots())::bigint[]))"
        ),
    }
    """The rows that a lot opens to the facilities it names (docs/decisions/0036)."""
