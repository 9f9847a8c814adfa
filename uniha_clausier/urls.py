"""The routes of the product. Each one has a rule in tests/access/matrix.py."""

from allauth.account import views as account_views
from django.urls import include, path
from django.views.generic import RedirectView

from checklists.views import help as help_views

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="vendors:tender_list"), name="home"),
    path("connexion/", account_views.login, name="account_login"),
    path("deconnexion/", account_views.logout, name="account_logout"),
    path("compte/mot-de-passe/", account_views.password_change, name="account_change_password"),
    path("compte/oubli/", account_views.password_reset, name="account_reset_password"),
    path(
        "compte/oubli/envoye/",
        account_views.password_reset_done,
        name="account_reset_password_done",
    ),
    path(
        "compte/oubli/<uidb36>-<key>/",
        account_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "compte/oubli/change/",
        account_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("aide/", help_views.guide, name="help"),
    path("contact/", help_views.contact, name="contact"),
    path("accessibilite/", help_views.accessibility, name="accessibility"),
    path("", include("vendors.urls")),
    path("", include("checklists.urls")),
]
