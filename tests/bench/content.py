"""The data that is measured: one assessment of every point, complete, in ordinary French.

Others stand beside it, for the clients that save at the same time and for the limit.
"""

import io
import random
from typing import NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils.crypto import get_random_string

from checklists.domain import answering, assessments, findings
from checklists.domain.queries import findings as finding_queries
from checklists.domain.queries import grid as grid_queries
from checklists.enums import FindingValue, Flag, ScoreValue
from checklists.models import Assessment, ClausierVersion, Score
from checklists.models.finding import REVIEWERS
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User

SAID = (
    (
        "Le candidat s’engage à respecter l’exigence et joint la procédure correspondante, datée du "
        "3 mars 2026. Elle est revue chaque année par le responsable de la sécurité."
    ),
    (
        "Voir le plan d’assurance sécurité, § 4.2, pages 18 à 21. La mesure est en place depuis 2023 "
        "et vérifiée à chaque audit interne."
    ),
    "Le mécanisme est natif. Les journaux sont conservés douze mois et transmis à la demande.",
)
DECIDED = {
    ScoreValue.COMPLIANT: "Réponse complète, document joint et vérifié.",
    ScoreValue.PARTIAL: "L’engagement est pris, mais le délai proposé dépasse celui du clausier ; "
    "un plan daté est attendu.",
    ScoreValue.NON_COMPLIANT: "Aucun document joint, la réponse renvoie à une offre commerciale. "
    "Le candidat ne prend pas l’engagement demandé.",
    ScoreValue.TO_CLARIFY: "La pièce annoncée n’est pas dans l’offre : demander où elle se trouve.",
    ScoreValue.NOT_APPLICABLE: "La solution ne comporte pas cet élément.",
}
CHANCES = (7, 2, 1, 1, 1)
MOST_CLIENTS = 8
REVIEWED = 1
"""The pair whose own assessment has findings: the one that is shown has none."""


class Content(NamedTuple):
    """What is measured, and who is signed in.

    ``pairs`` holds one pair of assessments a client: its own, and one for the limit. ``fresh`` has
    no score yet.
    """

    pairs: list[tuple[Assessment, Assessment]]
    fresh: Assessment
    buyer: User
    own_headers: dict[str, str]
    bare_headers: dict[str, str]
    reviewer_headers: dict[str, str] = {}

    @property
    def assessment(self) -> Assessment:
        """The assessment that is shown and sealed."""
        return self.pairs[0][0]


def prepare() -> Content:
    """Fill an empty database through the domain, and sign the buyer in."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("load_clausiers", stdout=io.StringIO())
    facility = factories.facility(name="Centre hospitalier du banc d’essai")
    buyer = factories.member(facility, Role.BUYER, full_name="Camille Berthier")
    version = ClausierVersion.objects.get(clausier__code="securite-numerique", number="2")
    checklist = factories.published_checklist(buyer, facility, flags=tuple(Flag), on=version)
    factories.opening(checklist.lot.tender, buyer)  # before it, no workbook is received
    made = [factories.started(checklist, buyer) for _ in range(2 * MOST_CLIENTS + 1)]
    fill(made[0], buyer)
    made[0].refresh_from_db()
    pairs = list(zip(made[:MOST_CLIENTS], made[MOST_CLIENTS:-1], strict=True))
    reviewer = factories.member(facility, *REVIEWERS, full_name="Dominique Faure")
    factories.no_conflict(made[0], reviewer)
    find(pairs[REVIEWED][0], reviewer)
    return Content(pairs, made[-1], buyer, *_headers(buyer), _headers(reviewer)[0])


def fill(assessment: Assessment, buyer: User, seed: int = 4) -> None:
    """Answer and score every point, the same way each time for one ``seed``."""
    chance = random.Random(seed)
    edits = []
    for item in assessments.scored_items(assessment.checklist):
        claim = chance.choice(answering.CLAIMS_OF_KIND[item.point.answer_kind][:2])
        said = " ".join(chance.sample(SAID, chance.randint(1, 3)))
        [score] = chance.choices(list(DECIDED), CHANCES)
        comment = DECIDED[score] if score != ScoreValue.COMPLIANT or chance.random() < 0.4 else ""
        values = {"claim": claim, "claim_text": said, "score": score, "comment": comment}
        edits += [answering.Edit(item.point.ref, name, str(v), 0) for name, v in values.items()]
    outcome = answering.save_fields(assessment_id=assessment.pk, edits=edits, by=buyer)
    assert outcome.is_clean


def find(assessment: Assessment, reviewer: User) -> None:
    """Give a finding of the RSSI on each point that is theirs."""
    door = grid_queries.door(reviewer, assessment.pk)
    assert door is not None
    texts = grid_queries.catalogue(door.version)
    lines = finding_queries.lines(assessment, Role.CISO, texts)
    edits = [
        findings.Edit(line.ref, "finding", FindingValue.FAVOURABLE, 0, line.answer_version)
        for line in lines
    ]
    outcome = findings.save_findings(
        assessment_id=assessment.pk, role=Role.CISO, edits=edits, by=reviewer
    )
    assert outcome.is_clean


def scores_of(assessment: Assessment) -> dict[str, str]:
    """The value of each point in the database, by its number, in official order."""
    rows = Score.objects.filter(assessment=assessment).order_by("item__position")
    return dict(rows.values_list("item__point__ref", "value"))


def _headers(person: User) -> tuple[dict[str, str], dict[str, str]]:
    """Those of a browser that is signed in; those for the limits, which know nobody.

    With the cookie of a session, a middleware would read it and the account: the limit doesn't.
    """
    client = Client()
    client.force_login(person)
    session = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    secret = get_random_string(32)
    own_form = f"{settings.CSRF_COOKIE_NAME}={secret}"
    token = {"X-CSRFToken": secret}
    return {"Cookie": f"{session}; {own_form}", **token}, {"Cookie": own_form, **token}
