"""What is published never changes: the database refuses it.

A published clausier version with its chapters and points; a published checklist with its items.
"""

from django.db import migrations

from uniha_clausier.common.triggers import freeze, refuse


def version_is_published(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_clausierversion v "
        f"WHERE v.id = {row}.version_id AND v.state = 'published')"
    )


def checklist_is_published(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM checklists_checklist c "
        f"WHERE c.id = {row}.checklist_id AND c.state = 'published')"
    )


VERSION = "a published clausier version is immutable"
CHECKLIST = "a published checklist is frozen"


class Migration(migrations.Migration):
    dependencies = [
        ("checklists", "0001_initial"),
        ("common", "0002_append_only"),
    ]

    operations = [
        refuse(
            name="version_frozen",
            table="checklists_clausierversion",
            events=["UPDATE", "DELETE"],
            when="OLD.state = 'published'",
            message=VERSION,
        ),
        *(
            operation
            for table in ("chapter", "controlpoint")
            for operation in freeze(
                name=table,
                table=f"checklists_{table}",
                when=version_is_published,
                message=VERSION,
            )
        ),
        refuse(
            name="checklist_frozen",
            table="checklists_checklist",
            events=["UPDATE", "DELETE"],
            when="OLD.state = 'published'",
            message=CHECKLIST,
        ),
        *freeze(
            name="checklistitem",
            table="checklists_checklistitem",
            when=checklist_is_published,
            message=CHECKLIST,
        ),
    ]
