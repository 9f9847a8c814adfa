"""What the lead of a hospital group buys for its members."""

from .people import BEGINNER, LEAD_BUYER
from .visits import Visit

PURCHASE = {"pk": "group_tender"}

GROUP_VISITS = (
    Visit("checklists:group_purchase_list", title="Achats du GHT"),
    Visit("checklists:group_purchase_list", "nothing", who=BEGINNER, title="Achats du GHT"),
    Visit("checklists:group_purchase", of=PURCHASE, title="2026-GHT"),
    Visit("checklists:group_purchase", "sealed", of={"pk": "unopened_tender"}, title="2026-GHT"),
    Visit(
        "checklists:checklist_comparison",
        "guest",
        of={"pk": "group_checklist"},
        title="Comparaison",
    ),
    Visit(
        "checklists:assessment_summary", "guest", of={"pk": "group_assessment"}, title="Synthèse"
    ),
    Visit("checklists:tender_detail", "for others", who=LEAD_BUYER, of=PURCHASE, title="2026-GHT"),
    Visit(
        "vendors:lot_edit",
        "beneficiaries",
        who=LEAD_BUYER,
        of={"pk": "unopened_lot"},
        title="Bénéficiaires",
    ),
)
