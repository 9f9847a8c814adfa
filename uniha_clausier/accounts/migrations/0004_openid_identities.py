"""Who a person is at an identity provider; an identity never passes to another person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

FIXED = ("user_id", "issuer", "subject", "linked_at")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_factors_and_sessions")]

    operations = [
        migrations.CreateModel(
            name="OpenIdIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issuer", models.CharField(max_length=255, verbose_name="Émetteur")),
                ("subject", models.CharField(max_length=255, verbose_name="Sujet")),
                (
                    "label",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="Nom chez le fournisseur"
                    ),
                ),
                ("linked_at", models.DateTimeField(verbose_name="Reliée le")),
                (
                    "last_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Dernière connexion"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "identité",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "subject"), name="identity_is_one_person"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("issuer", ""), _negated=True)
                        & models.Q(("subject", ""), _negated=True),
                        name="identity_has_issuer_and_subject",
                    ),
                ],
            },
        ),
        refuse(
            name="identity_fixed",
            table="accounts_openididentity",
            events=["UPDATE"],
            when=" OR ".join(f"OLD.{column} <> NEW.{column}" for column in FIXED),
            message="an identity never passes to another person: unlink it",
        ),
    ]
