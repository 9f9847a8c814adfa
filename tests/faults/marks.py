"""A task that leaves one line in a file each time that it runs: nothing in it hides a second run."""

import os
from pathlib import Path

from django.conf import settings
from django_tasks import task

NAME = "marks.txt"


@task()
def leave(number: int) -> None:
    """Write which task this is, and which process runs it, in one write that no other cuts."""
    line = f"{number} {os.getpid()}\n".encode()
    with (Path(settings.CLAUSIER_HOME) / NAME).open("ab", buffering=0) as file:
        file.write(line)
