"""The components, rendered with a strict engine: an undefined variable fails."""

from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template.loader import render_to_string


def action(**changes: object) -> SimpleNamespace:
    values = {"visible": True, "enabled": True, "reason": "", "label": "Publier la check-list"}
    return SimpleNamespace(**(values | {"url": "/x/", "method": "get", "key": "publier"} | changes))


def component(name: str, **inputs: object) -> str:
    return " ".join(render_to_string(f"_components/{name}.html", inputs).split())


class Purchase(forms.Form):
    reference = forms.CharField(label="Référence", help_text="Celle du profil d’acheteur.")
    kind = forms.ChoiceField(
        label="Nature", choices=[("a", "Logiciel"), ("b", "Service")], widget=forms.RadioSelect
    )
    split = forms.BooleanField(label="Allotie", required=False)


def crispy(form: forms.Form) -> str:
    from django.template import Context, Template

    source = "{% load crispy_forms_filters %}{{ form|crispy }}"
    return " ".join(Template(source).render(Context({"form": form})).split())


def test_an_action_that_is_not_visible_is_not_there():
    assert component("action_button", action=action(visible=False)) == ""


def test_a_get_action_is_a_link():
    html = component("action_button", action=action(), look="primary")
    assert '<a class="btn btn-primary" href="/x/">Publier la check-list</a>' in html


def test_a_post_action_is_a_form_with_its_token():
    html = component("action_button", action=action(method="post"), csrf_token="jeton")
    assert '<form method="post" action="/x/">' in html
    assert 'name="csrfmiddlewaretoken" value="jeton"' in html


def test_a_disabled_action_says_why():
    html = component("action_button", action=action(enabled=False, reason="Il manque 3 points."))
    assert 'aria-disabled="true" aria-describedby="motif-publier"' in html
    assert '<p class="action-reason" id="motif-publier">Il manque 3 points.</p>' in html
    assert "<form" not in html
    assert "href" not in html


def test_page_header_says_where_what_and_next():
    html = component(
        "page_header",
        title="Lot 1",
        badge_kind="version",
        badge_value="published",
        sentence="Figée.",
        action=action(),
    )
    assert "<h1>Lot 1</h1>" in html
    assert "Publiée" in html
    assert "<span>Figée.</span>" in html
    assert "btn-primary" in html


def test_page_header_needs_a_title_only():
    assert "page-state" not in component("page_header", title="Aide")


@pytest.mark.parametrize(("tone", "css"), [("success", "is-compliant"), ("error", "is-non")])
def test_notice(tone, css):
    assert css in component("notice", tone=tone, text="Fait.")


def test_empty_state_says_what_to_do():
    html = component("empty_state", title="Aucun lot", text="Créez-en un.", action=action())
    assert "<h2>Aucun lot</h2>" in html
    assert 'href="/x/"' in html


def test_facts_show_what_is_missing():
    html = component("facts", facts=[("Référence", "2026-1"), ("Lots", 0), ("Titre", "")])
    assert "<dd>2026-1</dd>" in html.replace("<dd> ", "<dd>").replace(" </dd>", "</dd>")
    assert html.count("Non renseigné") == 1


def test_steps_mark_the_current_one():
    steps = [
        SimpleNamespace(label="Préparer", state="done", url="/p/", hint=""),
        SimpleNamespace(label="Publier", state="current", url="", hint="Il reste un profil."),
    ]
    html = component("steps", steps=steps)
    assert html.count('aria-current="step"') == 1
    assert "✓ Terminé" in html


def test_confirmation_asks_with_a_verb():
    html = component(
        "confirm",
        title="Publier ?",
        text="La check-list sera figée.",
        label="Publier",
        cancel_url="/non/",
        csrf_token="jeton",
    )
    assert '<button type="submit" class="btn btn-primary">Publier</button>' in html
    assert '<a href="/non/">Annuler</a>' in html


def test_progress_and_meter_say_it_in_words():
    assert 'aria-label="3 sur 4"' in component("progress", done=3, total=4, text="3 sur 4")
    assert 'value="72.5"' in component("meter", value=72.5, text="72,5 %", label="Taux")


def test_guide_can_be_hidden_without_javascript():
    assert 'href="?guide=non"' in component("guide", sentences=["Un.", "Deux."])


def test_pagination_keeps_the_filters():
    page = Paginator(range(60), 25).page(2)
    html = component("pagination", page=page, query="q=a&")
    assert "26 à 50 sur 60" in html
    assert 'href="?q=a&amp;page=3"' in html
    assert html.count('aria-current="page"') == 1


def test_pagination_of_one_page_only_counts():
    html = component("pagination", page=Paginator(range(3), 25).page(1), query="")
    assert "1 à 3 sur 3" in html
    assert "<ul>" not in html


def test_dialog_has_a_name_and_a_way_out():
    html = component(
        "dialog", id="aide", title="Aide", body="_components/facts.html", data={"facts": []}
    )
    assert 'aria-labelledby="titre-aide"' in html
    assert '<form method="dialog"' in html


def test_required_is_said_in_words():
    html = crispy(Purchase())
    assert html.count("(obligatoire)") == 2
    assert "asteriskField" not in html


def test_errors_stand_beside_their_field_and_in_the_summary():
    html = crispy(Purchase({"reference": "", "kind": "a"}))
    assert "1 erreur à corriger" in html
    assert '<a href="#id_reference">' in html
    assert 'id="id_reference_error" class="invalid-feedback"' in html
    assert 'aria-describedby="id_reference_helptext id_reference_error"' in html
    assert 'aria-invalid="true"' in html


def test_the_summary_counts_the_errors_that_it_shows():
    form = Purchase({"reference": "x", "kind": "a"})
    form.add_error("reference", ["Trop courte.", "Déjà prise."])
    form.add_error(None, "Hors délai.")
    html = crispy(form)
    assert "3 erreurs à corriger" in html
    summary = html.partition("</ul>")[0]
    assert summary.count("<li>") == 3


def test_radios_are_a_fieldset_that_the_summary_reaches():
    html = crispy(Purchase({"reference": "x"}))
    assert '<a href="#id_kind">' in html
    assert '<fieldset id="id_kind" tabindex="-1"' in html
    assert "<legend>Nature" in html


def test_filter_bar_counts_and_resets():
    class Filter(forms.Form):
        q = forms.CharField(label="Rechercher", required=False)

    html = component(
        "filter_bar", form=Filter(), count_text="4 sur 23", active=True, reset_url="/c/"
    )
    assert "4 sur 23" in html
    assert '<a href="/c/">Tout effacer</a>' in html
