from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CommonConfig(AppConfig):
    """The bottom layer: journal, configuration, documents. It knows no other app."""

    name = "uniha_clausier.common"
    label = "common"
    verbose_name = "Socle"

    def ready(self) -> None:
        from .search import teach_sqlite

        connection_created.connect(teach_sqlite, dispatch_uid="teach_sqlite")
