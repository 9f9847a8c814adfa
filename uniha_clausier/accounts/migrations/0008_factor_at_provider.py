from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_provisional_passwords"),
    ]

    operations = [
        migrations.AddField(
            model_name="openididentity",
            name="factor_proved_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="Second facteur vérifié le"
            ),
        ),
    ]
