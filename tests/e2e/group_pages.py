"""What the lead of a hospital group buys for its members, and who stands in for whom."""

from playwright.sync_api import Page

from .acts import follow
from .conftest import Site
from .people import ADMINISTRATOR, BEGINNER, LEAD_BUYER, READER
from .visits import Visit

PURCHASE = {"pk": "group_tender"}


def delegate_nothing(page: Page, site: Site) -> None:
    follow(page.get_by_role("button", name="Déléguer"))


GROUP_VISITS = (
    Visit("checklists:group_purchase_list", title="Achats du GHT"),
    Visit("checklists:group_purchase_list", "nothing found", query="?q=introuvable"),
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
    Visit("delegation_list", of={"pk": "facility"}, title="Délégations"),
    Visit("delegation_list", who=ADMINISTRATOR, of={"pk": "facility"}, title="Délégations"),
    Visit(
        "delegation_list",
        "refused",
        who=ADMINISTRATOR,
        of={"pk": "facility"},
        then=delegate_nothing,
        title="Erreur",
    ),
    Visit("delegation_list", "nobody", who=LEAD_BUYER, of={"pk": "lead"}, title="Délégations"),
    Visit("account", "delegations", who=READER, title="Mon compte"),
)
