"""Since when a role is held; invitations by e-mail."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_openid_identities"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="since",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), verbose_name="Depuis le"
            ),
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="Adresse électronique")),
                ("full_name", models.CharField(max_length=150, verbose_name="Nom et prénom")),
                ("roles", models.JSONField(verbose_name="Rôles")),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(verbose_name="Envoyée le")),
                ("expires_at", models.DateTimeField(verbose_name="Valable jusqu’au")),
                (
                    "accepted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Acceptée le"),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Retirée le"),
                ),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="accounts.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("withdrawn_at", None)),
                        fields=("facility", "email"),
                        name="invitation_one_open_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", None)),
                            models.Q(
                                ("accepted_at__isnull", False), ("accepted_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="invitation_accepted_by_and_at_agree",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at", None), ("withdrawn_at", None), _connector="OR"
                        ),
                        name="invitation_ends_once",
                    ),
                ],
            },
        ),
    ]
