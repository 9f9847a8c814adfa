"""The opening of the offers, which the database refuses to change."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("vendors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_at", models.DateTimeField(verbose_name="Date et heure d’ouverture")),
                ("people", models.TextField(verbose_name="Personnes présentes")),
                ("recorded_at", models.DateTimeField(verbose_name="Enregistrée le")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opening",
                        to="vendors.tender",
                    ),
                ),
            ],
            options={
                "verbose_name": "ouverture des plis",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("people", ""), _negated=True),
                        name="opening_names_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opened_at__lte", models.F("recorded_at"))),
                        name="opening_recorded_after_it_happened",
                    ),
                ],
            },
        ),
        refuse(
            name="opening_recorded_once",
            table="vendors_opening",
            events=["UPDATE", "DELETE"],
            message="the opening of the offers is recorded once",
        ),
    ]
