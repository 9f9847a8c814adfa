"""Once people have signed, the answers, the scores and the findings never change."""

from django.db import migrations, models

from uniha_clausier.common.triggers import freeze, refuse


def is_signed(row: str) -> str:
    return (
        f"(SELECT signed_at FROM checklists_assessment WHERE id = {row}.assessment_id) IS NOT NULL"
    )


class Migration(migrations.Migration):
    dependencies = [("checklists", "0025_signed_files")]

    operations = [
        # A column that may be empty is added in place: no table is made anew, no trigger is lost.
        migrations.AddField(
            model_name="assessment",
            name="signed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="Signée le"),
        ),
        *[
            operation
            for table in ("answer", "score", "finding")
            for operation in freeze(
                name=f"signed_{table}",
                table=f"checklists_{table}",
                when=is_signed,
                message="a signed assessment is read-only",
            )
        ],
        refuse(
            name="signed_once",
            table="checklists_assessment",
            events=["UPDATE OF signed_at"],
            when="OLD.signed_at IS NOT NULL",
            message="a signed assessment stays signed",
        ),
    ]
