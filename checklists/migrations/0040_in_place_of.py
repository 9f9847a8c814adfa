"""An opinion or a visa given by delegation keeps in whose place: the triggers freeze the row whole.

Null is a row given in one's own name, and those of before, of which the journal alone says it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def in_place_of() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        editable=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
        verbose_name="Par délégation de",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0039_assessment_versions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(model_name="opinion", name="in_place_of", field=in_place_of()),
        migrations.AddField(model_name="visa", name="in_place_of", field=in_place_of()),
    ]
