"""The routes of the product. Each one has a rule in tests/access/matrix.py."""

from django.urls import include, path, re_path

from checklists.views import help as help_views
from checklists.views import tenders as tender_views
from uniha_clausier.accounts.views import account, api_tokens, health, sign_in

urlpatterns = [
    path("", include("checklists.urls")),
    path("", tender_views.home, name="home"),
    path("connexion/", sign_in.sign_in, name="account_login"),
    path("connexion/compte-desactive/", sign_in.inactive, name="account_inactive"),
    path("connexion/prolonger/", sign_in.extend_session, name="session_extend"),
    path("deconnexion/", sign_in.sign_out, name="account_logout"),
    path("compte/", account.account, name="account"),
    path("compte/mot-de-passe/", sign_in.password_change, name="account_change_password"),
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
    path("aide/", help_views.guide, name="help"),
    path("contact/", help_views.contact, name="contact"),
    path("accessibilite/", help_views.accessibility, name="accessibility"),
    path("", include("vendors.urls")),
]

handler500 = "uniha_clausier.accounts.views.outages.server_error"
