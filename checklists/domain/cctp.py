"""The values that the clausier leaves to the CCTP, each asked once. Pure: no database here.

Eight points wait for a value or an exception that only the buyer can give, and the clausier is
silent on the hours of an incident notice. One value may serve several points: the same extraction
period, the same notice. What the establishment says of itself (DPO, gateway, antivirus, SSO) is
offered, never demanded.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..enums import CctpUnit

DURATION, TEXT, EMAIL, CHOICE = "duration", "text", "email", "choice"

MOST_CHARACTERS = 1_000
MOST_AMOUNT = 9_999
MOST_HOURS_BEFORE_CNIL = 72
"""What the controller itself has to notify a breach (GDPR art. 33)."""

Words = str | Promise


@dataclass(frozen=True)
class Option:
    """One answer to a choice; some need to be told more."""

    code: str
    label: Words
    needs_detail: bool = False


@dataclass(frozen=True, eq=False)
class Question:
    """One value to give, and the points whose text waits for it: number → name of the parameter.

    An empty name means a point that waits for nothing, and is clearer with the value.
    """

    key: str
    label: Words
    kind: str
    points: Mapping[str, str]
    hint: Words
    units: tuple[CctpUnit, ...] = ()
    most_hours: int = 0
    options: tuple[Option, ...] = ()
    facility_field: str = ""

    @property
    def is_demanded(self) -> bool:
        """Whether publication waits for it."""
        return any(self.points.values())


@dataclass(frozen=True)
class Value:
    """What the buyer gave: an amount with its unit, or a choice, and words."""

    amount: int | None = None
    unit: str = ""
    choice: str = ""
    detail: str = ""

    def __bool__(self) -> bool:
        return self != EMPTY

    def plain(self) -> dict[str, Any]:
        """Return what is given, as plain JSON values."""
        given = {
            "amount": self.amount, "unit": self.unit, "choice": self.choice, "detail": self.detail
        }  # fmt: skip
        return {name: value for name, value in given.items() if value}


EMPTY = Value()
_HOURS = {CctpUnit.HOUR: 1, CctpUnit.DAY: 24, CctpUnit.MONTH: 24 * 30}
_AMOUNTS = {
    CctpUnit.HOUR: lambda n: ngettext("%(n)s heure", "%(n)s heures", n),
    CctpUnit.DAY: lambda n: ngettext("%(n)s jour", "%(n)s jours", n),
    CctpUnit.MONTH: lambda n: ngettext("%(n)s mois", "%(n)s mois", n),
}

QUESTIONS: tuple[Question, ...] = (
    Question(
        "maximum_downtime",
        gettext_lazy("Durée d’indisponibilité maximale du service"),
        DURATION,
        {"O-12.3.8": "maximum_downtime"},
        gettext_lazy("La plus longue panne que le service peut connaître, 4 heures par exemple."),
        units=(CctpUnit.HOUR, CctpUnit.DAY),
    ),
    Question(
        "extraction_period",
        gettext_lazy("Périodicité d’extraction des données"),
        DURATION,
        {"O-3.11": "extraction_periodicity", "O-12.3.9": "extraction_period"},
        gettext_lazy("De quoi continuer à travailler si le service s’arrête : 24 heures, souvent."),
        units=(CctpUnit.HOUR, CctpUnit.DAY, CctpUnit.MONTH),
    ),
    Question(
        "destruction_terms",
        gettext_lazy("Destruction des données à la fin du marché"),
        TEXT,
        {"O-12.3.14": "destruction_terms"},
        gettext_lazy("Quand, comment, et ce qui le prouve."),
    ),
    Question(
        "authentication",
        gettext_lazy("Authentification des utilisateurs"),
        CHOICE,
        {"O-5.1": "cctp_exception"},
        gettext_lazy("Nommez le SSO de l’établissement, ou les comptes locaux admis."),
        options=(
            Option("sso", gettext_lazy("SSO de l’établissement, sans compte local")),
            Option("both", gettext_lazy("SSO, et des comptes locaux dans les cas précisés"), True),
            Option("local", gettext_lazy("Comptes locaux, sans SSO")),
        ),
        facility_field="single_sign_on",
    ),
    Question(
        "strong_authentication",
        gettext_lazy("Authentification forte depuis internet"),
        CHOICE,
        {"O-5.4": "cctp_exception"},
        gettext_lazy("Si l’établissement l’assure, dites par quoi."),
        options=(
            Option("solution", gettext_lazy("Assurée par la solution")),
            Option(
                "facility", gettext_lazy("Assurée par l’établissement, devant la solution"), True
            ),
        ),
    ),
    Question(
        "directory",
        gettext_lazy("Raccordement à l’annuaire ou au SSO"),
        CHOICE,
        {"O-5.5": "cctp_exception"},
        gettext_lazy("Nommez l’annuaire, ou écrivez l’exception."),
        options=(
            Option("required", gettext_lazy("Exigé, sans exception")),
            Option("exception", gettext_lazy("Avec une exception"), True),
        ),
        facility_field="single_sign_on",
    ),
    Question(
        "authorisations",
        gettext_lazy("Gestion des habilitations"),
        CHOICE,
        {"O-5.6": "cctp_exception"},
        gettext_lazy("Écrivez la disposition particulière, s’il y en a une."),
        options=(
            Option("clausier", gettext_lazy("Comme le clausier, sans exception")),
            Option("exception", gettext_lazy("Avec une disposition particulière"), True),
        ),
    ),
    Question(
        "breach_notice",
        gettext_lazy("Délai pour signaler une violation de données"),
        DURATION,
        {"O-2.5": "breach_notice_delay"},
        gettext_lazy("L’établissement n’a lui-même que 72 heures devant la CNIL."),
        units=(CctpUnit.HOUR,),
        most_hours=MOST_HOURS_BEFORE_CNIL,
    ),
    Question(
        "incident_notice",
        gettext_lazy("Délai pour signaler un incident de sécurité"),
        DURATION,
        {
            "O-9.15": "incident_notice_delay",
            "O-12.2.8.3": "incident_notice_delay",
            "C-2.1": "incident_notice",
        },
        gettext_lazy("Le clausier n’en donne pas : 4 ou 24 heures, par exemple."),
        units=(CctpUnit.HOUR, CctpUnit.DAY),
    ),
    Question(
        "dpo_address",
        gettext_lazy("Adresse électronique du DPO"),
        EMAIL,
        {"O-2.4": "", "O-2.5": ""},
        gettext_lazy("Là où le titulaire transmet les demandes et signale les violations."),
        facility_field="dpo_email",
    ),
    Question(
        "remote_gateway",
        gettext_lazy("Passerelle de télémaintenance de l’établissement"),
        TEXT,
        {"O-9.2": "", "O-9.14": "", "O-12.2.5.3": ""},
        gettext_lazy("Le point d’entrée que le titulaire devra emprunter."),
        facility_field="remote_gateway",
    ),
    Question(
        "endpoint_protection",
        gettext_lazy("Antivirus ou EDR de l’établissement"),
        TEXT,
        {"O-7.1": ""},
        gettext_lazy("Celui avec lequel la solution doit vivre."),
        facility_field="endpoint_protection",
    ),
    # Those of the proposed clausiers: sustainability, managed SOC, crisis.
    Question(
        "usage_period",
        gettext_lazy("Durée d’usage retenue pour le coût du cycle de vie"),
        DURATION,
        {"D-1.4": "usage_years"},
        gettext_lazy("En mois : 60 pour cinq ans."),
        units=(CctpUnit.MONTH,),
    ),
    Question(
        "spaser_indicators",
        gettext_lazy("Indicateurs du SPASER que le marché alimente"),
        TEXT,
        {"D-1.3": ""},
        gettext_lazy("Ceux du schéma de l’établissement, s’il en a un."),
    ),
    Question(
        "reused_share",
        gettext_lazy("Part visée d’équipements réemployés"),
        TEXT,
        {"D-2.1": ""},
        gettext_lazy("Une cible volontaire, par catégorie d’équipements."),
    ),
    Question(
        "battery_threshold",
        gettext_lazy("Capacité restante minimale des batteries reconditionnées"),
        TEXT,
        {"D-2.3": ""},
        gettext_lazy("80 % de la capacité d’origine, par exemple."),
    ),
    Question(
        "spare_parts_period",
        gettext_lazy("Disponibilité minimale des pièces détachées"),
        DURATION,
        {"D-2.6": "spare_years"},
        gettext_lazy("En mois, après la dernière vente du modèle : 84 pour sept ans."),
        units=(CctpUnit.MONTH,),
    ),
    Question(
        "repair_delay",
        gettext_lazy("Délai maximal de réparation"),
        DURATION,
        {"D-2.6": "repair_days"},
        gettext_lazy("De la demande au retour en service."),
        units=(CctpUnit.DAY, CctpUnit.HOUR),
    ),
    Question(
        "support_period",
        gettext_lazy("Durée minimale du support et des mises à jour de sécurité"),
        DURATION,
        {"D-3.1": "support_years"},
        gettext_lazy("En mois : la durée du marché au moins."),
        units=(CctpUnit.MONTH,),
    ),
    Question(
        "retention_periods",
        gettext_lazy("Durées de conservation, par type de données"),
        TEXT,
        {"D-4.3": ""},
        gettext_lazy("Voyez-les avec le DPO."),
    ),
    Question(
        "maximum_pue",
        gettext_lazy("Efficacité énergétique (PUE) maximale acceptée"),
        TEXT,
        {"D-5.1": ""},
        gettext_lazy("Un seuil volontaire pour les centres de données."),
    ),
    Question(
        "usage_profile",
        gettext_lazy("Heures d’usage par jour des équipements"),
        TEXT,
        {"D-5.3": ""},
        gettext_lazy(
            "De quoi calculer une consommation annuelle comparable d’un candidat à l’autre."
        ),
    ),
    Question(
        "take_back_delay",
        gettext_lazy("Délai d’enlèvement des équipements en fin de vie"),
        DURATION,
        {"D-6.1": "take_back_delay"},
        gettext_lazy("À compter de la demande de l’établissement."),
        units=(CctpUnit.DAY, CctpUnit.MONTH),
    ),
    Question(
        "log_format_notice",
        gettext_lazy("Préavis avant un changement de format des journaux"),
        DURATION,
        {"S-1.2": "format_notice"},
        gettext_lazy("Le temps d’adapter la collecte du SOC."),
        units=(CctpUnit.DAY, CctpUnit.MONTH),
    ),
    Question(
        "clock_drift",
        gettext_lazy("Écart toléré avec l’heure de référence"),
        TEXT,
        {"S-1.4": "clock_drift"},
        gettext_lazy("Une seconde, par exemple."),
    ),
    Question(
        "local_log_retention",
        gettext_lazy("Conservation des journaux par la solution"),
        DURATION,
        {"S-1.5": "local_retention"},
        gettext_lazy("Au moins le temps pendant lequel le SOC peut être injoignable."),
        units=(CctpUnit.DAY, CctpUnit.HOUR, CctpUnit.MONTH),
    ),
    Question(
        "hosted_event_delay",
        gettext_lazy("Délai pour qu’un événement du service hébergé parvienne au SOC"),
        DURATION,
        {"S-2.2": "saas_event_delay"},
        gettext_lazy("Au-delà, l’alerte arrive trop tard."),
        units=(CctpUnit.HOUR, CctpUnit.DAY),
    ),
    Question(
        "soc_answer_delay",
        gettext_lazy("Délai de première réponse à un appel du SOC"),
        DURATION,
        {"S-3.1": "soc_answer_delay"},
        gettext_lazy("À toute heure, week-end compris."),
        units=(CctpUnit.HOUR,),
    ),
    Question(
        "mobilisation_delay",
        gettext_lazy("Délai de mobilisation du titulaire pendant une attaque"),
        DURATION,
        {"C-2.2": "mobilisation_delay"},
        gettext_lazy("Jour et nuit."),
        units=(CctpUnit.HOUR, CctpUnit.DAY),
    ),
    Question(
        "evidence_delay",
        gettext_lazy("Délai de remise de la chronologie et des traces"),
        DURATION,
        {"C-2.5": "evidence_delay"},
        gettext_lazy(
            "À temps pour la plainte et la déclaration d’assurance : 48 heures, par exemple."
        ),
        units=(CctpUnit.HOUR, CctpUnit.DAY),
    ),
    Question(
        "rebuild_time",
        gettext_lazy("Durée maximale de reconstruction de la solution"),
        DURATION,
        {"C-3.1": "rebuild_time"},
        gettext_lazy("De l’accord de l’établissement à la remise en service."),
        units=(CctpUnit.HOUR, CctpUnit.DAY),
    ),
)


def waits_for_buyer(parameters: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of the parameters of a point that only the buyer can give."""
    return frozenset(one["name"] for one in parameters if one.get("set_by") == "buyer")


