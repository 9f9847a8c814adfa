"""What is asked of the witness facility: the same pages, lists and saves at every size."""

import hashlib
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.urls import reverse

from checklists.models import Assessment, Evidence, Finding, Reception, Score
from tests import factories
from tests.bench import content
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common import storage
from vendors.models import Tender

Headers = dict[str, str]


class Asked(NamedTuple):
    """One page: what it is called, its address, who asks, and whether it is of one tender."""

    name: str
    address: str
    who: str
    is_of_a_tender: bool


class Witness:
    """The people and the tender that are measured in a loaded installation."""

    def __init__(self, facility: int) -> None:
        self.facility = facility
        self.buyer, self.ciso = self._person(Role.BUYER), self._person(Role.CISO)
        self.tender = Tender.objects.get(facility=facility, reference__contains="-T")
        found = Assessment.objects.filter(candidacy__lot__tender=self.tender)
        self.assessments = list(found.order_by("pk"))
        self.checklist = self.assessments[0].checklist

    def _person(self, role: str) -> User:
        found = User.objects.filter(memberships__facility=self.facility, memberships__role=role)
        return found.earliest("pk")

    @property
    def fresh(self) -> Assessment:
        """One whose candidate has not answered yet."""
        opened = Assessment.objects.filter(
            facility=self.facility, answered=0, candidacy__lot__tender__opening__isnull=False
        )
        return opened.earliest("pk")

    def headers(self) -> dict[str, Headers]:
        """Signed in: the buyer, the RSSI, and the buyer by the API."""
        _token, secret = factories.api_token(self.buyer)
        return {
            "buyer": content._headers(self.buyer)[0],
            "ciso": content._headers(self.ciso)[0],
            "api": {"Authorization": f"Bearer {secret}"},
        }

    def asked(self) -> list[Asked]:
        """The lists of a facility, then the pages of one tender."""
        one, lot = self.assessments[0].pk, self.checklist.pk
        lists = [
            ("Accueil", reverse("home"), "buyer"),
            ("Consultations", "/consultations/", "buyer"),
            ("Consultations, cherchées", "/consultations/?q=imagerie", "buyer"),
            ("Consultations, filtrées, triées", "/consultations/?etat=assessing&tri=-avancement", "buyer"),
            ("Fournisseurs", "/fournisseurs/", "buyer"),
            ("Fournisseurs, cherchés", "/fournisseurs/?q=portalune", "buyer"),
            ("Mes points", "/mes-points/", "ciso"),
            ("Conservation", "/conservation/", "buyer"),
            ("Conservation, filtrée", "/conservation/?etat=due", "buyer"),
            ("Évaluations, par l’API", "/api/v1/assessments", "api"),
            ("Consultations, par l’API", "/api/v1/tenders", "api"),
        ]  # fmt: skip
        pages = [
            ("Page d’une consultation", f"/consultations/{self.tender.pk}/", "buyer"),
            ("Grille d’évaluation", f"/evaluations/{one}/", "buyer"),
            ("Points à relire", f"/evaluations/{one}/constats/?afficher=tous", "ciso"),
            ("Synthèse", reverse("checklists:assessment_summary", args=[one]), "buyer"),
            ("Comparaison", f"/check-lists/{lot}/comparaison/", "buyer"),
            ("Calcul de la note", f"/evaluations/{one}/calcul/", "buyer"),
            ("Documents joints", f"/evaluations/{one}/documents-joints/", "buyer"),
            ("Documents scellés", reverse("checklists:assessment_documents", args=[one]), "buyer"),
            ("Rapport d’analyse", f"/check-lists/{lot}/rapport/", "buyer"),
            ("Dossier de la consultation", f"/consultations/{self.tender.pk}/dossier/", "buyer"),
            ("Évaluation, par l’API", f"/api/v1/assessments/{one}", "api"),
            ("Évaluation, en JSON", reverse("checklists:assessment_export", args=[one, "json"]), "buyer"),
            ("Comparaison, en XLSX", reverse("checklists:comparison_file", args=[lot, "xlsx"]), "buyer"),
        ]  # fmt: skip
        return [Asked(*one, False) for one in lists] + [Asked(*one, True) for one in pages]

    def give_files(self) -> None:
        """Put the files of the tender where their rows say: only these are read here."""
        for model, parts in (
            (Reception, b"Point;R\xc3\xa9ponse\r\n"),
            (Evidence, b"%PDF-1.7 essai "),
        ):
            for row in model.objects.filter(assessment__in=self.assessments):
                file = parts + f"{row.pk}\r\n".encode() * 6_000
                name = storage.store(row.file_name, file)
                told = {"file_name": name, "file_sha256": hashlib.sha256(file).hexdigest()}
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    model.objects.filter(pk=row.pk).update(**told, file_size=len(file))

    def scores(self) -> dict[str, Any]:
        """What each save of a score starts from: never from the value that it writes first."""
        one = self.assessments[0]
        rows = Score.objects.filter(assessment=one).exclude(value__in=["", "partial"])
        return {
            "path": f"/evaluations/{one.pk}/points/",
            "rows": list(rows.order_by("pk").values_list("item__point__ref", "version")),
        }

    def findings(self) -> dict[str, Any]:
        """What each save of a finding of the RSSI starts from."""
        found = Finding.objects.filter(assessment__in=self.assessments, role=Role.CISO)
        first = found.earliest("assessment", "pk").assessment_id
        rows = found.filter(assessment=first).exclude(value="reserved").order_by("pk")
        return {
            "path": f"/evaluations/{first}/constats/points/",
            "rows": list(rows.values_list("item__point__ref", "version", "answer_version")),
        }
