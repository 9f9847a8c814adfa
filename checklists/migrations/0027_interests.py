"""What reviewers declare of their interests: kept as it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0026_read_only_once_signed"),
        ("vendors", "0002_opening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InterestDeclaration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[
                            ("", "Rien encore"),
                            ("clear", "Aucun conflit d’intérêts"),
                            ("withdrawn", "Retrait"),
                        ],
                        max_length=10,
                        verbose_name="Déclaration",
                    ),
                ),
                (
                    "reason",
                    models.TextField(blank=True, max_length=2000, verbose_name="Précisions"),
                ),
                ("declared_at", models.DateTimeField(verbose_name="Déclaré le")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tender",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="interest_declarations",
                        to="vendors.tender",
                    ),
                ),
            ],
            options={
                "verbose_name": "déclaration d’intérêts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tender", "person", "value"), name="interest_declared_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__in", ["clear", "withdrawn"])),
                        name="interest_value_known",
                    ),
                ],
            },
        ),
        refuse(
            name="interest_kept",
            table="checklists_interestdeclaration",
            events=["UPDATE", "DELETE"],
            message="a declaration of interests is kept as it was made",
        ),
    ]