def points_of(question: Question, waiting: Mapping[str, Collection[str]]) -> list[str]:
    """Return the numbers of the points asked that take the value of ``question``.

    ``waiting``: the points asked, each with what it waits for from the buyer.
    """
    return [
        ref
        for ref, name in question.points.items()
        if ref in waiting and (not name or name in waiting[ref])
    ]


def questions_of(waiting: Mapping[str, Collection[str]]) -> dict[Question, list[str]]:
    """Return the questions that the points asked raise, each with the numbers of its points.

    A clausier in which no point waits for a value raises none, whatever its numbers.
    """
    if not any(waiting.values()):
        return {}
    found = {question: points_of(question, waiting) for question in QUESTIONS}
    return {question: refs for question, refs in found.items() if refs}


def problem(question: Question, value: Value) -> tuple[str, str]:
    """Return the field at fault and what is wrong with a value; empty texts when nothing is."""
    if not value:
        return "", ""
    return _CHECKS[question.kind](question, value)


def in_words(question: Question, value: Value) -> str:
    """Write a value as a French reader expects it."""
    if question.kind == DURATION:
        assert value.amount is not None
        return _AMOUNTS[CctpUnit(value.unit)](value.amount) % {"n": value.amount}
    if question.kind == CHOICE:
        label = next(str(one.label) for one in question.options if one.code == value.choice)
        return f"{label} ({value.detail})" if value.detail else label
    return value.detail


