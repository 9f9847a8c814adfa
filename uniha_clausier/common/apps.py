from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CommonConfig(AppConfig):
    """The bottom layer: journal, configuration, documents. It knows no other app."""

    name = "uniha_clausier.common"
    label = "common"
    verbose_name = "Socle"

    def ready(self) -> None:
        from django_tasks.signals import task_enqueued

        from . import mail_server, queue, row_checks, row_scope, slow_queries  # noqa: F401
        from .plurals import teach_gettext
        from .search import teach_sqlite

        teach_gettext()
        connection_created.connect(teach_sqlite, dispatch_uid="teach_sqlite")
        connection_created.connect(slow_queries.watch, dispatch_uid="watch_queries")
        connection_created.connect(row_scope.watch, dispatch_uid="watch_rows")
        task_enqueued.connect(queue.remember, dispatch_uid="remember_task")
