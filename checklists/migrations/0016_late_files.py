"""Files deposited after the deadline: marked when received, decided once with a reason."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0015_answer_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="deposit",
            name="deposited_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="Déposé hors délai le"),
        ),
        migrations.CreateModel(
            name="LateFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("deposited_at", models.DateTimeField(verbose_name="Déposé le")),
                ("deadline", models.DateTimeField(verbose_name="Date limite de remise des offres")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Décision attendue"),
                            ("kept_out", "Écarté"),
                            ("admitted", "Admis"),
                        ],
                        max_length=10,
                        verbose_name="Décision",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="Motif")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Décidé le"),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reception",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late",
                        to="checklists.reception",
                    ),
                ),
            ],
            options={
                "verbose_name": "dépôt hors délai",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deposited_at__gt", models.F("deadline"))),
                        name="late_file_after_the_deadline",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None),
                                ("decided_by", None),
                                ("decision", ""),
                                ("reason", ""),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("decision__in", ["kept_out", "admitted"]),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="late_file_decided_with_reason",
                    ),
                ],
            },
        ),
        refuse(
            name="deposit_time_kept",
            table="checklists_deposit",
            events=["UPDATE OF deposited_at"],
            message="a received file is kept as it came",
        ),
        refuse(
            name="late_file_kept",
            table="checklists_latefile",
            events=["UPDATE OF reception_id, deposited_at, deadline", "DELETE"],
            message="a late file stays late",
        ),
        refuse(
            name="late_file_decided_once",
            table="checklists_latefile",
            events=["UPDATE OF decision, reason, decided_at, decided_by_id"],
            when="OLD.decision <> ''",
            message="a late file is decided once",
        ),
    ]
