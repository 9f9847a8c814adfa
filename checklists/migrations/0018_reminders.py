"""The reminders of the links: each at most once, and kept."""

import django.db.models.deletion
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0017_answer_sets"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("days", models.PositiveSmallIntegerField(verbose_name="Jours avant la fin")),
                ("sent_at", models.DateTimeField(verbose_name="Envoyé le")),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="checklists.answerlink",
                    ),
                ),
            ],
            options={
                "verbose_name": "rappel",
                "constraints": [
                    models.UniqueConstraint(fields=("link", "days"), name="reminder_once"),
                    models.CheckConstraint(
                        condition=models.Q(("days__in", (7, 3, 1))), name="reminder_days_known"
                    ),
                ],
            },
        ),
        refuse(
            name="reminder_kept",
            table="checklists_reminder",
            events=["UPDATE", "DELETE"],
            message="a reminder that was sent is kept",
        ),
    ]
