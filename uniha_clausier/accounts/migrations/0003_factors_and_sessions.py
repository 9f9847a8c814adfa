"""Second factors required by role, and the browsers in which people are signed in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_api_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="lacks_factor",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A un rôle qui exige un second facteur, et n’en a pas : voir domain/factors.py.",
            ),
        ),
        migrations.CreateModel(
            name="BrowserSession",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("browser", models.CharField(max_length=60, verbose_name="Navigateur")),
                ("started_at", models.DateTimeField(verbose_name="Ouverte le")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browser_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "session",
            },
        ),
        migrations.CreateModel(
            name="RequiredFactor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("buyer", "Acheteur"),
                            ("ciso", "RSSI"),
                            ("dpo", "DPO"),
                            ("biomedical_engineer", "Ingénieur biomédical"),
                            ("facility_admin", "Administrateur d’établissement"),
                            ("reader", "Lecteur"),
                        ],
                        max_length=30,
                        verbose_name="Rôle",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="required_factors",
                        to="accounts.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "second facteur exigé",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("facility", "role"), name="required_factor_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "buyer",
                                    "ciso",
                                    "dpo",
                                    "biomedical_engineer",
                                    "facility_admin",
                                    "reader",
                                ],
                            )
                        ),
                        name="required_factor_role_known",
                    ),
                ],
            },
        ),
    ]
