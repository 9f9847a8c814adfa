from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, facilities and roles."""

    name = "uniha_clausier.accounts"
    label = "accounts"
    verbose_name = "Comptes et établissements"

    def ready(self) -> None:
        """Hear what the library of second factors tells, and let it read damaged keys."""
        from . import adapter  # noqa: F401 - its receivers; models are not ready above
        from .domain import passkeys

        passkeys.read_by_the_library()
