"""Personal tokens of the API: the secret is not kept, and what a token is never changes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

FIXED = ("user_id", "name", "secret_sha256", "created_at", "expires_at")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="Nom du jeton")),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(verbose_name="Créé le")),
                ("expires_at", models.DateTimeField(verbose_name="Valable jusqu’au")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Dernier appel"),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Retiré le"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "jeton d’accès",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True)
                        & models.Q(("secret_sha256", ""), _negated=True),
                        name="api_token_named_with_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="api_token_expires_after_creation",
                    ),
                ],
            },
        ),
        refuse(
            name="api_token_fixed",
            table="accounts_apitoken",
            events=["UPDATE"],
            when=" OR ".join(f"OLD.{column} <> NEW.{column}" for column in FIXED),
            message="a token never changes: make another one",
        ),
        refuse(
            name="api_token_revoked_for_ever",
            table="accounts_apitoken",
            events=["UPDATE OF revoked_at"],
            when="OLD.revoked_at IS NOT NULL",
            message="a token taken back stays so",
        ),
    ]
