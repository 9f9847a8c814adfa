"""Two presses on one button: what is shown once is seen, and nothing is sent twice."""

import re

import pytest
from playwright.sync_api import Route, expect

from .conftest import SignIn, Site

pytestmark = pytest.mark.long


def test_a_link_pressed_for_twice_is_made_once_and_shows_its_address(
    sign_in: SignIn, site: Site
) -> None:
    page = sign_in()
    page.goto(f"{site.url}/evaluations/{site.things['twice_assessment']}/formulaire/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/formulaire/", hold)  # the second press finds the first on its way
    page.get_by_role("button", name="Créer le lien").evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 100); }"
    )
    page.wait_for_timeout(300)
    (only,) = held
    only.continue_()
    expect(page.get_by_label("Adresse du formulaire")).to_have_value(re.compile("/repondre/"))


def test_another_button_of_the_form_is_not_held_back(sign_in: SignIn, site: Site) -> None:
    """A press on « Enregistrer », then at once on the other one: the last one pressed counts."""
    page = sign_in()
    page.goto(f"{site.url}/consultations/nouvelle/")
    kept = page.evaluate(
        """() => {
          const form = document.querySelector("main form[method=post]");
          const other = form.querySelector("[type=submit]").cloneNode(true);
          form.append(other);
          const left = [];
          window.addEventListener("submit", (event) => {
            left.push(!event.defaultPrevented);
            event.preventDefault();
          });
          for (const button of [form.querySelector("[type=submit]"), other, other]) button.click();
          return left;
        }"""
    )
    assert kept == [True, True, False]