def sentence(question: Question, value: Value) -> str:
    """Return what is added to the text of a point."""
    return _("Valeur fixée par l’acheteur – %(label)s : %(value)s") % {
        "label": question.label,
        "value": in_words(question, value),
    }


def _duration(question: Question, value: Value) -> tuple[str, str]:
    if value.amount is None:
        return "amount", _("Donnez un nombre entier, 24 par exemple.")
    if value.unit not in question.units:
        return "unit", _("Choisissez l’unité.")
    if not 1 <= value.amount <= MOST_AMOUNT:
        return "amount", _("Donnez un nombre entre 1 et %(most)d.") % {"most": MOST_AMOUNT}
    if question.most_hours and value.amount * _HOURS[CctpUnit(value.unit)] > question.most_hours:
        return "amount", _("Donnez %(most)d heures au plus.") % {"most": question.most_hours}
    return "", ""


def _choice(question: Question, value: Value) -> tuple[str, str]:
    chosen = next((one for one in question.options if one.code == value.choice), None)
    if chosen is None:
        return "choice", _("Choisissez une réponse.")
    if chosen.needs_detail and not value.detail:
        return "detail", _("Précisez : le candidat doit pouvoir y répondre.")
    return _text(question, value)


def _email(question: Question, value: Value) -> tuple[str, str]:
    try:
        validate_email(value.detail)
    except ValidationError:
        return "detail", _("Écrivez une adresse électronique, dpo@hopital.fr par exemple.")
    return "", ""


def _text(question: Question, value: Value) -> tuple[str, str]:
    if len(value.detail) > MOST_CHARACTERS:
        return "detail", _("Raccourcissez : %(most)d caractères au plus.") % {
            "most": MOST_CHARACTERS
        }
    return "", ""


_CHECKS = {DURATION: _duration, CHOICE: _choice, EMAIL: _email, TEXT: _text}
