"""Every page of the product and its states, for the tests that look at all of them.

A GET route without an entry here fails test_accessibility.py, by its name.
"""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import FilePayload, Page

from .account_pages import ACCOUNT_VISITS
from .acts import compare, follow, form_ready, late_profile, submit, two_windows
from .conftest import Site
from .group_pages import GROUP_VISITS
from .operations_pages import OPERATIONS_VISITS
from .people import BEGINNER, OPERATOR, READER, SHARED_BUYER
from .visits import NOBODY, Act, Visit

# -- How a page comes to its state ------------------------------------------------------------


def reserve_nothing(page: Page, site: Site) -> None:
    """Give reserves without a word: the page asks for them."""
    follow(page.get_by_role("button", name="Émettre des réserves"))


def nobody_reviews(page: Page, site: Site) -> None:
    for box in page.locator("[name=roles]").all():  # not :checked, which shrinks at each turn
        box.uncheck()
    submit(page, site)


def refuse_visa(page: Page, site: Site) -> None:
    """Refuse a visa without a reason nor a password: the page asks for both."""
    follow(page.get_by_role("button", name="Refuser le visa"))


def same_rank(page: Page, site: Site) -> None:
    """Put two roles at the same rank."""
    for role in ("ciso", "dpo"):
        page.select_option(f"[name={role}]", "1")
    submit(page, site)


def known_company(page: Page, site: Site) -> None:
    page.fill("[name=name]", "Imagerie du Ponant")
    page.fill("[name=number]", "99911001800010")
    submit(page, site)


def decide_without_reason(page: Page, site: Site) -> None:
    page.fill("[name=reason]", "")
    follow(page.locator("form:has([name=reason]) button[type=submit]"))


def give_wrongly(page: Page, site: Site) -> None:
    page.fill("[name='incident_notice.amount']", "vite")
    submit(page, site)


def derogate_wrongly(page: Page, site: Site) -> None:
    page.locator(".derogation-form [name=reason]").fill("")
    follow(page.locator(".derogation-form button"))


def weigh_wrongly(page: Page, site: Site) -> None:
    page.fill("[name='O-7.1.weight']", "beaucoup")
    follow(page.get_by_role("button", name="Enregistrer", exact=True))


def deposit(change: Callable[[bytes], bytes]) -> Act:
    """Deposit the sealed document, changed in some way."""

    def act(page: Page, site: Site) -> None:
        address = reverse("checklists:document_download", args=[site.things["document"]])
        sealed = page.context.request.get(site.url + address).body()
        file: FilePayload = {
            "name": "document.pdf",
            "mimeType": "application/pdf",
            "buffer": change(sealed),
        }
        page.set_input_files("input[type=file]", file)
        submit(page, site)

    return act


