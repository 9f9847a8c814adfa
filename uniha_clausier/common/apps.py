from django.apps import AppConfig


class CommonConfig(AppConfig):
    """The bottom layer: journal, configuration, documents. It knows no other app."""

    name = "uniha_clausier.common"
    label = "common"
    verbose_name = "Socle"
