"""The visas of the roles: their order, the rounds in which they are asked, and each of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

ASKED = (
    "id",
    "assessment_id",
    "number",
    "roles",
    "content_sha256",
    "requested_at",
    "requested_by_id",
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("checklists", "0035_long_term_copies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VisaRound",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("roles", models.JSONField(verbose_name="Ordre des visas")),
                (
                    "content_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte de ce qui est visé"),
                ),
                ("requested_at", models.DateTimeField(verbose_name="Demandés le")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Visas en cours"),
                            ("granted", "Tous les visas sont donnés"),
                            ("refused", "Visa refusé"),
                            ("replaced", "Remplacée par une autre demande"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="État",
                    ),
                ),
                (
                    "awaited_role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("buyer", "Acheteur"),
                            ("ciso", "RSSI"),
                            ("dpo", "DPO"),
                            ("biomedical_engineer", "Ingénieur biomédical"),
                            ("facility_admin", "Administrateur d’établissement"),
                            ("reader", "Lecteur"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="Attendu de",
                    ),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visa_rounds",
                        to="checklists.assessment",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "demande de visas",
            },
        ),
        migrations.CreateModel(
            name="Visa",
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
                        max_length=20,
                        verbose_name="Rôle",
                    ),
                ),
                (
                    "value",
                    models.CharField(
                        choices=[("given", "Visa donné"), ("refused", "Visa refusé")],
                        max_length=10,
                        verbose_name="Visa",
                    ),
                ),
                ("remark", models.TextField(blank=True, max_length=2000, verbose_name="Mention")),
                ("at", models.DateTimeField(verbose_name="Donné le")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visas",
                        to="checklists.visaround",
                    ),
                ),
            ],
            options={
                "verbose_name": "visa",
            },
        ),
        migrations.CreateModel(
            name="VisaStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="Rang")),
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
                        max_length=20,
                        verbose_name="Rôle",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visa_steps",
                        to="accounts.facility",
                    ),
                ),
            ],
            options={
                "verbose_name": "visa demandé par l’établissement",
            },
        ),
        migrations.AddIndex(
            model_name="visaround",
            index=models.Index(
                condition=models.Q(("awaited_role", ""), _negated=True),
                fields=["awaited_role"],
                name="visa_round_awaited",
            ),
        ),
        migrations.AddConstraint(
            model_name="visaround",
            constraint=models.UniqueConstraint(
                fields=("assessment", "number"), name="visa_round_number_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="visaround",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("assessment",),
                name="visa_round_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="visaround",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("awaited_role__in", ("ciso", "dpo", "biomedical_engineer", "buyer")),
                        ("state", "open"),
                    ),
                    models.Q(("awaited_role__in", ["", "buyer"]), ("state", "refused")),
                    models.Q(("awaited_role", ""), ("state__in", ["granted", "replaced"])),
                    _connector="OR",
                ),
                name="visa_round_awaits_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="visaround",
            constraint=models.CheckConstraint(
                condition=models.Q(("content_sha256", ""), _negated=True),
                name="visa_round_on_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="visa",
            constraint=models.UniqueConstraint(fields=("round", "role"), name="visa_once_a_role"),
        ),
        migrations.AddConstraint(
            model_name="visa",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value", "given"),
                    models.Q(("value", "refused"), models.Q(("remark", ""), _negated=True)),
                    _connector="OR",
                ),
                name="visa_refused_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="visastep",
            constraint=models.UniqueConstraint(
                fields=("facility", "role"), name="visa_step_once_a_role"
            ),
        ),
        migrations.AddConstraint(
            model_name="visastep",
            constraint=models.UniqueConstraint(
                fields=("facility", "position"), name="visa_step_one_a_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="visastep",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ("ciso", "dpo", "biomedical_engineer", "buyer"))),
                name="visa_step_by_a_reviewer",
            ),
        ),
        refuse(
            name="visa_kept",
            table="checklists_visa",
            events=["UPDATE", "DELETE"],
            message="a visa is kept as it was given",
        ),
        # The order of the facility, and that nothing follows a refusal.
        refuse(
            name="visa_in_turn",
            table="checklists_visa",
            events=["INSERT"],
            when=(
                "(SELECT COUNT(*) FROM checklists_visaround r WHERE r.id = NEW.round_id "
                "AND r.state = 'open' AND r.awaited_role = NEW.role) = 0"
            ),
            message="a visa is given in its turn",
        ),
        refuse(
            name="visa_round_kept",
            table="checklists_visaround",
            events=[f"UPDATE OF {', '.join(ASKED)}", "DELETE"],
            message="a request of visas is kept as it was made",
        ),
        refuse(
            name="visa_round_ended_once",
            table="checklists_visaround",
            events=["UPDATE OF state"],
            when="OLD.state <> 'open'",
            message="a request of visas ends once",
        ),
    ]
