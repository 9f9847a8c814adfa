"""How long files are kept, what stops their elimination, and what was eliminated: never silently."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse


def number(column: str) -> str:
    """Write a date as the number 20260131, to which years are added as on paper: both databases."""
    return f"CAST(REPLACE(SUBSTR(CAST({column} AS TEXT), 1, 10), '-', '') AS INTEGER)"


YEARS = 10_000
KEPT_LESS = (
    f"{number('NEW.procedure_until')} < {number('NEW.signed_on')} + {5 * YEARS} "
    f"OR (NEW.executed_on IS NOT NULL AND {number('NEW.contract_until')} "
    f"< {number('NEW.executed_on')} + {10 * YEARS})"
)


def approved(tender: str) -> str:
    """Whether something of a tender was eliminated."""
    return (
        "EXISTS (SELECT 1 FROM checklists_elimination e "
        f"WHERE e.tender_id = {tender} AND e.decision = 'approved')"
    )


def approved_of(retention: str) -> str:
    """The same, from the row that holds the dates of a tender."""
    return (
        "EXISTS (SELECT 1 FROM checklists_retention r JOIN checklists_elimination e "
        f"ON e.tender_id = r.tender_id WHERE r.id = {retention} AND e.decision = 'approved')"
    )


DUE = (
    "EXISTS (SELECT 1 FROM checklists_retention r WHERE r.tender_id = NEW.tender_id AND ("
    "NEW.scope = 'contract' AND r.contract_until = NEW.due_on OR "
    "NEW.scope = 'procedure' AND r.procedure_until = NEW.due_on AND "
    "EXISTS (SELECT 1 FROM checklists_retention_holders h WHERE h.retention_id = r.id)))"
)
HELD = (
    "EXISTS (SELECT 1 FROM checklists_retentionhold h "
    "WHERE h.tender_id = NEW.tender_id AND h.lifted_at IS NULL)"
)
DECIDED = (
    "UPDATE OF decision, decision_reason, decided_at, decided_by_id, visa, visa_on, "
    "certificate_name, certificate_sha256"
)
TOO_EARLY = (
    f"NEW.decision = 'approved' AND (NOT {DUE} OR {HELD} "
    f"OR {number('NEW.decided_at')} < {number('NEW.due_on')})"
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0031_evidence_versions"),
        ("vendors", "0002_opening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Elimination",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[("procedure", "Candidats non retenus"), ("contract", "Marché")],
                        max_length=10,
                        verbose_name="Pièces",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="Éliminable à partir du")),
                ("reason", models.TextField(max_length=2000, verbose_name="Motif")),
                ("proposed_at", models.DateTimeField(verbose_name="Proposée le")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Décision attendue"),
                            ("refused", "Refusée"),
                            ("approved", "Approuvée"),
                        ],
                        default="",
                        max_length=10,
                        verbose_name="Décision",
                    ),
                ),
                (
                    "decision_reason",
                    models.TextField(
                        blank=True, max_length=2000, verbose_name="Motif de la décision"
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="Décidée le"),
                ),
                (
                    "visa",
                    models.CharField(blank=True, max_length=200, verbose_name="Visa des archives"),
                ),
                ("visa_on", models.DateField(blank=True, null=True, verbose_name="Visa donné le")),
                ("certificate_name", models.CharField(blank=True, max_length=200)),
                (
                    "certificate_sha256",
                    models.CharField(
                        blank=True, max_length=64, verbose_name="Empreinte du bordereau"
                    ),
                ),
                (
                    "removed_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="Fichiers supprimés le"
                    ),
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
                    "proposed_by",
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
                        related_name="eliminations",
                        to="vendors.tender",
                    ),
                ),
            ],
            options={
                "verbose_name": "élimination",
            },
        ),
        migrations.CreateModel(
            name="EliminatedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=400, verbose_name="Pièce")),
                (
                    "file_sha256",
                    models.CharField(max_length=64, verbose_name="Empreinte du fichier"),
                ),
                ("file_size", models.PositiveBigIntegerField(verbose_name="Taille, en octets")),
                (
                    "elimination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="checklists.elimination",
                    ),
                ),
            ],
            options={
                "verbose_name": "pièce éliminée",
            },
        ),
        migrations.CreateModel(
            name="Retention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("signed_on", models.DateField(verbose_name="Contrat signé le")),
                (
                    "executed_on",
                    models.DateField(blank=True, null=True, verbose_name="Fin d’exécution le"),
                ),
                ("procedure_until", models.DateField(verbose_name="Procédure conservée jusqu’au")),
                (
                    "contract_until",
                    models.DateField(
                        blank=True, null=True, verbose_name="Marché conservé jusqu’au"
                    ),
                ),
                ("changed_at", models.DateTimeField(verbose_name="Saisi le")),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "holders",
                    models.ManyToManyField(
                        related_name="+", to="vendors.candidacy", verbose_name="Titulaires"
                    ),
                ),
                (
                    "tender",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="retention",
                        to="vendors.tender",
                    ),
                ),
            ],
            options={
                "verbose_name": "conservation",
            },
        ),
        migrations.CreateModel(
            name="RetentionHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(max_length=2000, verbose_name="Motif")),
                ("placed_at", models.DateTimeField(verbose_name="Suspendue le")),
                (
                    "lift_reason",
                    models.TextField(blank=True, max_length=2000, verbose_name="Motif de la levée"),
                ),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="Levée le")),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "placed_by",
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
                        related_name="retention_holds",
                        to="vendors.tender",
                    ),
                ),
            ],
            options={
                "verbose_name": "suspension de l’élimination",
            },
        ),
        migrations.AddConstraint(
            model_name="elimination",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision", "refused"), _negated=True),
                fields=("tender", "scope"),
                name="elimination_proposed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="elimination",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["procedure", "contract"])),
                name="elimination_scope_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="elimination",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="elimination_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="elimination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None),
                    models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="elimination_decided_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="elimination",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("certificate_name", ""),
                        ("certificate_sha256", ""),
                        ("decided_at", None),
                        ("decided_by", None),
                        ("decision", ""),
                        ("decision_reason", ""),
                        ("removed_at", None),
                        ("visa", ""),
                        ("visa_on", None),
                    ),
                    models.Q(
                        ("certificate_name", ""),
                        ("certificate_sha256", ""),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("decision", "refused"),
                        ("removed_at", None),
                        ("visa", ""),
                        ("visa_on", None),
                        models.Q(("decision_reason", ""), _negated=True),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("decision", "approved"),
                        ("visa_on__isnull", False),
                        models.Q(("decision_reason", ""), _negated=True),
                        models.Q(("visa", ""), _negated=True),
                        models.Q(("certificate_name", ""), _negated=True),
                        models.Q(("certificate_sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="elimination_decided_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="eliminatedfile",
            constraint=models.UniqueConstraint(
                fields=("elimination", "file_name"), name="eliminated_file_unique"
            ),
        ),
        migrations.AddIndex(
            model_name="retention",
            index=models.Index(fields=["procedure_until"], name="retention_procedure"),
        ),
        migrations.AddIndex(
            model_name="retention",
            index=models.Index(fields=["contract_until"], name="retention_contract"),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("executed_on", None),
                    ("executed_on__gte", models.F("signed_on")),
                    _connector="OR",
                ),
                name="retention_executed_after_it_was_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("contract_until", None), ("executed_on", None)),
                    models.Q(("contract_until__isnull", False), ("executed_on__isnull", False)),
                    _connector="OR",
                ),
                name="retention_of_the_contract_from_its_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="hold_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lift_reason", ""), ("lifted_at", None), ("lifted_by", None)),
                    models.Q(
                        ("lifted_at__isnull", False),
                        ("lifted_by__isnull", False),
                        models.Q(("lift_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hold_lifted_by_someone_with_a_reason",
            ),
        ),
        refuse(
            name="retention_as_long_as_the_law",
            table="checklists_retention",
            events=["INSERT", "UPDATE"],
            when=KEPT_LESS,
            message="a file is kept five years from the signature, ten from the end",
        ),
        refuse(
            name="retention_of_what_is_left",
            table="checklists_retention",
            events=["UPDATE"],
            when=f"{approved('OLD.tender_id')} AND (NEW.signed_on <> OLD.signed_on OR "
            "NEW.tender_id <> OLD.tender_id OR NEW.procedure_until <> OLD.procedure_until OR "
            "(OLD.executed_on IS NOT NULL AND (NEW.executed_on IS NULL "
            "OR NEW.executed_on < OLD.executed_on)))",
            message="the dates of a tender of which something was eliminated are kept",
        ),
        refuse(
            name="retention_is_kept",
            table="checklists_retention",
            events=["DELETE"],
            message="the dates of a tender are kept",
        ),
        refuse(
            name="retention_holder_added",
            table="checklists_retention_holders",
            events=["INSERT", "UPDATE"],
            when=approved_of("NEW.retention_id"),
            message="who got a contract does not change once something was eliminated",
        ),
        refuse(
            name="retention_holder_taken",
            table="checklists_retention_holders",
            events=["DELETE"],
            when=approved_of("OLD.retention_id"),
            message="who got a contract does not change once something was eliminated",
        ),
        refuse(
            name="hold_is_kept",
            table="checklists_retentionhold",
            events=["DELETE", "UPDATE OF tender_id, reason, placed_at, placed_by_id"],
            message="a hold is kept as it was placed",
        ),
        refuse(
            name="hold_lifted_once",
            table="checklists_retentionhold",
            events=["UPDATE OF lifted_at, lifted_by_id, lift_reason"],
            when="OLD.lifted_at IS NOT NULL",
            message="a hold is lifted once",
        ),
        refuse(
            name="elimination_not_before_its_time",
            table="checklists_elimination",
            events=["INSERT", "UPDATE OF decision"],
            when=TOO_EARLY,
            message="nothing is eliminated before its date, or during a hold",
        ),
        refuse(
            name="elimination_is_kept",
            table="checklists_elimination",
            events=[
                "DELETE",
                "UPDATE OF tender_id, scope, due_on, reason, proposed_at, proposed_by_id",
            ],
            message="a proposal of elimination is kept as it was made",
        ),
        refuse(
            name="elimination_decided_once",
            table="checklists_elimination",
            events=[DECIDED],
            when="OLD.decision <> ''",
            message="an elimination is decided once",
        ),
        refuse(
            name="elimination_carried_out_once",
            table="checklists_elimination",
            events=["UPDATE OF removed_at"],
            when="OLD.removed_at IS NOT NULL",
            message="an elimination is carried out once",
        ),
        refuse(
            name="eliminated_file_kept",
            table="checklists_eliminatedfile",
            events=["UPDATE", "DELETE"],
            message="the list of what was eliminated is kept",
        ),
        refuse(
            name="eliminated_file_listed_before",
            table="checklists_eliminatedfile",
            events=["INSERT"],
            when="EXISTS (SELECT 1 FROM checklists_elimination e "
            "WHERE e.id = NEW.elimination_id AND e.decision <> '')",
            message="what is eliminated is listed before it is decided",
        ),
    ]
