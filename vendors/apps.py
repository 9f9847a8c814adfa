from django.apps import AppConfig


class VendorsConfig(AppConfig):
    """Who answers, and for which purchase."""

    name = "vendors"
    verbose_name = "Fournisseurs et consultations"

    row_owners = {
        "Vendor": "facility",
        "Product": "vendor",
        "Certificate": "vendor",
        "Tender": "facility",
        "Opening": "tender",
        "Lot": "tender",
        "Candidacy": "lot",
    }
    """The field of each model that leads to the facility of a row (common.row_policies)."""
