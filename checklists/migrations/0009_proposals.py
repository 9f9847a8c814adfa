"""A version may be a proposal of this software, and not the words of an official text.

The column is added by SQL that both databases read: on SQLite, Django would make the table anew,
and the triggers that keep published versions as they are would go with the old one.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checklists", "0008_reception")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE checklists_clausierversion "
                    "ADD COLUMN is_proposal bool NOT NULL DEFAULT false "
                    "CONSTRAINT clausier_version_official_or_proposal "
                    "CHECK (NOT (is_official_text AND is_proposal))",
                    "ALTER TABLE checklists_clausierversion DROP COLUMN is_proposal",
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="clausierversion",
                    name="is_proposal",
                    field=models.BooleanField(
                        db_default=False, default=False, verbose_name="Proposition"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="clausierversion",
                    constraint=models.CheckConstraint(
                        condition=~models.Q(is_official_text=True, is_proposal=True),
                        name="clausier_version_official_or_proposal",
                    ),
                ),
            ],
        )
    ]
