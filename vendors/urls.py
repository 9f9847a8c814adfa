"""Tenders, candidates and vendors: what creates and changes them."""

from django.urls import URLPattern, path

from .views import candidacies, certificates, openings, registers, tenders, vendors

app_name = "vendors"

urlpatterns: list[URLPattern] = [
    path("consultations/nouvelle/", tenders.tender_create, name="tender_create"),
    path("consultations/<int:pk>/modifier/", tenders.tender_edit, name="tender_edit"),
    path("consultations/<int:pk>/ouverture/", openings.opening_record, name="opening_record"),
    path("consultations/<int:pk>/lots/ajouter/", tenders.lot_add, name="lot_add"),
    path("lots/<int:pk>/modifier/", tenders.lot_edit, name="lot_edit"),
    path(
        "consultations/<int:pk>/candidats/ajouter/",
        candidacies.candidate_add,
        name="candidate_add",
    ),
    path(
        "consultations/<int:pk>/candidats/registre/",
        registers.candidate_register,
        name="candidate_register",
    ),
    path("candidats/<int:pk>/retirer/", candidacies.candidate_withdraw, name="candidate_withdraw"),
    path("fournisseurs/", vendors.vendor_list, name="vendor_list"),
    path("fournisseurs/nouveau/", vendors.vendor_create, name="vendor_create"),
    path("fournisseurs/<int:pk>/", vendors.vendor_detail, name="vendor_detail"),
    path("fournisseurs/<int:pk>/modifier/", vendors.vendor_edit, name="vendor_edit"),
    path(
        "fournisseurs/<int:pk>/certificats/ajouter/",
        certificates.certificate_add,
        name="certificate_add",
    ),
    path("certificats/<int:pk>/modifier/", certificates.certificate_edit, name="certificate_edit"),
    path(
        "certificats/<int:pk>/remplacer/",
        certificates.certificate_replace,
        name="certificate_replace",
    ),
    path(
        "certificats/<int:pk>/supprimer/",
        certificates.certificate_remove,
        name="certificate_remove",
    ),
    path("certificats/<int:pk>/fichier/", certificates.certificate_file, name="certificate_file"),
    path("fournisseurs/<int:pk>/solutions/ajouter/", vendors.product_create, name="product_create"),
]
