from django.apps import AppConfig


class ChecklistsConfig(AppConfig):
    """What is asked, answered, found and decided."""

    name = "checklists"
    verbose_name = "Check-lists et évaluations"
