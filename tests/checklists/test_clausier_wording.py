"""What is mended in an official text when it is shown, and what is left alone."""

import pytest

from checklists.domain.clausier_words import asked_when, parameter_words
from checklists.domain.wording import mended
from checklists.templatetags.clausiers import prose


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("des per- sonnes", "des personnes"),
        ("les mesures tech- niques", "les mesures techniques"),
        ("l’au torité de contrôle", "l’autorité de contrôle"),
        ("ce der- nier", "ce dernier"),
        ("les me- sures", "les mesures"),
        ("ses obliga- tions", "ses obligations"),
        ("imprimables en ersion papier", "imprimables en version papier"),
        (
            "décrites dans ce document décrites dans ce document.",
            "décrites dans ce document.",
        ),
        ("dans le CTTP ou", "dans le CCTP ou"),
        ("L’ETABLISSEMEMNT DE SANTE", "L’ETABLISSEMENT DE SANTE"),
        ("par le titulaire du titulaire", "par le titulaire"),
        ("-Prodécure de", "-Procédure de"),
        ("de sécruité", "de sécurité"),
        ("des esclusions", "des exclusions"),
        ("en condtion", "en condition"),
        ("propriété intelectuelle", "propriété intellectuelle"),
        ("sous- traitée", "sous-traitée"),
        ("le sous- traitant", "le sous-traitant"),
        ("il a sous- crit", "il a souscrit"),
        ("lui- même", "lui-même"),
        ("celui- ci", "celui-ci"),
        ("un pare- feu", "un pare-feu"),
        ("anti- intrusion", "anti-intrusion"),
        ("la PGSSI- S", "la PGSSI-S"),
        ("http://a.fr/bonnes- pratiques/b", "http://a.fr/bonnes-pratiques/b"),
    ],
)
def test_a_scar_is_mended(broken: str, whole: str) -> None:
    assert mended(broken) == whole
    assert mended(whole) == whole


@pytest.mark.parametrize(
    "sound",
    [
        "le sous-traitant", "pré- et post-opératoire", "- un élément de liste", "a - b",
        "2024- 2025", "PGSSI- Dispositifs", "une liste :\n- un\n- deux", "TLS 1.2 -\nou plus",
        "cartographie", "du titulaire du marché", "",
    ],
)  # fmt: skip
def test_a_sound_text_is_left_alone(sound: str) -> None:
    assert mended(sound) == sound


def test_a_hostile_text_is_mended_at_once() -> None:
    assert len(mended("a" * 100_000 + "- b" + " " * 100_000)) == 200_001
    assert mended("a- " * 20_000)


def test_lines_become_paragraphs_and_lists() -> None:
    html = prose("Le titulaire :\n• range <b> ;\n- sa- lade ;\n\nFin.")
    assert html == (
        "<p>Le titulaire :</p>\n<ul><li>range &lt;b&gt; ;</li><li>salade ;</li></ul>\n<p>Fin.</p>"
    )
    assert prose("") == ""


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("ALWAYS", "toujours"),
        ("WIFI", "s’il y a un raccordement à votre Wi-Fi"),
        (
            "MAINT | INST",
            (
                "s’il y a une installation sur votre système d’information ou "
                "une maintenance par le titulaire"
            ),
        ),
        (
            "DP & SGBD & CRYPTO",
            (
                "s’il y a des données personnelles traitées par le titulaire, "
                "une base de données du marché et de la cryptographie"
            ),
        ),
    ],
)
def test_a_condition_in_words(condition: str, words: str) -> None:
    assert asked_when(condition) == words


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ({"type": "duration", "value": 21, "unit": "day"}, "21 jours"),
        ({"type": "duration", "value": 1, "unit": "month"}, "1 mois"),
        ({"type": "duration", "value": 30, "unit": "calendar_day"}, "30 jours calendaires"),
        ({"type": "rate", "value": 1, "unit": "per_year"}, "1 par an"),
        ({"type": "rate", "value": 100, "unit": "percent"}, "100\u202f%"),
        ({"type": "count", "value": 2}, "2"),
        ({"type": "count", "value": None}, "à fixer"),
        ({"type": "minimum_version", "value": "TLS 1.2"}, "TLS 1.2"),
        ({"type": "score_limit", "maximum": 7}, "au plus 7"),
        (
            {"type": "score_band", "minimum": 7.0, "maximum": 8.9, "action": "Sous 3 mois"},
            "de 7,0 à 8,9\u00a0: Sous 3 mois",
        ),
        ({"type": "score_band", "minimum": 8.9, "maximum": None}, "au-dessus de 8,9"),
        (
            {"type": "length", "minimum": 8, "maximum": 12, "unit": "character"},
            "de 8 à 12 caractères",
        ),
        ({"type": "date", "value": "2022-04-04"}, "4 avril 2022"),
        ({"type": "date", "value": "2022-06"}, "juin 2022"),
        ({"type": "date", "value": "un jour"}, "un jour"),
        ({"type": "list", "value": ["HDS", "ISO 27001"]}, "HDS, ISO 27001"),
        ({"type": "cctp_text", "value": None}, "à fixer par l’acheteur dans le CCTP"),
    ],
)
def test_a_parameter_in_words(parameter: dict[str, object], words: str) -> None:
    assert parameter_words(parameter) == words
