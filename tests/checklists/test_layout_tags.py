"""The navigation marks where the person is, and only once."""

import pytest
from django.template import Context, Template
from django.urls import NoReverseMatch

LINK = "{% load layout %}{% nav_link 'account_login' 'Connexion' '/autre/' %}"


def render(rf, path: str) -> str:
    return Template(LINK).render(Context({"request": rf.get(path)}))


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        ("/connexion/", ' aria-current="page"'),
        ("/connexion/suite/", ' aria-current="true"'),
        ("/autre/12/", ' aria-current="true"'),
        ("/ailleurs/", ""),
    ],
)
def test_the_current_entry_is_marked(rf, path, mark):
    assert render(rf, path) == f'<li><a href="/connexion/"{mark}>Connexion</a></li>'


def test_an_entry_without_page_is_an_error_and_not_a_hole():
    with pytest.raises(NoReverseMatch):
        Template("{% load layout %}{% nav_link 'no_such_page' 'Rien' %}").render(Context())


def test_an_entry_needs_no_request():
    assert Template(LINK).render(Context()) == '<li><a href="/connexion/">Connexion</a></li>'
