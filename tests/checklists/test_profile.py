"""The questions of the profile: complete, explained, and the reasons they give."""

import pytest

from checklists.domain import applicability, profile
from checklists.enums import Flag

EMPTY: frozenset[str] = frozenset()


def test_every_flag_is_one_question_and_one_only():
    asked = [question.flag for group in profile.GROUPS for question in group.questions]
    assert sorted(asked) == sorted(Flag)


@pytest.mark.parametrize("flag", Flag.values)
def test_every_question_has_its_help_and_its_words(flag):
    question = profile.QUESTIONS[flag]
    words = [question.label, question.help, question.example, question.given, question.needed]
    assert all(str(word) for word in words)
    assert str(question.help).endswith(".")
    assert not str(question.example).endswith(".")


def test_every_implication_has_its_reason():
    assert set(profile.REASONS) == set(applicability.IMPLICATIONS)


@pytest.mark.parametrize(
    ("flag", "ticked", "reason"),
    [
        ("DP", {"DS", "DP"}, "les données de santé sont des données personnelles"),
        ("DP", {"DP"}, ""),
        ("WEB", {"NET", "WEB"}, "ce qui s’ouvre depuis internet est une interface web"),
        ("MAINT", {"TM", "MAINT"}, "la télémaintenance est une maintenance"),
        ("DS", {"DS", "DP"}, ""),
    ],
)
def test_a_tick_of_office_says_why(flag, ticked, reason):
    assert profile.implied_by(flag, ticked) == reason


def test_a_profile_in_words_follows_the_order_of_the_page():
    assert profile.in_words(["TM", "DP", "MOB"]) == [
        "Des équipements mobiles sont fournis",
        "Le titulaire traite des données personnelles pour l’établissement",
        "Le titulaire intervient à distance (télémaintenance)",
    ]


@pytest.mark.parametrize(
    ("condition", "flags", "sentence"),
    [
        ("ALWAYS", EMPTY, "toujours demandé"),
        ("DP", {"DP"}, "demandé parce que\u00a0: données personnelles"),
        (
            "DP & ST",
            {"DP", "ST"},
            "demandé parce que\u00a0: données personnelles, sous-traitants du titulaire",
        ),
        ("SAAS", EMPTY, "écarté\u00a0: il faudrait un service hébergé hors de l’établissement"),
        (
            "INST | MAINT",
            EMPTY,
            (
                "écarté\u00a0: il faudrait une installation sur votre système d’information"
                " ou une maintenance par le titulaire"
            ),
        ),
        ("DP & ST", {"DP"}, "écarté\u00a0: il faudrait des sous-traitants du titulaire"),
        (
            "DM & ST & WIFI",
            EMPTY,
            (
                "écarté\u00a0: il faudrait un dispositif connecté, des sous-traitants du titulaire"
                " et un raccordement à votre Wi-Fi"
            ),
        ),
    ],
)
def test_why_a_point_is_in_or_out(condition, flags, sentence):
    verdict = applicability.evaluate(condition, frozenset(flags))
    assert profile.why(verdict) == sentence
