"""The journal refuses UPDATE and DELETE; the table of the cache (limits of tries) exists."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

from uniha_clausier.common.triggers import refuse


def create_cache_table(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]

    operations = [
        refuse(
            name="auditevent_append_only",
            table="common_auditevent",
            events=["UPDATE", "DELETE"],
            message="the journal is append-only",
        ),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
