from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, facilities and roles."""

    name = "uniha_clausier.accounts"
    label = "accounts"
    verbose_name = "Comptes et établissements"
