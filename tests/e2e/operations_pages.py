"""The operator's pages."""

from .acts import submit
from .people import OPERATOR
from .visits import Visit

GIVEN_UP = {"task": "given_up"}

OPERATIONS_VISITS = (
    Visit("operations", who=OPERATOR, title="Exploitation"),
    Visit("task_abandon", who=OPERATOR, of=GIVEN_UP, title="Abandonner une tâche"),
    Visit("task_abandon", "refused", who=OPERATOR, of=GIVEN_UP, then=submit, title="Erreur"),
)
