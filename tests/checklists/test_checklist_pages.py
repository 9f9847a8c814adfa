"""The pages of a checklist: version, profile, points, publication."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import checklists
from checklists.enums import Flag, Force, VersionState
from checklists.models import Checklist, ClausierVersion
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.models import AuditEvent
from vendors.models import Lot

from .checklist_site import NB, asked, said, text, url, without_token


@pytest.fixture
def version(db: None) -> ClausierVersion:
    return factories.version()


@pytest.fixture
def lot(facility: Facility, buyer: User) -> Lot:
    return factories.lot(facility, buyer)


@pytest.fixture
def draft(facility: Facility, buyer: User, version: ClausierVersion) -> Checklist:
    return factories.draft_checklist(buyer, facility, on=version)


@pytest.fixture
def published(facility: Facility, buyer: User, version: ClausierVersion) -> Checklist:
    return factories.published_checklist(buyer, facility, on=version)


@pytest.fixture
def reader(client: Client, facility: Facility) -> Client:
    other = Client()
    other.force_login(factories.member(facility, Role.READER))
    return other


# -- Access ----------------------------------------------------------------------------------------

GET_PAGES = ["edit", "version", "points", "publish"]
POSTS = [
    ("edit", ()),
    ("start", ()),
    ("version", ()),
    ("force", ("O-1.1",)),
    ("knock_out", ("O-1.1",)),
    ("publish", ()),
]


def address(name: str, draft: Checklist, *ref: str) -> str:
    """The page that starts a checklist is the lot's; the others are the checklist's."""
    return url(name, draft.lot_id if name == "start" else draft.pk, *ref)


@pytest.mark.parametrize("name", GET_PAGES)
def test_a_stranger_gets_the_404_of_what_does_not_exist(client, stranger, draft, name):
    client.force_login(stranger)
    response = client.get(url(name, draft.pk))
    nowhere = client.get(url(name, 10**6))
    assert response.status_code == nowhere.status_code == 404
    assert without_token(response) == without_token(nowhere)


@pytest.mark.parametrize(("name", "ref"), POSTS)
def test_a_stranger_changes_nothing(client, stranger, draft, name, ref):
    client.force_login(stranger)
    assert client.post(address(name, draft, *ref)).status_code == 404
    draft.refresh_from_db()
    assert (draft.profile, draft.state) == (["DP"], VersionState.DRAFT)


@pytest.mark.parametrize(("name", "ref"), POSTS)
def test_a_reader_may_not_post(reader, draft, name, ref):
    assert reader.post(address(name, draft, *ref)).status_code == 403
    draft.refresh_from_db()
    assert (draft.profile, draft.state) == (["DP"], VersionState.DRAFT)


def test_a_reader_reads_without_any_button(reader, draft):
    for name, ref in [("edit", ()), ("points", ()), ("point", ("O-1.1",)), ("publish", ())]:
        response = reader.get(url(name, draft.pk, *ref))
        assert response.status_code == 200
        main = text(response).split("<main")[1].split("</main")[0]
        assert "Réservé au rôle acheteur." in main
        assert re.findall(r'<button type="submit"[^>]*>(.*?)</button>', main) == (
            ["Filtrer"] if name == "points" else []
        )


@pytest.mark.parametrize(
    ("name", "ref", "method"),
    [
        ("discard", (), "put"),
        ("force", ("O-1.1",), "get"),
        ("knock_out", ("O-1.1",), "get"),
        ("points", (), "post"),
        ("point", ("O-1.1",), "post"),
        ("edit", (), "put"),
        ("version", (), "delete"),
        ("publish", (), "patch"),
    ],
)
def test_a_method_that_is_not_offered_is_refused(signed_in, draft, name, ref, method):
    assert getattr(signed_in, method)(url(name, draft.pk, *ref)).status_code == 405


@pytest.mark.parametrize("name", ["points", "publish", "version"])
def test_a_lot_without_checklist_has_no_such_page(signed_in, lot, name):
    assert signed_in.get(url(name, lot.pk)).status_code == 404


# -- Version ---------------------------------------------------------------------------------------


def test_a_buyer_chooses_among_the_published_versions(signed_in, lot, version):
    factories.version(published=False)
    response = signed_in.get(url("start", lot.pk))
    assert [found.pk for found in response.context["versions"]] == [version.pk]
    assert "6 points de contrôle." in text(response)


def test_our_own_clausier_comes_first(signed_in, lot, version):
    ours = factories.version()
    type(ours.clausier).objects.filter(pk=ours.clausier_id).update(code="securite-numerique")
    factories.version()
    response = signed_in.get(url("start", lot.pk))
    assert response.context["versions"][0].pk == ours.pk
    assert response.context["chosen"] == str(ours.pk)


def test_a_proposal_comes_last_and_says_what_it_is(signed_in, lot, version):
    proposal = factories.version(is_proposal=True)
    response = signed_in.get(url("start", lot.pk))
    assert [found.pk for found in response.context["versions"]] == [version.pk, proposal.pk]
    first, last = text(response).split(proposal.title, 1)
    assert "Proposition de Clausier, qui ne reprend aucun texte officiel." in last
    assert "conseillée" in first and "roposition" not in first


def test_a_proposal_that_stands_alone_is_not_recommended(signed_in, lot):
    factories.version(is_proposal=True)
    page = text(signed_in.get(url("start", lot.pk)))
    assert "Proposition de Clausier" in page and "conseillée" not in page


def test_without_any_version_the_page_says_whom_to_ask(signed_in, lot):
    assert "Aucun clausier n’est chargé" in text(signed_in.get(url("start", lot.pk)))


def test_a_reader_sees_that_nothing_is_started(reader, lot, version):
    response = reader.get(url("start", lot.pk))
    assert "La check-list n’est pas commencée" in text(response)
    assert "Commencer avec cette version" not in text(response)


def test_starting_creates_the_draft(signed_in, lot, version):
    response = signed_in.post(url("start", lot.pk), {"version": version.pk})
    checklist = Checklist.objects.get()
    assert response.url == url("edit", checklist.pk)
    assert (checklist.lot_id, checklist.version_id, checklist.profile) == (lot.pk, version.pk, [])


def test_starting_twice_keeps_the_first(signed_in, lot, version):
    signed_in.post(url("start", lot.pk), {"version": version.pk})
    response = signed_in.post(url("start", lot.pk), {"version": version.pk})
    assert said(response) == [f"Ce lot a déjà sa check-list{NB}: ouvrez-la pour la modifier."]
    assert Checklist.objects.count() == 1


def test_a_lot_carries_several_clausiers_one_checklist_each(signed_in, lot, version):
    other = factories.version()
    signed_in.post(url("start", lot.pk), {"version": version.pk})
    page = signed_in.get(url("start", lot.pk))
    assert [found.pk for found in page.context["versions"]] == [other.pk]
    assert "Ajouter un clausier" in text(page) and str(version) in text(page)
    signed_in.post(url("start", lot.pk), {"version": other.pk})
    assert [one.version_id for one in lot.checklists.order_by("pk")] == [version.pk, other.pk]
    assert "Il n’y a pas d’autre clausier" in text(signed_in.get(url("start", lot.pk)))


def test_a_draft_does_not_move_to_a_clausier_that_the_lot_carries(signed_in, lot, version, buyer):
    first = checklists.start_checklist(lot=lot, version=version, by=buyer)
    other = factories.version()
    checklists.start_checklist(lot=lot, version=other, by=buyer)
    assert list(signed_in.get(url("version", first.pk)).context["versions"]) == []
    response = signed_in.post(url("version", first.pk), {"version": other.pk})
    assert said(response) == ["Ce lot porte déjà ce clausier."]
    first.refresh_from_db()
    assert first.version_id == version.pk


def test_a_draft_may_be_given_up_and_the_journal_keeps_it(signed_in, draft, facility):
    assert "Rien de publié ne change." in text(signed_in.get(url("discard", draft.pk)))
    lot = draft.lot
    response = signed_in.post(url("discard", draft.pk))
    assert response.url == reverse("checklists:tender_detail", args=[lot.tender_id])
    assert not lot.checklists.exists()
    kept = journal.history(tenant=facility.pk, subject=f"checklist/{draft.pk}")[-1]
    assert kept.action == "checklist.discarded"
    assert kept.data["content"]["profile"] == ["DP"]


def test_what_is_published_is_never_given_up(signed_in, published):
    assert signed_in.post(url("discard", published.pk)).status_code == 403
    assert Checklist.objects.filter(pk=published.pk).exists()


@pytest.mark.parametrize("value", ["", "999999", "x"])
def test_starting_on_nothing_says_so_beside_the_field(signed_in, lot, version, value):
    response = signed_in.post(url("start", lot.pk), {"version": value})
    assert response.status_code == 422
    assert response.context["form"].errors["version"]
    assert 'id="id_version_error"' in text(response)
    assert "<title>Erreur" in text(response)
    assert not Checklist.objects.exists()


def test_a_draft_version_cannot_be_chosen(signed_in, lot, version):
    hidden = factories.version(published=False)
    assert signed_in.post(url("start", lot.pk), {"version": hidden.pk}).status_code == 422


def test_changing_the_version_keeps_the_profile(signed_in, draft):
    other = factories.version()
    assert "restent là où le texte" in text(signed_in.get(url("version", draft.pk)))
    response = signed_in.post(url("version", draft.pk), {"version": other.pk})
    assert response.url == url("edit", draft.pk)
    draft.refresh_from_db()
    assert (draft.version_id, draft.profile) == (other.pk, ["DP"])


def test_a_second_click_on_the_same_version_loses_nothing(signed_in, draft, buyer):
    checklists.force_point(
        checklist=draft, ref="O-3.3", force=Force.IN, reason="Poste fourni.", by=buyer
    )
    signed_in.post(url("version", draft.pk), {"version": draft.version_id})
    assert draft.items.get(point__ref="O-3.3").force_reason == "Poste fourni."


def test_without_another_version_there_is_nothing_to_choose(signed_in, draft):
    html = text(signed_in.get(url("version", draft.pk)))
    assert "Il n’y a pas d’autre version" in html
    assert "Refaire" not in html


def test_changing_to_no_version_is_refused(signed_in, draft):
    assert signed_in.post(url("version", draft.pk), {"version": ""}).status_code == 422


def test_the_version_of_a_published_checklist_stays(signed_in, published):
    other = factories.version()
    response = signed_in.post(url("version", published.pk), {"version": other.pk})
    assert "vient d’être publiée" in said(response)[0]
    assert Checklist.objects.get().version_id == published.version_id
    assert "Refaire" not in text(signed_in.get(url("version", published.pk)))


# -- Profile ---------------------------------------------------------------------------------------


def save(client: Client, checklist: Checklist, flags: list[str], seen: list[str], **more: str):
    data = {"flags": flags, "seen": seen} | more
    return client.post(url("edit", checklist.pk), data)


def test_the_profile_asks_twenty_questions_with_their_help(signed_in, draft):
    response = signed_in.get(url("edit", draft.pk))
    html = text(response)
    assert html.count('name="flags"') == 20
    assert "aide-SAAS" in html
    assert 'value="DP" id="question-DP"' in html
    assert f"Points demandés{NB}: <strong data-count>5</strong> sur 6" in html
    assert f'data-effect="{effect_url(draft)}"' in html
    assert f"Coche aussi{NB}: «{NB}La solution a une interface web{NB}»." in html


def test_saving_the_profile_changes_the_points(signed_in, draft):
    response = save(signed_in, draft, ["INST"], ["DP"])
    assert (response.status_code, response.url) == (302, url("edit", draft.pk))
    assert said(response) == ["Le profil est enregistré."]
    assert asked(draft) == ["O-1.1", "O-3.3", "O-7.1", "O-7.2"]


def test_saving_may_lead_to_the_points(signed_in, draft):
    response = save(signed_in, draft, ["INST"], ["DP"], review="1")
    assert response.url == url("points", draft.pk)


def test_what_is_ticked_of_office_is_explained(signed_in, draft):
    response = save(signed_in, draft, ["DS"], ["DP"])
    assert said(response) == [
        (
            f"Le profil est enregistré. «{NB}Le titulaire traite des données personnelles pour "
            f"l’établissement{NB}» est coché d’office, parce que les données de santé sont des "
            "données personnelles."
        )
    ]
    html = text(signed_in.get(url("edit", draft.pk)))
    assert "Coché d’office, parce que les données de santé sont des données personnelles." in html


def test_saving_the_same_profile_twice_is_one_event(signed_in, draft):
    for _repeat in range(2):
        save(signed_in, draft, ["INST"], ["DP"])
    changes = AuditEvent.objects.filter(action="checklist.profile_changed", data__after=["INST"])
    assert changes.count() == 1


def test_counting_again_saves_nothing(signed_in, draft):
    response = save(signed_in, draft, ["INST"], ["DP"], preview="1")
    assert response.status_code == 200
    html = text(response)
    assert f"Points demandés{NB}: <strong data-count>4</strong> sur 6" in html
    assert f"+1 point{NB}: O-3.3. −2 points{NB}: O-2.1, O-2.8. Pas encore enregistré." in html
    assert response.context["seen"] == ["DP"]
    draft.refresh_from_db()
    assert draft.profile == ["DP"]


def effect_url(checklist: Checklist) -> str:
    return reverse("checklists:profile_effect", args=[checklist.pk])


def test_the_effect_of_a_tick_names_what_comes_in_and_goes_out_with_its_reason(signed_in, draft):
    response = signed_in.get(effect_url(draft), {"flags": ["INST"]})
    html = text(response)
    came, went = html.split("entrerait")[1].split("sortiraient")
    assert "+ 1 point" in html and "− 2 points" in html
    link = '<a href="' + url("point", draft.pk, "O-3.3") + '">O-3.3</a> Titre du point O-3.3'
    assert link in came
    assert "Demandé parce que" in came and "installation sur votre système" in came
    went = went.split("data-part")[0]
    assert ">O-2.1</a>" in went and ">O-2.8</a>" in went
    assert "il faudrait des données personnelles traitées par le titulaire" in went
    draft.refresh_from_db()
    assert draft.profile == ["DP"], "nothing is saved"


def test_the_effect_says_what_is_ticked_of_office(signed_in, draft):
    html = text(signed_in.get(effect_url(draft), {"flags": ["DS"]}))
    assert 'data-part="office-DP">Coché d’office' in html.replace("> Coché", ">Coché")
    assert "Rien ne diffère" not in html
    assert "Aucun point n’entre ni ne sort." in html
    same = text(signed_in.get(effect_url(draft), {"flags": ["DP"]}))
    assert "Rien ne diffère de ce qui est enregistré" in same
    assert "Pas encore enregistré" not in same


def test_the_effect_obeys_what_the_buyer_forced(signed_in, draft, buyer):
    checklists.force_point(
        checklist=draft, ref="O-3.3", force=Force.OUT, reason="Hors du marché.", by=buyer
    )
    html = text(signed_in.get(effect_url(draft), {"flags": ["DP", "INST"]}))
    assert ">O-3.3</a>" not in html


def test_an_unknown_answer_has_no_effect(signed_in, draft):
    assert signed_in.get(effect_url(draft), {"flags": ["LUNE"]}).status_code == 422


@pytest.mark.parametrize("flags", [[], list(Flag.values)])
def test_the_effect_is_what_saving_does(signed_in, buyer, facility, flags):
    draft = factories.draft_checklist(buyer, facility)
    before = set(asked(draft))
    html = text(signed_in.get(effect_url(draft), {"flags": flags}))
    told = set(re.findall(r">(O-[\d.]+)</a>", html))
    checklists.set_profile(checklist=draft, flags=flags, by=buyer)
    assert told == before ^ set(asked(draft))


def test_a_profile_changed_by_somebody_else_is_not_overwritten(signed_in, draft, facility):
    other = factories.member(facility)
    checklists.set_profile(checklist=draft, flags=["SAAS"], by=other)
    response = save(signed_in, draft, ["INST"], ["DP"])
    assert response.status_code == 409
    assert "Une autre personne vient de changer le profil." in text(response)
    ticked = [
        question["flag"]
        for group in response.context["groups"]
        for question in group["questions"]
        if question["is_ticked"]
    ]
    assert ticked == ["INST"]
    assert response.context["seen"] == ["SAAS"]
    draft.refresh_from_db()
    assert draft.profile == ["SAAS"]
    assert save(signed_in, draft, ["INST"], ["SAAS"]).status_code == 302


def test_an_unknown_flag_is_refused(signed_in, draft):
    response = save(signed_in, draft, ["ZZZ"], ["DP"])
    assert response.status_code == 422
    assert "rechargez la page" in text(response)


def test_saving_without_a_checklist_is_404(signed_in, lot):
    assert signed_in.post(url("edit", lot.pk), {"flags": ["DP"]}).status_code == 404


@pytest.mark.parametrize("action", ["save", "preview"])
def test_a_published_profile_is_read_only(signed_in, published, action):
    html = text(signed_in.get(url("edit", published.pk)))
    assert f"La check-list est publiée{NB}: elle ne change plus." in html
    assert html.count("disabled") == 20
    assert "Enregistrer" not in html
    response = save(signed_in, published, ["INST"], ["DP"], **{action: "1"})
    assert "vient d’être publiée" in said(response)[0]
    published.refresh_from_db()
    assert published.profile == ["DP"]


# -- Publication -----------------------------------------------------------------------------------


def publish(client: Client, checklist: Checklist, content: str | None = None) -> Any:
    seen = checklists.fingerprint(checklist) if content is None else content
    return client.post(url("publish", checklist.pk), {"content": seen})


def test_the_recap_says_everything_in_words(signed_in, draft, buyer):
    checklists.force_point(
        checklist=draft, ref="O-3.3", force=Force.IN, reason="Poste fourni.", by=buyer
    )
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    html = text(signed_in.get(url("publish", draft.pk)))
    assert "Le titulaire traite des données personnelles pour l’établissement" in html
    assert "6 sur 6, dont 1 rappel de l’établissement, jamais noté" in html
    assert f"Motif{NB}: Poste fourni." in html
    assert "Titre du point O-7.1" in html
    assert "Publier la check-list</button>" in html


def test_what_is_missing_is_said_with_its_link(signed_in, buyer, facility, version):
    draft = factories.draft_checklist(buyer, facility, flags=(), on=version)
    html = text(signed_in.get(url("publish", draft.pk)))
    assert "Il manque encore" in html
    assert f'<a href="{url("edit", draft.pk)}">Décrire l’achat</a>' in html
    assert 'aria-disabled="true"' in html
    assert 'name="content"' not in html
    response = publish(signed_in, draft)
    assert said(response) == [
        f"Décrivez l’achat{NB}: aucune réponse du profil n’est encore cochée."
    ]
    draft.refresh_from_db()
    assert draft.state == VersionState.DRAFT


def test_a_clausier_without_conditions_needs_no_profile(signed_in, buyer, facility):
    points = [{"ref": "A-1", "answer_kind": "yes_no"}, {"ref": "A-2", "answer_kind": "yes_no"}]
    version = factories.version(points=points)
    draft = factories.draft_checklist(buyer, facility, flags=(), on=version)
    assert publish(signed_in, draft).status_code == 302
    draft.refresh_from_db()
    assert draft.is_published


def test_nothing_but_reminders_cannot_be_published(signed_in, draft, buyer):
    for ref in ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]:
        checklists.force_point(
            checklist=draft, ref=ref, force=Force.OUT, reason="Sans objet.", by=buyer
        )
    html = text(signed_in.get(url("publish", draft.pk)))
    assert f'<a href="{url("points", draft.pk)}">Voir les points</a>' in html


def test_publishing_shows_the_hash_the_author_and_what_is_next(signed_in, draft, buyer):
    response = publish(signed_in, draft)
    assert response.url == url("publish", draft.pk)
    assert said(response) == [f"La check-list est publiée{NB}: elle ne changera plus."]
    draft.refresh_from_db()
    html = text(signed_in.get(response.url))
    shown_hash = html.split('class="hash fingerprint"><code>')[1].split("</code>")[0]
    assert shown_hash.replace("<span>", "").replace("</span>", "") == draft.content_sha256
    assert f"par {buyer.full_name}. Elle ne change plus." in html
    assert "Ajouter et évaluer les candidats" in html
    assert "Publier la check-list</button>" not in html


def test_a_second_click_says_that_it_is_published(signed_in, draft):
    publish(signed_in, draft)
    response = publish(signed_in, draft)
    assert said(response)[-1] == f"Cette check-list était déjà publiée{NB}: rien n’a changé."
    assert AuditEvent.objects.filter(action="checklist.published").count() == 1


@pytest.mark.parametrize("content", ["", "0" * 64])
def test_only_what_was_read_is_published(signed_in, draft, content):
    response = publish(signed_in, draft, content=content)
    assert "a changé depuis que vous l’avez affichée" in said(response)[0]
    draft.refresh_from_db()
    assert not draft.is_published


def test_a_change_by_somebody_else_stops_a_stale_publication(signed_in, draft, facility):
    seen = checklists.fingerprint(draft)
    other = factories.member(facility)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=other)
    publish(signed_in, draft, content=seen)
    draft.refresh_from_db()
    assert not draft.is_published


# -- Queries ---------------------------------------------------------------------------------------

MANY = [
    {"ref": f"O-{chapter}.{number}", "condition": "ALWAYS", "answer_kind": "yes_no"}
    for chapter in range(1, 13)
    for number in range(1, 11)
]


@pytest.mark.parametrize("points", [MANY[:1], MANY[:3], MANY], ids=["1", "3", "120"])
@pytest.mark.parametrize(
    ("name", "ref", "queries"),
    [("edit", (), 9), ("points", (), 8), ("point", ("O-1.1",), 8), ("publish", (), 16)],
)
def test_queries_do_not_grow_with_the_points(
    signed_in, buyer, facility, django_assert_num_queries, points, name, ref, queries
):
    version = factories.version(points=points)
    draft = factories.draft_checklist(buyer, facility, on=version)
    checklists.force_point(checklist=draft, ref="O-1.1", force=Force.IN, reason="Motif.", by=buyer)
    with django_assert_num_queries(queries):
        assert signed_in.get(url(name, draft.pk, *ref)).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_the_versions(signed_in, lot, django_assert_num_queries, count):
    for _number in range(count):
        factories.version()
    with django_assert_num_queries(6):
        assert signed_in.get(url("start", lot.pk)).status_code == 200
