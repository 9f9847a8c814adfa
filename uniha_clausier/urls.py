"""The routes of the product. Each one has a rule in tests/access/matrix.py."""

from django.urls import include, path, re_path

from checklists.views import help as help_views
from checklists.views import tenders as tender_views
from uniha_clausier.accounts.views import (
    account,
    api_tokens,
    delegations,
    facilities,
    factors,
    health,
    invitations,
    members,
    openid,
    operations,
    protection,
    sign_in,
    typed_forms,
)

urlpatterns = [
    path("", include("checklists.urls")),
    path("", tender_views.home, name="home"),
    path("connexion/", sign_in.sign_in, name="account_login"),
    path("connexion/compte-desactive/", sign_in.inactive, name="account_inactive"),
    path("connexion/prolonger/", sign_in.extend_session, name="session_extend"),
    path("connexion/reprise/", typed_forms.typed_form, name="typed_form"),
    path("connexion/code/", factors.authenticate, name="mfa_authenticate"),
    path("connexion/cle/", factors.sign_in_by_key, name="mfa_login_webauthn"),
    path("deconnexion/", openid.sign_out, name="account_logout"),
    path(
        "connexion/fournisseur/<slug:provider>/",
        openid.openid_start,
        name="openid_start",
    ),
    path(
        "connexion/fournisseur/<slug:provider>/retour/",
        openid.openid_return,
        name="openid_return",
    ),
    path("compte/identites/", openid.identity_list, name="identity_list"),
    path(
        "compte/identites/<slug:provider>/relier/",
        openid.openid_link,
        name="openid_link",
    ),
    path("compte/identites/<int:pk>/delier/", openid.identity_unlink, name="identity_unlink"),
    path("compte/", account.account, name="account"),
    path("compte/donnees/", account.my_data, name="my_data"),
    path("compte/donnees/mes-donnees.json", account.my_data_file, name="my_data_file"),
    path("compte/mot-de-passe/", sign_in.password_change, name="account_change_password"),
    path("compte/confirmer/", factors.reauthenticate, name="account_reauthenticate"),
    path("compte/confirmer/code/", factors.reauthenticate_by_code, name="mfa_reauthenticate"),
    path(
        "compte/confirmer/cle/", factors.reauthenticate_by_key, name="mfa_reauthenticate_webauthn"
    ),
    path("compte/confirmer/fournisseur/", openid.openid_confirm, name="openid_confirm"),
    path("compte/securite/", factors.security, name="mfa_index"),
    path("compte/securite/application/", factors.application_add, name="mfa_activate_totp"),
    path(
        "compte/securite/application/retirer/",
        factors.application_remove,
        name="mfa_deactivate_totp",
    ),
    path("compte/securite/cles/ajouter/", factors.key_add, name="mfa_add_webauthn"),
    path("compte/securite/cles/<int:pk>/nom/", factors.key_rename, name="mfa_edit_webauthn"),
    path("compte/securite/cles/<int:pk>/retirer/", factors.key_remove, name="mfa_remove_webauthn"),
    path("compte/securite/codes/", factors.codes, name="mfa_view_recovery_codes"),
    path(
        "compte/securite/codes/nouveaux/",
        factors.codes_generate,
        name="mfa_generate_recovery_codes",
    ),
    path("compte/securite/sessions/fermer/", factors.sessions_end, name="sessions_end"),
    path("compte/securite/sessions/<int:pk>/fermer/", factors.session_end, name="session_end"),
    path("etablissements/<int:pk>/", facilities.facility, name="facility"),
    path("etablissements/<int:pk>/membres/", members.member_list, name="member_list"),
    path(
        "etablissements/<int:pk>/membres/<int:user>/roles/",
        members.member_role_add,
        name="member_role_add",
    ),
    path(
        "etablissements/<int:pk>/membres/<int:user>/roles/<str:role>/retirer/",
        members.member_role_take,
        name="member_role_take",
    ),
    path(
        "etablissements/<int:pk>/membres/<int:user>/retirer/",
        members.member_remove,
        name="member_remove",
    ),
    path(
        "etablissements/<int:pk>/delegations/",
        delegations.delegation_list,
        name="delegation_list",
    ),
    path("delegations/<int:pk>/terminer/", delegations.delegation_end, name="delegation_end"),
    path("invitations/<int:pk>/renvoyer/", members.invitation_again, name="invitation_again"),
    path("invitations/<int:pk>/retirer/", members.invitation_withdraw, name="invitation_withdraw"),
    path("invitation/<str:secret>/", invitations.invitation, name="invitation"),
    path(
        "etablissements/<int:pk>/comptes/",
        protection.account_protection,
        name="account_protection",
    ),
    path(
        "etablissements/<int:pk>/comptes/<int:user>/facteurs/retirer/",
        protection.member_factors_reset,
        name="member_factors_reset",
    ),
    path(
        "etablissements/<int:pk>/comptes/<int:user>/sessions/fermer/",
        protection.member_sessions_end,
        name="member_sessions_end",
    ),
    path("compte/jetons/", api_tokens.api_tokens, name="api_tokens"),
    path("compte/jetons/<int:pk>/retirer/", api_tokens.api_token_revoke, name="api_token_revoke"),
    path("compte/oubli/", sign_in.password_reset, name="account_reset_password"),
    path(
        "compte/oubli/envoye/",
        sign_in.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        # A key holds dashes: what stands before the first one is the account.
        r"^compte/oubli/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "compte/oubli/change/",
        sign_in.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("api/", include("checklists.api.urls")),
    path("sante/vivant", health.alive, name="health_alive"),
    path("sante/pret", health.ready, name="health_ready"),
    path("metriques", health.figures, name="metrics"),
    path("exploitation/etat/", operations.overview, name="operations"),
    path(
        "exploitation/taches/<slug:task>/relancer/",
        operations.task_relaunch,
        name="task_relaunch",
    ),
    path(
        "exploitation/taches/<slug:task>/abandonner/", operations.task_abandon, name="task_abandon"
    ),
    path("aide/", help_views.guide, name="help"),
    path("contact/", help_views.contact, name="contact"),
    path("accessibilite/", help_views.accessibility, name="accessibility"),
    path("", include("vendors.urls")),
]

handler403 = "uniha_clausier.accounts.views.refusals.permission_denied"
handler500 = "uniha_clausier.accounts.views.outages.server_error"
