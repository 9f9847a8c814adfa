"""The pages about oneself: signing in, passwords, second factors, sessions, tokens."""

from playwright.sync_api import Page

from .acts import follow, make_token, prove, refuse_token, submit
from .conftest import Site
from .people import ADMINISTRATOR, LOCKED_OUT, READER
from .visits import NOBODY, Visit

TRIES = 6


def sign_in_wrongly(page: Page, site: Site) -> None:
    page.fill("[name=login]", "personne@valmont.example")
    page.fill("[name=password]", "ce n’est pas le bon")
    submit(page, site)


def reset_nothing(page: Page, site: Site) -> None:
    page.fill("[name=email]", "pas une adresse")
    submit(page, site)


def change_password_wrongly(page: Page, site: Site) -> None:
    page.fill("[name=oldpassword]", "ce n’est pas le bon")
    page.fill("[name=password1]", "court")
    submit(page, site)


def try_too_often(page: Page, site: Site) -> None:
    for _ in range(TRIES):
        if page.locator("[name=oldpassword]").count():
            change_password_wrongly(page, site)


def stale_form(page: Page, site: Site) -> None:
    """Send a form whose token belongs to another session."""
    page.locator("main [name=csrfmiddlewaretoken]").first.evaluate("input => { input.value = 'x' }")
    submit(page, site)


def code_wrongly(page: Page, site: Site) -> None:
    prove(page, site)
    page.fill("[name=code]", "000000")
    submit(page, site)


def reauthenticate_wrongly(page: Page, site: Site) -> None:
    page.fill("[name=password]", "ce n’est pas le bon")
    submit(page, site)


def number_wrongly(page: Page, site: Site) -> None:
    page.fill("[name=siret]", "123")
    follow(page.get_by_role("button", name="Enregistrer l’établissement"))


def invite_nobody(page: Page, site: Site) -> None:
    follow(page.get_by_role("button", name="Envoyer l’invitation"))


FACILITY = {"pk": "facility"}
MEMBER = FACILITY | {"user": "colleague"}
INVITED = {"secret": "invitation_secret"}

ACCOUNT_VISITS = (
    # -- Signing in
    Visit("account_login", who=NOBODY, title="Connexion"),
    Visit("account_login", "refused", NOBODY, then=sign_in_wrongly),
    Visit("account_login", "stale", NOBODY, then=stale_form, title="Formulaire expiré"),
    Visit("typed_form", "none", title="Reprendre ma saisie"),
    Visit("account_logout", title="Déconnexion"),
    Visit("account_inactive", who=NOBODY, title="Compte désactivé"),
    Visit("account", title="Mon compte"),
    Visit("my_data", title="Mes données"),
    Visit("account_change_password", title="Changer de mot de passe"),
    Visit("account_change_password", "too often", LOCKED_OUT, then=try_too_often, title="Trop"),
    Visit("account_change_password", "refused", then=change_password_wrongly),
    Visit("account_reset_password", who=NOBODY, title="Mot de passe oublié"),
    Visit("account_reset_password", "refused", NOBODY, then=reset_nothing),
    Visit("account_reset_password_done", who=NOBODY, title="Message envoyé"),
    Visit(
        "account_reset_password_from_key",
        who=NOBODY,
        of={"uidb36": "reset_account", "key": "reset_key"},
        title="Nouveau mot de passe",
    ),
    Visit(
        "account_reset_password_from_key",
        "expired",
        NOBODY,
        {"uidb36": "zzzz", "key": "zzz-zzzz"},
        title="Nouveau mot de passe",
    ),
    Visit("account_reset_password_from_key_done", who=NOBODY, title="Mot de passe changé"),
    Visit("api_tokens", title="Jetons"),
    Visit("api_tokens", "made", who=READER, then=make_token, title="Jetons"),
    Visit("api_tokens", "refused", then=refuse_token, title="Erreur"),
    # -- Identity providers
    Visit("identity_list", title="Fournisseurs d’identité"),
    Visit("openid_return", who=NOBODY, of={"provider": "annuaire"}, title="Connexion refusée"),
    # -- Second factors and sessions
    Visit("mfa_index", title="Sécurité du compte"),
    Visit("account_reauthenticate", title="Confirmez"),
    Visit("account_reauthenticate", "refused", then=reauthenticate_wrongly, title="Erreur"),
    Visit("mfa_activate_totp", then=prove, title="Ajouter une application"),
    Visit("mfa_activate_totp", "refused", then=code_wrongly, title="Erreur"),
    Visit("mfa_add_webauthn", then=prove, title="Ajouter une clé"),
    Visit("mfa_generate_recovery_codes", then=prove, title="Faire de nouveaux codes"),
    Visit("account_protection", of=FACILITY, title="Sécurité des comptes"),
    Visit("account_protection", "decided", ADMINISTRATOR, FACILITY, title="Sécurité des comptes"),
    # -- The facility, its members and invitations
    Visit("facility", of=FACILITY, title="Établissement"),
    Visit("facility", "decided", ADMINISTRATOR, FACILITY, title="Établissement"),
    Visit("facility", "refused", ADMINISTRATOR, FACILITY, then=number_wrongly, title="Erreur"),
    Visit("member_list", of=FACILITY, title="Membres"),
    Visit("member_list", "decided", ADMINISTRATOR, FACILITY, title="Membres"),
    Visit("member_list", "refused", ADMINISTRATOR, FACILITY, then=invite_nobody, title="Erreur"),
    Visit("member_list", "none", of=FACILITY, query="?q=personne", title="Membres"),
    Visit("member_remove", who=ADMINISTRATOR, of=MEMBER, title="Retirer un membre"),
    Visit("invitation", who=NOBODY, of=INVITED, title="Invitation"),
    Visit("invitation", "refused", NOBODY, INVITED, then=submit, title="Erreur"),
    Visit("invitation", "somebody else", of=INVITED, title="Invitation"),
)
