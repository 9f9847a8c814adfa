from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_delegations"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="password_is_provisional",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Donné par un exploitant : la personne choisit le sien avant toute autre chose.",
            ),
        ),
    ]
