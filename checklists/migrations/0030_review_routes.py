"""Which roles review what in a facility: a rule ends, it is never rewritten."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

KEPT = (
    "id",
    "facility_id",
    "clausier_id",
    "chapter",
    "ref",
    "roles",
    "set_at",
    "set_by_id",
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("checklists", "0029_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewRoute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("chapter", models.CharField(blank=True, max_length=250, verbose_name="Chapitre")),
                ("ref", models.CharField(blank=True, max_length=40, verbose_name="Point")),
                ("roles", models.CharField(max_length=60, verbose_name="Relecteurs")),
                ("set_at", models.DateTimeField(verbose_name="Décidé le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="Levé le")),
                (
                    "clausier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="checklists.clausier",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
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
                        related_name="review_routes",
                        to="accounts.facility",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "routage des relectures",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("chapter", ""), models.Q(("ref", ""), _negated=True)),
                            models.Q(("ref", ""), models.Q(("chapter", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="review_route_of_one_place",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "roles__in",
                                [
                                    "ciso",
                                    "dpo",
                                    "biomedical_engineer",
                                    "buyer",
                                    "ciso dpo",
                                    "ciso biomedical_engineer",
                                    "ciso buyer",
                                    "dpo biomedical_engineer",
                                    "dpo buyer",
                                    "biomedical_engineer buyer",
                                    "ciso dpo biomedical_engineer",
                                    "ciso dpo buyer",
                                    "ciso biomedical_engineer buyer",
                                    "dpo biomedical_engineer buyer",
                                    "ciso dpo biomedical_engineer buyer",
                                ],
                            )
                        ),
                        name="review_route_roles_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(
                                ("ended_at__gte", models.F("set_at")),
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="review_route_ended_by_someone",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("facility", "clausier", "chapter", "ref"),
                        name="review_route_once_a_place",
                    ),
                ],
            },
        ),
        refuse(
            name="review_route_kept",
            table="checklists_reviewroute",
            events=[f"UPDATE OF {', '.join(KEPT)}", "DELETE"],
            message="a rule of routing is kept as it was set",
        ),
        refuse(
            name="review_route_ended_once",
            table="checklists_reviewroute",
            events=["UPDATE"],
            when="OLD.ended_at IS NOT NULL",
            message="a rule of routing ends once",
        ),
    ]
