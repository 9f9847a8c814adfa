"""The points of a checklist: why each is in or out, and what the buyer decides."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from checklists.domain import checklists
from checklists.enums import Force
from checklists.models import Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

from .checklist_site import NB, said, text, url


@pytest.fixture
def draft(facility: Facility, buyer: User) -> Checklist:
    return factories.draft_checklist(buyer, facility)


@pytest.fixture
def published(facility: Facility, buyer: User) -> Checklist:
    return factories.published_checklist(buyer, facility)


# -- Points ----------------------------------------------------------------------------------------


def shown(response: Any) -> list[str]:
    return [row.point.ref for section in response.context["sections"] for row in section.rows]


def test_each_point_says_why_it_is_in_or_out(signed_in, draft, buyer):
    checklists.force_point(
        checklist=draft, ref="O-7.2", force=Force.OUT, reason="Doublon.", by=buyer
    )
    html = text(signed_in.get(url("points", draft.pk)))
    assert "Toujours demandé" in html
    assert f"Demandé parce que{NB}: données personnelles" in html
    assert f"Rappel{NB}: obligation de l’établissement, jamais notée" in html
    assert f"Écarté{NB}: il faudrait une installation sur votre système d’information" in html
    assert f"Retiré par {buyer.full_name} le " in html
    assert f"Motif{NB}: Doublon." in html
    assert "6 points sur 6" in html


@pytest.mark.parametrize(
    ("query", "refs"),
    [
        ("", ["O-1.1", "O-2.1", "O-2.8", "O-3.3", "O-7.1", "O-7.2"]),
        ("voir=demandes", ["O-1.1", "O-2.1", "O-2.8", "O-3.3", "O-7.1"]),
        ("voir=ecartes", ["O-7.2"]),
        ("voir=forces", ["O-3.3", "O-7.2"]),
        ("voir=eliminatoires", ["O-7.1"]),
        ("voir=autre", ["O-1.1", "O-2.1", "O-2.8", "O-3.3", "O-7.1", "O-7.2"]),
        ("q=7.1", ["O-7.1"]),
        ("q=L'EXIGENCE+o-2", ["O-2.1", "O-2.8"]),
        ("q=rien", []),
        ("q=titre&voir=forces", ["O-3.3", "O-7.2"]),
    ],
)
def test_filters_stand_in_the_address(signed_in, draft, buyer, query, refs):
    for ref, force in [("O-3.3", Force.IN), ("O-7.2", Force.OUT)]:
        checklists.force_point(checklist=draft, ref=ref, force=force, reason="Motif.", by=buyer)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    response = signed_in.get(f"{url('points', draft.pk)}?{query}")
    assert shown(response) == refs
    count = {0: "Aucun point", 1: "1 point"}.get(len(refs), f"{len(refs)} points")
    assert f"<span>{count} sur 6</span>" in text(response)
    assert ("Aucun point ne correspond" in text(response)) is (refs == [])


def test_requirements_unfold_without_javascript(signed_in, draft):
    folded = text(signed_in.get(url("points", draft.pk) + "?voir=demandes"))
    assert "<details open" not in folded
    assert "?voir=demandes&amp;exigences=toutes" in folded
    opened = text(signed_in.get(url("points", draft.pk) + "?exigences=toutes"))
    assert opened.count("<details open") == 6


def test_an_erratum_is_shown(signed_in, buyer, facility):
    points = [factories.POINTS[0] | {"erratum": "Le texte renvoie à un article abrogé."}]
    checklist = factories.draft_checklist(buyer, facility, on=factories.version(points=points))
    for name, ref in [("points", ()), ("point", ("O-1.1",))]:
        html = text(signed_in.get(url(name, checklist.pk, *ref)))
        assert "Le texte renvoie à un article abrogé." in html


def test_what_is_typed_is_escaped(signed_in, draft, buyer):
    reason = "<script>alert(1)</script>"
    checklists.force_point(checklist=draft, ref="O-3.3", force=Force.IN, reason=reason, by=buyer)
    for name, ref in [("points", ()), ("point", ("O-3.3",)), ("publish", ())]:
        html = text(signed_in.get(url(name, draft.pk, *ref)))
        assert reason not in html
        assert escape(reason) in html


# -- One point -------------------------------------------------------------------------------------


def force(client: Client, checklist: Checklist, ref: str, **data: str) -> Any:
    return client.post(url("force", checklist.pk, ref), data)


def test_forcing_in_with_a_reason(signed_in, draft):
    html = text(signed_in.get(url("point", draft.pk, "O-3.3")))
    assert "Ajouter ce point" in html
    response = force(signed_in, draft, "O-3.3", force="in", reason=" Poste fourni. ")
    assert response.url == url("points", draft.pk) + "#O-3.3"
    assert said(response) == ["O-3.3 est ajouté à la check-list."]
    item = draft.items.get(point__ref="O-3.3")
    assert (item.is_applicable, item.force, item.force_reason) == (True, "in", "Poste fourni.")


def test_forcing_comes_back_to_the_list_as_it_was_filtered(signed_in, draft):
    back = "voir=ecartes&q=poste+fixe&next=//ailleurs.example"
    response = force(signed_in, draft, "O-3.3", force="in", reason="Motif.", back=back)
    assert response.url == url("points", draft.pk) + "?q=poste+fixe&voir=ecartes#O-3.3"


def test_forcing_without_a_reason_says_so_beside_the_field(signed_in, draft):
    response = force(signed_in, draft, "O-3.3", force="in", reason="  ")
    assert response.status_code == 422
    assert response.context["form"].errors["reason"] == [
        f"Écrivez le motif{NB}: il figure dans la check-list publiée."
    ]
    assert draft.items.get(point__ref="O-3.3").force == ""


def test_a_reason_too_long_is_kept_on_the_page(signed_in, draft):
    typed = "é" * (checklists.REASON_MAX_LENGTH + 1)
    response = force(signed_in, draft, "O-3.3", force="in", reason=typed)
    assert response.status_code == 422
    assert typed in text(response)
    assert f"Raccourcissez le motif{NB}: 2000 caractères au plus." in text(response)


def test_giving_a_point_back_to_the_rule(signed_in, draft, buyer):
    checklists.force_point(
        checklist=draft, ref="O-7.2", force=Force.OUT, reason="Doublon.", by=buyer
    )
    page = text(signed_in.get(url("point", draft.pk, "O-7.2")))
    assert "Revenir à la règle" in page
    assert "Doublon.</textarea>" in page
    response = force(signed_in, draft, "O-7.2", undo="1")
    assert said(response) == ["O-7.2 suit de nouveau la règle du profil."]
    item = draft.items.get(point__ref="O-7.2")
    assert (item.is_applicable, item.force, item.force_reason) == (True, "", "")


def test_a_repeated_decision_is_one_event(signed_in, draft):
    for _repeat in range(2):
        force(signed_in, draft, "O-3.3", force="in", reason="Poste fourni.")
    assert AuditEvent.objects.filter(action="checklist.point_forced").count() == 1


def test_a_decision_that_the_rule_has_joined_says_so(signed_in, draft, buyer):
    checklists.force_point(
        checklist=draft, ref="O-3.3", force=Force.IN, reason="Poste fourni.", by=buyer
    )
    page = url("point", draft.pk, "O-3.3")
    assert "La règle donne désormais" not in text(signed_in.get(page))
    checklists.set_profile(checklist=draft, flags=["INST"], by=buyer)
    assert "La règle donne désormais" in text(signed_in.get(page))


@pytest.mark.parametrize("force_value", ["", "both"])
def test_a_decision_of_another_kind_is_refused(signed_in, draft, force_value):
    response = force(signed_in, draft, "O-3.3", force=force_value, reason="Motif.")
    assert response.status_code == 422


def test_a_point_that_does_not_exist(signed_in, draft):
    assert signed_in.get(url("point", draft.pk, "O-99")).status_code == 404
    response = force(signed_in, draft, "O-99", force="in", reason="Motif.")
    assert response.status_code == 404


def test_a_knock_out_says_its_limit_in_law(signed_in, draft):
    page = url("point", draft.pk, "O-7.1")
    assert "Il n’élimine personne de lui-même" in text(signed_in.get(page))
    response = signed_in.post(url("knock_out", draft.pk, "O-7.1"), {"is_knock_out": "on"})
    assert said(response) == ["O-7.1 est éliminatoire."]
    assert draft.items.get(point__ref="O-7.1").is_knock_out
    response = signed_in.post(url("knock_out", draft.pk, "O-7.1"))
    assert said(response)[-1] == "O-7.1 n’est plus éliminatoire."
    assert not draft.items.get(point__ref="O-7.1").is_knock_out


@pytest.mark.parametrize("ref", ["O-2.8", "O-3.3"])
def test_what_nobody_answers_is_no_knock_out(signed_in, draft, ref):
    assert "éliminatoire de" not in text(signed_in.get(url("point", draft.pk, ref)))
    response = signed_in.post(url("knock_out", draft.pk, ref), {"is_knock_out": "on"})
    assert said(response) == ["Seul un point demandé au candidat peut être éliminatoire."]
    assert not draft.items.get(point__ref=ref).is_knock_out


def test_a_published_point_is_read_only(signed_in, published):
    html = text(signed_in.get(url("point", published.pk, "O-3.3")))
    assert "Ajouter ce point" not in html
    assert "<textarea" not in html
    for response in [
        force(signed_in, published, "O-3.3", force="in", reason="Motif."),
        signed_in.post(url("knock_out", published.pk, "O-7.1"), {"is_knock_out": "on"}),
    ]:
        assert response.status_code == 302
        assert "vient d’être publiée" in said(response)[0]
    assert not published.items.exclude(force="").exists()


def test_publication_between_display_and_decision(signed_in, draft, facility, monkeypatch):
    """The page was opened on a draft; somebody publishes before the decision is written."""
    real = checklists.locked_draft

    def published_first(checklist: Checklist) -> Checklist:
        monkeypatch.setattr(checklists, "locked_draft", real)
        checklists.publish(checklist=checklist, by=factories.member(facility))
        return real(checklist)

    monkeypatch.setattr(checklists, "locked_draft", published_first)
    response = force(signed_in, draft, "O-3.3", force="in", reason="Poste fourni.")
    assert response.status_code == 409
    assert "vient d’être publiée" in text(response)
    assert "Poste fourni.</textarea>" in text(response)
