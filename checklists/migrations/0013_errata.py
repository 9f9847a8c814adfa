"""The errata of the published versions: added, never changed, and on a point of their version."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from uniha_clausier.common.triggers import refuse

FOREIGN_POINT = (
    "NOT EXISTS (SELECT 1 FROM checklists_controlpoint p "
    "JOIN checklists_clausierversion v ON v.id = p.version_id "
    "WHERE p.id = NEW.point_id AND v.id = NEW.version_id AND v.state = 'published')"
)


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0012_several_and_editions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Erratum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="Numéro")),
                ("date", models.DateField(verbose_name="Date")),
                ("text", models.TextField(verbose_name="Erratum")),
                ("source", models.TextField(verbose_name="Source")),
                ("recorded_at", models.DateTimeField(verbose_name="Chargé le")),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata",
                        to="checklists.controlpoint",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata",
                        to="checklists.clausierversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "erratum",
                "verbose_name_plural": "errata",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("version", "number"), name="erratum_number_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)), name="erratum_number_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True),
                            models.Q(("source", ""), _negated=True),
                        ),
                        name="erratum_with_text_and_source",
                    ),
                ],
            },
        ),
        refuse(
            name="erratum_point",
            table="checklists_erratum",
            events=["INSERT"],
            when=FOREIGN_POINT,
            message="an erratum is on a point of its published version",
        ),
        refuse(
            name="erratum_frozen",
            table="checklists_erratum",
            events=["UPDATE", "DELETE"],
            message="an erratum never changes",
        ),
    ]
