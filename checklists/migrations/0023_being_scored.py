"""« Mes points » finds the assessments that are being scored by their own index."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("checklists", "0022_dossiers"),
        ("vendors", "0002_opening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(
                condition=models.Q(("scored__lt", models.F("total"))),
                fields=["facility"],
                name="assessment_being_scored",
            ),
        ),
    ]
