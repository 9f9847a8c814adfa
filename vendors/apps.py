from django.apps import AppConfig


class VendorsConfig(AppConfig):
    """Who answers, and for which purchase."""

    name = "vendors"
    verbose_name = "Fournisseurs et consultations"
