"""The operator's pages."""

from playwright.sync_api import Page

from .acts import follow, submit
from .conftest import Site
from .people import OPERATOR
from .visits import Visit

GIVEN_UP = {"task": "given_up"}
FACILITY = {"pk": "facility"}
GROUP = {"pk": "group"}


def leave_the_group(page: Page, site: Site) -> None:
    """Take out of its group a facility that a tender names."""
    page.select_option("[name=group]", "")
    follow(page.get_by_role("button", name="Enregistrer le groupement"))


def invite_nobody(page: Page, site: Site) -> None:
    follow(page.get_by_role("button", name="Envoyer l’invitation"))


def unname(page: Page, site: Site) -> None:
    page.fill("[name=name]", "")
    follow(page.get_by_role("button", name="Enregistrer le groupement"))


OPERATIONS_VISITS = (
    Visit("operations", who=OPERATOR, title="Exploitation"),
    Visit("task_abandon", who=OPERATOR, of=GIVEN_UP, title="Abandonner une tâche"),
    Visit("task_abandon", "refused", who=OPERATOR, of=GIVEN_UP, then=submit, title="Erreur"),
    Visit("checklists:facility_list", who=OPERATOR, title="Établissements"),
    Visit("checklists:facility_list", "nothing found", who=OPERATOR, query="?q=introuvable"),
    Visit("checklists:facility_create", who=OPERATOR, title="Créer un établissement"),
    Visit("checklists:facility_create", "refused", who=OPERATOR, then=submit, title="Erreur"),
    Visit("checklists:facility_place", who=OPERATOR, of=FACILITY, title="CHU de Valmont"),
    Visit(
        "checklists:facility_place",
        "refused",
        who=OPERATOR,
        of=FACILITY,
        then=leave_the_group,
        title="Erreur",
    ),
    Visit("checklists:facility_place", "alone", who=OPERATOR, of={"pk": "lead"}),
    Visit(
        "checklists:facility_place",
        "nobody",
        who=OPERATOR,
        of={"pk": "lead"},
        then=invite_nobody,
        title="Erreur",
    ),
    Visit("checklists:group_create", who=OPERATOR, title="Créer un groupement"),
    Visit("checklists:group_create", "refused", who=OPERATOR, then=submit, title="Erreur"),
    Visit("checklists:group_edit", who=OPERATOR, of=GROUP, title="GHT du Ponant"),
    Visit("checklists:group_edit", "refused", who=OPERATOR, of=GROUP, then=unname, title="Erreur"),
)