def with_a_bit_turned(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def a_stranger(content: bytes) -> bytes:
    return b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def unsigned(page: Page, site: Site) -> None:
    """Deposit the document that nobody has signed."""
    deposit(lambda sealed: sealed)(page, site)


def import_nonsense(page: Page, site: Site) -> None:
    file: FilePayload = {"name": "texte.yaml", "mimeType": "text/yaml", "buffer": b"a: [1, 2"}
    page.set_input_files("input[type=file]", file)
    submit(page, site)


def read_register(page: Page, site: Site) -> None:
    """Read a register: a known company without its lot, a line that says nothing of use."""
    lines = "Raison sociale;SIRET;Date de dépôt\nImagerie du Ponant;999110018;hier\nSans numéro;;\n"
    file: FilePayload = {"name": "depots.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    page.set_input_files("input[type=file]", file)
    submit(page, site)


def ready(page: Page, site: Site) -> None:
    page.wait_for_selector("#grille[data-ready]")


def findings_ready(page: Page, site: Site) -> None:
    page.wait_for_selector("#constats[data-ready]")


def unfold_everything(page: Page, site: Site) -> None:
    ready(page, site)
    opener = page.locator("[data-guides-all]")
    if opener.inner_text().startswith("Déplier"):  # a browser keeps the choice of a former visit
        opener.click()
    page.locator(".guide-lines").first.wait_for()


def paste(page: Page, site: Site) -> None:
    """Ask what some lines would change: one is right, one is not."""
    page.fill("[name=texte]", "Point\tNote\tCommentaire\nO-7.1\tConforme\tLu.\nO-99.1\tConforme\t")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.get_by_role("button", name="Relire").wait_for()


def tick(page: Page, site: Site) -> None:
    """Tick what implies something else."""
    page.get_by_label("Des données de santé sont traitées").check()


def server_error(page: Page, site: Site) -> None:
    """Show the page of an error, which no route shows when all goes well."""
    from django.template.loader import render_to_string

    policy = page.context.request.get(page.url).headers["content-security-policy"]
    page.route(
        page.url,
        lambda route: route.fulfill(
            status=500,
            body=render_to_string("500.html"),
            content_type="text/html",
            headers={"content-security-policy": policy},
        ),
    )
    page.reload()


# -- The list ---------------------------------------------------------------------------------

TENDER, BARE_TENDER = {"pk": "tender"}, {"pk": "bare_tender"}
CORRECTABLE = {"pk": "correctable_checklist"}
DRAFT, BARE_LOT, PUBLISHED = (
    {"pk": "draft_checklist"},
    {"pk": "bare_lot"},
    {"pk": "published_checklist"},
)
DONE, STARTED = {"pk": "assessment"}, {"pk": "started_assessment"}
READ_DRAFT = {"pk": "read_draft"}
KEPT_PROFILE = {"pk": "saved_profile"}
RULES = {"pk": "facility", "clausier": "securite-numerique"}
POINT_RULE, CHAPTER_RULE = RULES | {"place": "O-7.1"}, RULES | {"place": "chapter_rule"}
VENDOR, FACILITY, TEMPLATE = {"pk": "vendor"}, {"pk": "facility"}, {"pk": "comment_template"}
LATE = {"pk": "late_reception"}
SIGNED, TO_CORRECT = {"pk": "signed_document"}, {"pk": "signed_assessment"}
RECEIVED, RECEIVING = {"pk": "received_assessment"}, {"pk": "receiving_checklist"}
BEGUN = {"token": "begun_secret"}
LETTER = {"token": "letter_secret"}
COMPARED = {"pk": "compared"}
FORCED, RULED = DRAFT | {"ref": "O-5.1"}, DRAFT | {"ref": "O-7.1"}
DEROGATED = DRAFT | {"ref": "O-1.1"}
CLAUSIER = {"code": "securite-numerique", "number": "2"}
NOTHING = {"pk": 987_654_321}

VISITS = (
    *ACCOUNT_VISITS,
    *GROUP_VISITS,
    *OPERATIONS_VISITS,
    # -- Help
    Visit("api_description", title="API"),
    Visit("help", title="Aide"),
    Visit("help", who=NOBODY, title="Aide"),
    Visit("help", "server error", then=server_error, title="Erreur du serveur"),
    Visit("contact", title="Contact"),
    Visit("accessibility", title="ccessibilité"),
    # -- Tenders
    Visit("home", title="Consultations"),
    Visit("checklists:tender_list", title="Consultations"),
    Visit("checklists:tender_list", "nothing found", query="?q=introuvable"),
    Visit("checklists:tender_list", who=BEGINNER, title="Consultations"),
    Visit("checklists:tender_list", who=SHARED_BUYER, title="Consultations"),
    Visit("checklists:tender_list", who=OPERATOR, title="Consultations"),
    Visit("checklists:tender_list", who=READER, title="Consultations"),
    Visit("checklists:tender_dossier", of={"pk": "published_tender"}, title="Dossier"),
    Visit("checklists:retention_list", title="Conservation"),
    Visit("checklists:retention_list", "nothing found", query="?q=introuvable"),
    Visit("checklists:tender_retention", of={"pk": "published_tender"}, title="Conservation"),
    Visit("checklists:tender_retention", "dated", of={"pk": "kept_tender"}, title="Conservation"),
    Visit("checklists:elimination_detail", of={"pk": "elimination"}, title="Élimination"),
    Visit("checklists:reservation_list", of={"pk": "published_tender"}, title="réserves"),
    Visit("checklists:reservation_list", "none", of=TENDER, title="réserves"),
    Visit("checklists:tender_detail", of=TENDER, title="2026-LOTS"),
    Visit("checklists:tender_detail", "bare", of=BARE_TENDER, title="2026-NU"),
    Visit("checklists:tender_detail", "assessed", of={"pk": "published_tender"}),
    Visit("checklists:tender_detail", who=READER, of=TENDER, title="2026-LOTS"),
    Visit("checklists:tender_detail", "unknown", of=NOTHING, title="Page introuvable"),
    Visit("vendors:tender_create", title="Créer une consultation"),
    Visit("vendors:tender_create", "refused", then=submit, title="Erreur"),
    Visit("vendors:tender_create", who=SHARED_BUYER, title="Créer une consultation"),
    Visit("vendors:tender_create", "forbidden", READER, title="Action réservée"),
    Visit("vendors:tender_edit", of=TENDER, title="Modifier la consultation"),
    Visit("vendors:lot_add", of=TENDER, title="Ajouter un lot"),
    Visit("vendors:lot_add", "divide", of=BARE_TENDER, title="Diviser"),
    Visit("vendors:lot_edit", of={"pk": "lot"}, title="Modifier le lot 2"),
    # -- Candidates and vendors
    Visit("vendors:candidate_add", of=TENDER, title="Ajouter un candidat"),
    Visit("vendors:candidate_add", "nothing found", of=TENDER, query="?q=introuvable"),
    Visit("vendors:candidate_add", "chosen", of=TENDER, query="?fournisseur={vendor}"),
    Visit("vendors:candidate_register", of=TENDER, title="Candidats par un registre"),
    Visit("vendors:candidate_register", "refused", of=TENDER, then=submit, title="Erreur"),
    Visit("vendors:candidate_register", "shown", of=TENDER, then=read_register, title="registre"),
    Visit("vendors:candidate_withdraw", of={"pk": "candidacy"}, title="Retirer un candidat"),
    Visit("vendors:vendor_list", title="Fournisseurs"),
    Visit("vendors:vendor_list", who=BEGINNER, title="Fournisseurs"),
    Visit("vendors:vendor_list", "nothing found", query="?q=introuvable"),
    Visit("vendors:vendor_detail", of=VENDOR, title="Imagerie du Ponant"),
    Visit("vendors:vendor_detail", "bare", of={"pk": "bare_vendor"}, title="Bildarchiv"),
    Visit("vendors:vendor_create", title="Ajouter un fournisseur"),
    Visit("vendors:vendor_create", "refused", then=submit, title="Erreur"),
    Visit("vendors:vendor_create", "known", then=known_company, title="Erreur"),
    Visit("vendors:vendor_edit", of=VENDOR, title="Modifier le fournisseur"),
    Visit("vendors:opening_record", of=TENDER, title="Ouverture des plis"),
    Visit("vendors:opening_record", "refused", of=TENDER, then=submit, title="Ouverture"),
    Visit("vendors:certificate_add", of=VENDOR, then=submit, title="Ajouter un certificat"),
    Visit("vendors:certificate_edit", of={"pk": "certificate"}, title="Corriger le certificat"),
    Visit("vendors:certificate_replace", of={"pk": "certificate"}, title="Remplacer"),
    Visit("vendors:product_create", of=VENDOR, title="Ajouter une solution"),
    # -- Clausiers
    Visit("checklists:clausier_list", title="Clausiers"),
    Visit("checklists:clausier_list", who=OPERATOR, title="Clausiers"),
    Visit("checklists:clausier_version", of=CLAUSIER, is_long=True),
    Visit("checklists:clausier_version", "searched", of=CLAUSIER, query="?q=télémaintenance"),
    Visit("checklists:clausier_version", "nothing found", of=CLAUSIER, query="?q=introuvable"),
    Visit("checklists:clausier_compare", title="Comparer"),
    Visit("checklists:clausier_compare", "compared", then=compare, title="Comparer"),
    Visit("checklists:clausier_import", who=OPERATOR, title="Importer"),
    Visit("checklists:clausier_import", "refused", OPERATOR, then=import_nonsense),
    Visit("checklists:errata_import", who=OPERATOR, title="Charger des errata"),
    Visit("checklists:errata_import", "refused", OPERATOR, then=import_nonsense),
    # -- Checklist
    Visit("checklists:checklist_edit", of=DRAFT, title="Profil de l’achat"),
    Visit("checklists:checklist_edit", "ticked", of=DRAFT, then=tick),
    Visit("checklists:checklist_start", of=BARE_LOT, title="Commencer"),
    Visit("checklists:checklist_start", "read only", READER, BARE_LOT, title="Commencer"),
    Visit("checklists:checklist_edit", "published", of=PUBLISHED, title="Profil de l’achat"),
    Visit("checklists:checklist_edit", "conflict", of={"pk": "stale_checklist"}, then=late_profile),
    Visit("checklists:checklist_edit", who=READER, of=DRAFT, title="Profil de l’achat"),
    Visit("checklists:checklist_correct", "too late", of=PUBLISHED, title="Corriger"),
    Visit("checklists:checklist_correct", of=CORRECTABLE, title="Corriger"),
    Visit("checklists:checklist_correct", "refused", of=CORRECTABLE, then=submit, title="Erreur"),
    Visit("checklists:checklist_discard", of=DRAFT, title="Abandonner"),
    Visit("checklists:checklist_version", of=DRAFT, title="version"),
    Visit("checklists:checklist_points", of=DRAFT, title="Points de contrôle"),
    Visit("checklists:checklist_points", "nothing found", of=DRAFT, query="?q=introuvable"),
    Visit("checklists:checklist_points", "forced", of=DRAFT, query="?voir=forces"),
    Visit("checklists:checklist_points", who=READER, of=PUBLISHED, query="?voir=eliminatoires"),
    Visit("checklists:checklist_point", of=RULED, title="O-7.1"),
    Visit("checklists:checklist_point", "forced", of=FORCED, title="O-5.1"),
    Visit("checklists:checklist_point", "refused", of=FORCED, then=decide_without_reason),
    Visit("checklists:checklist_point", who=READER, of=FORCED, title="O-5.1"),
    Visit("checklists:checklist_parameters", of=DRAFT, title="Paramètres du CCTP"),
    Visit("checklists:checklist_parameters", "refused", of=DRAFT, then=give_wrongly),
    Visit("checklists:checklist_parameters", who=READER, of=PUBLISHED, title="Paramètres"),
    Visit("checklists:checklist_weights", of=DRAFT, title="Pondération et effets", is_long=True),
    Visit("checklists:checklist_weights", "refused", of=DRAFT, then=weigh_wrongly, is_long=True),
    Visit("checklists:checklist_weights", who=READER, of=PUBLISHED, title="Pondération"),
    Visit("checklists:checklist_point", "derogated", of=DEROGATED, title="O-1.1"),
    Visit("checklists:checklist_point", "refused derogation", of=DEROGATED, then=derogate_wrongly),
    Visit("checklists:checklist_publish", of=DRAFT, title="Publier la check-list"),
    Visit(
        "checklists:checklist_publish", "blocked", of={"pk": "blocked_checklist"}, title="Publier"
    ),
    Visit("checklists:checklist_publish", "published", of=PUBLISHED, title="ubli"),
    Visit("checklists:rc_annex", of=PUBLISHED, title="Annexe au RC", is_long=True),
    Visit("checklists:checklist_publish", who=READER, of=DRAFT, title="Publier"),
    # -- The candidates beside each other
    Visit("checklists:checklist_comparison", of=COMPARED, title="Comparaison des candidats"),
    Visit("checklists:checklist_comparison", "chosen", of=COMPARED, query="?candidat={assessment}"),
    Visit("checklists:checklist_comparison", "nothing found", of=COMPARED, query="?voir=exiges"),
    Visit("checklists:checklist_comparison", "closed", of={"pk": "closed"}, title="Comparaison"),
    Visit("checklists:assessment_note", of=DONE, title="Calcul de la note"),
    Visit("checklists:assessment_result", of=DONE, title="Résultat à communiquer"),
    Visit("checklists:assessment_result", "refused", of=DONE, then=submit, title="Erreur"),
    Visit("checklists:assessment_result", "too early", of=STARTED, title="Résultat"),
    Visit("checklists:assessment_note", who=READER, of=STARTED, title="Calcul de la note"),
    Visit("checklists:assessment_decision", of=DONE, title="Décision"),
    Visit("checklists:assessment_decision", "all", READER, DONE, query="?voir=tous"),
    # -- Assessments
    # -- What the specialists find
    Visit("checklists:my_points", who=READER, title="Mes points"),
    Visit("checklists:my_points", "nothing", who=OPERATOR, title="Mes points"),
    Visit(
        "checklists:assessment_findings",
        "mine",
        READER,
        DONE,
        then=findings_ready,
        title="Constats",
    ),
    Visit("checklists:assessment_findings", "outdated", READER, DONE, query="?afficher=a-revoir"),
    Visit("checklists:assessment_findings", of=DONE, query="?role=ciso", title="Constats"),
    Visit(
        "checklists:assessment_findings", "sealed", of={"pk": "bare_assessment"}, title="Constats"
    ),
    Visit("checklists:assessment_grid", of=STARTED, then=ready, title="Évaluation"),
    Visit("checklists:assessment_grid", "unfolded", of=STARTED, then=unfold_everything),
    Visit("checklists:assessment_grid", "all scored", of=DONE, query="?voir=non-notes"),
    Visit("checklists:assessment_grid", who=READER, of=STARTED, title="Évaluation"),
    Visit("checklists:assessment_history", of=DONE | {"ref": "O-7.1"}, title="O-7.1"),
    Visit("checklists:assessment_history", "nothing", of={"pk": "bare_assessment", "ref": "O-7.1"}),
    Visit("checklists:assessment_summary", of=DONE, title="Synthèse"),
    Visit("checklists:assessment_summary", "started", of=STARTED, title="Synthèse"),
    Visit("checklists:assessment_grid", "card", of=STARTED, query="?vue=point", then=ready),
    Visit("checklists:assessment_grid", "dense", of=STARTED, query="?densite=compacte", then=ready),
    # -- The personal link of a candidate
    Visit("checklists:answer_link", of={"pk": "begun_assessment"}, title="Formulaire du candidat"),
    Visit("checklists:answer_link", "none", of={"pk": "closed_assessment"}, title="Formulaire"),
    Visit("checklists:answer_link", "created", of={"pk": "fresh_assessment"}, then=submit),
    Visit("checklists:answer_link", "formal", of=STARTED, title="Formulaire du candidat"),
    Visit("checklists:answer_link", who=READER, of={"pk": "begun_assessment"}),
    Visit("checklists:answers", who=NOBODY, of=BEGUN, title="Réponse au clausier"),
    Visit("checklists:answers", "closed", NOBODY, {"token": "closed_secret"}, title="Lien fermé"),
    Visit(
        "checklists:assessment_history",
        "with files",
        of={"pk": "begun_assessment", "ref": "O-7.1"},
        title="O-7.1",
    ),
    Visit("checklists:answer_submit", who=NOBODY, of=BEGUN, title="Envoyer vos réponses"),
    Visit("checklists:answer_submit", "refused", NOBODY, BEGUN, then=submit, title="Erreur"),
    Visit("checklists:answer_receipt", who=NOBODY, of={"token": "sent_secret"}, title="envoyées"),
    Visit("checklists:answer_link", "sent", of={"pk": "sent_assessment"}, title="Formulaire"),
    Visit("checklists:answer_chapter", who=NOBODY, of=BEGUN | {"chapter": 7}, then=form_ready),
    Visit(
        "checklists:answer_chapter", "conflict", NOBODY, BEGUN | {"chapter": 7}, then=two_windows
    ),
    # -- Writing to a candidate about its offer
    Visit("checklists:exchange_list", of={"pk": "asked_assessment"}, title="Demandes"),
    Visit("checklists:opinion_list", of={"pk": "opinion_assessment"}, title="Avis"),
    Visit("checklists:opinion_list", "refused", of=DONE, then=submit, title="Erreur"),
    Visit("checklists:opinion_list", "nothing", READER, of=STARTED, title="Avis"),
    Visit("checklists:opinion", who=READER, of={"pk": "waiting_opinion"}, title="Avis n°"),
    Visit("checklists:opinion", of={"pk": "waiting_opinion"}, title="Avis n°"),
    Visit("checklists:exchange_list", "sealed", of={"pk": "bare_assessment"}, title="Demandes"),
    Visit("checklists:exchange_detail", "draft", of={"pk": "draft_exchange"}, title="précisions"),
    Visit("checklists:exchange_detail", "waiting", of={"pk": "waiting_exchange"}),
    Visit("checklists:exchange_detail", "closed", READER, {"pk": "closed_exchange"}),
    Visit("checklists:exchange_send", of={"pk": "draft_exchange"}, title="précisions"),
    Visit("checklists:exchange_reply", of={"pk": "waiting_party"}, title="précisions"),
    Visit(
        "checklists:exchange_reply",
        "refused",
        of={"pk": "waiting_party"},
        then=submit,
        title="Erreur",
    ),
    Visit("checklists:reply_link", of={"pk": "bare_letter"}, title="précisions"),
    Visit("checklists:reply_link", "given", of={"pk": "begun_letter"}, title="précisions"),
    Visit("checklists:reply_link", "sent", READER, {"pk": "sent_letter"}, title="précisions"),
    Visit("checklists:reply_link", "formal", of={"pk": "waiting_party"}, title="précisions"),
    Visit("checklists:reply_home", who=NOBODY, of=LETTER, then=form_ready, title="précisions"),
    Visit("checklists:reply_send", who=NOBODY, of=LETTER, title="Envoyer votre réponse"),
    Visit("checklists:reply_send", "refused", NOBODY, LETTER, then=submit, title="Erreur"),
    Visit("checklists:reply_receipt", who=NOBODY, of={"token": "sent_letter_secret"}),
    Visit("checklists:exchange_detail", "by link", of={"pk": "sent_letter_exchange"}),
    Visit("checklists:analysis", of=COMPARED, title="Rapport d’analyse"),
    Visit("checklists:analysis", who=READER, of=COMPARED, title="Rapport d’analyse"),
    Visit("checklists:analysis", "closed", of={"pk": "closed"}, title="Rapport d’analyse"),
    Visit("checklists:regularisation_list", of={"pk": "regularised_checklist"}, title="Régul"),
    Visit("checklists:regularisation_list", "sealed", of={"pk": "closed"}, title="Régul"),
    Visit("checklists:exchange_detail", "to decide", of={"pk": "regularisation"}, title="Régul"),
    Visit("checklists:regularisation_decide", of={"pk": "regularised_party"}, title="Régul"),
    Visit("checklists:assessment_chapters", of=STARTED, title="Chapitres"),
    Visit("checklists:assessment_chapters", who=READER, of=STARTED, title="Chapitres"),
    Visit("checklists:assessment_paste", of=STARTED, title="Coller depuis un tableur"),
    Visit("checklists:assessment_paste", "preview", of=STARTED, then=paste),
    # -- Workbooks that come back
    Visit("checklists:reception_list", of={"pk": "bare_assessment"}, title="Classeurs reçus"),
    Visit("checklists:reception_list", "received", of=RECEIVED, title="Classeurs reçus"),
    Visit(
        "checklists:reception_list", "refused", of=RECEIVED, then=import_nonsense, title="Erreur"
    ),
    Visit("checklists:reception_list", who=READER, of=RECEIVED, title="Classeurs reçus"),
    Visit("checklists:reception_detail", of={"pk": "reception"}, title="Classeur reçu"),
    Visit(
        "checklists:reception_detail",
        "refused",
        of={"pk": "reception"},
        then=submit,
        title="Erreur",
    ),
    Visit("checklists:reception_detail", who=READER, of={"pk": "reception"}, title="Classeur reçu"),
    Visit("checklists:reception_detail", "late", of=LATE, title="Classeur reçu"),
    Visit("checklists:reception_detail", "undecided", of=LATE, then=submit, title="Erreur"),
    Visit("checklists:reception_detail", "late", READER, LATE, title="Classeur reçu"),
    Visit("checklists:answers_freeze", of={"pk": "ready_checklist"}, title="Arrêter"),
    Visit("checklists:answers_freeze", "too early", of=RECEIVING, title="Arrêter"),
    Visit("checklists:assessment_grid", "stopped", of={"pk": "stopped_assessment"}, then=ready),
    Visit("checklists:deposit_list", of=RECEIVING, title="Recevoir les classeurs"),
    Visit("checklists:deposit_list", "refused", of=RECEIVING, then=submit, title="Erreur"),
    Visit("checklists:deposit_list", who=READER, of=RECEIVING, title="Recevoir les classeurs"),
    Visit("checklists:deposit_list", "closed", of={"pk": "sealed_checklist"}, title="Recevoir"),
    # -- Comments kept ready
    Visit("checklists:checklist_readings", of=DRAFT, title="Relectures"),
    Visit("checklists:checklist_readings", "asked", of=READ_DRAFT, title="Relectures"),
    Visit("checklists:checklist_readings", "mine", READER, READ_DRAFT, title="Relectures"),
    Visit("checklists:checklist_readings", "refused", READER, READ_DRAFT, then=reserve_nothing),
    Visit("checklists:profile_keep", of=DRAFT, title="Garder ce profil"),
    Visit("checklists:profile_keep", "refused", of=DRAFT, then=submit, title="Erreur"),
    Visit("checklists:route_list", of=FACILITY, title="Relecteurs des points", is_long=True),
    Visit("checklists:route_edit", of=CHAPTER_RULE, title="Relecteurs – 7"),
    Visit("checklists:route_edit", "refused", of=POINT_RULE, then=nobody_reviews, title="Erreur"),
    Visit("checklists:route_drop_all", of=RULES, title="Revenir au routage"),
    Visit("checklists:saved_profile_list", of=FACILITY, title="Profils gardés"),
    Visit("checklists:saved_profile_list", who=READER, of=FACILITY, title="Profils gardés"),
    Visit("checklists:saved_profile_delete", of=KEPT_PROFILE, title="Supprimer un profil"),
    Visit("checklists:comment_template_list", of=FACILITY, title="Modèles de commentaires"),
    Visit("checklists:comment_template_list", who=READER, of=FACILITY, title="Modèles"),
    Visit("checklists:comment_template_create", of=FACILITY, title="Ajouter un modèle"),
    Visit("checklists:comment_template_create", "refused", of=FACILITY, then=submit),
    Visit("checklists:comment_template_edit", of=TEMPLATE, title="Modifier un modèle"),
    Visit("checklists:comment_template_delete", of=TEMPLATE, title="Supprimer un modèle"),
    # -- Documents
    Visit("checklists:assessment_documents", of={"pk": "bare_assessment"}, title="Documents"),
    Visit("checklists:assessment_documents", "ready", of=DONE, title="Documents"),
    Visit("checklists:assessment_documents", "waiting", of={"pk": "waiting_assessment"}),
    Visit("checklists:assessment_documents", "failed", of={"pk": "failed_assessment"}),
    Visit("checklists:assessment_documents", "ready", READER, DONE, title="Documents"),
    Visit("checklists:assessment_versions", of=TO_CORRECT, title="Versions"),
    Visit("checklists:assessment_versions", "refused", of=TO_CORRECT, then=submit),
    Visit("checklists:assessment_versions", "corrected", READER, {"pk": "corrected_assessment"}),
    Visit("checklists:assessment_documents", "replaced", of={"pk": "replaced_assessment"}),
    Visit("checklists:document_signed", of={"pk": "document"}, title="Signature de"),
    Visit("checklists:document_signed", "received", of=SIGNED, title="Signature de"),
    Visit("checklists:document_signed", "refused", of={"pk": "document"}, then=unsigned),
    Visit("checklists:document_signed", who=READER, of=SIGNED, title="Signature de"),
    Visit("checklists:signed_file", of={"pk": "waiting_signed"}, title="Rapport"),
    Visit("checklists:evidence_list", of={"pk": "begun_assessment"}, title="Documents joints"),
    Visit("checklists:evidence_list", "none", of={"pk": "bare_assessment"}, title="Documents"),
    Visit("checklists:evidence_sheet", of={"pk": "joined_file"}, title="Plan d’assurance"),
    Visit(
        "checklists:answer_replace",
        who=NOBODY,
        of={"token": "begun_secret", "pk": "joined_file"},
        then=submit,
        title="Remplacer",
    ),
    Visit("checklists:signed_file", "refused", of={"pk": "waiting_signed"}, then=submit),
    Visit("checklists:signed_file", "accepted", of={"pk": "accepted_signed"}, title="Rapport"),
    Visit("checklists:assessment_visas", of=DONE, title="Visas"),
    Visit("checklists:assessment_visas", "mine", READER, DONE, title="Visas"),
    Visit("checklists:assessment_visas", "refused", READER, DONE, then=refuse_visa, title="Erreur"),
    Visit("checklists:assessment_visas", "none", of={"pk": "bare_assessment"}, title="Visas"),
    Visit("checklists:visa_order", of=FACILITY, title="Visas de l’établissement"),
    Visit("checklists:visa_order", "refused", of=FACILITY, then=same_rank, title="Erreur"),
    Visit("checklists:visa_order", who=READER, of=FACILITY, title="Visas de l’établissement"),
    Visit("checklists:verify_document", title="Vérifier un PDF"),
    Visit("checklists:verify_document", "refused", then=submit, title="Vérifier un PDF"),
    Visit("checklists:verify_document", "intact", then=deposit(lambda sealed: sealed)),
    Visit("checklists:verify_document", "altered", then=deposit(with_a_bit_turned)),
    Visit("checklists:verify_document", "unknown", then=deposit(a_stranger)),
)
