"""The questions of the applicability profile, as a buyer would ask them, and why a point is asked.

The labels are those of ``Flag``; here stand the help, an example, and the words that a sentence
needs: ``given`` (« demandé parce que : données de santé »), ``needed`` (« il faudrait un service
hébergé »). The clausier's own headings give the questions (its chapters "si …").
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..enums import Flag
from .applicability import IMPLICATIONS, Verdict

Words = str | Promise


@dataclass(frozen=True)
class Question:
    """One question, true or false of the purchase."""

    flag: Flag
    help: Words
    example: Words
    given: Words
    needed: Words

    @property
    def label(self) -> Words:
        return self.flag.label


@dataclass(frozen=True)
class Group:
    """Questions that a buyer answers together."""

    title: Words
    intro: Words
    questions: tuple[Question, ...]


GROUPS: tuple[Group, ...] = (
    Group(
        _("Ce qui est acheté"),
        _("Cochez tout ce que le marché comprend, même en option."),
        (
            Question(
                Flag.MOB,
                _("Des appareils qui sortent de l’établissement et peuvent être perdus ou volés."),
                _("ordinateurs portables, tablettes, téléphones, lecteurs de terrain"),
                _("équipements mobiles"),
                _("des équipements mobiles"),
            ),
            Question(
                Flag.DM,
                _("Un appareil qui se raccorde au réseau, qu’il soit médical ou technique."),
                _("moniteur, automate de biologie, pousse-seringue, échographe"),
                _("dispositif connecté"),
                _("un dispositif connecté"),
            ),
            Question(
                Flag.DEV,
                _(
                    "Du code est écrit pour vous. Le paramétrage d’un produit du commerce n’en "
                    "est pas."
                ),
                _("portail des patients sur mesure, connecteur écrit pour le marché"),
                _("développement spécifique"),
                _("un développement spécifique"),
            ),
            Question(
                Flag.LIBRE,
                _("Des composants sous licence libre que le titulaire fournit et dont il répond."),
                _("Linux, PostgreSQL, Apache, bibliothèques libres du logiciel"),
                _("logiciels libres"),
                _("des logiciels libres"),
            ),
            Question(
                Flag.GRATUIT,
                _("Des logiciels sans prix, mais pas forcément libres, nécessaires à la solution."),
                _("visionneuse gratuite, lecteur de PDF, édition gratuite d’une base"),
                _("logiciels gratuits"),
                _("des logiciels gratuits"),
            ),
        ),
    ),
    Group(
        _("Où cela fonctionne"),
        _("Une solution peut être à la fois hébergée dehors et installée chez vous."),
        (
            Question(
                Flag.SAAS,
                _(
                    "Le titulaire, ou un hébergeur choisi par lui, fait fonctionner la solution "
                    "hors de vos murs."
                ),
                _("logiciel loué et ouvert dans le navigateur, serveurs dans le nuage (cloud)"),
                _("service hébergé"),
                _("un service hébergé hors de l’établissement"),
            ),
            Question(
                Flag.ADMIN,
                _(
                    "Le matériel est chez vous, mais vos équipes ne l’administrent pas : systèmes, "
                    "comptes et mises à jour sont l’affaire du titulaire."
                ),
                _("serveur d’imagerie livré et tenu par son fabricant"),
                _("système sur site administré par le titulaire"),
                _("un système sur site administré par le titulaire"),
            ),
            Question(
                Flag.INST,
                _(
                    "Un logiciel, un agent ou un matériel s’ajoute à vos postes, à vos serveurs "
                    "ou à votre réseau."
                ),
                _("logiciel sur les postes, serveur, passerelle, sonde"),
                _("installation sur votre système d’information"),
                _("une installation sur votre système d’information"),
            ),
            Question(
                Flag.WIFI,
                _("L’équipement utilise votre réseau sans fil, même par moments."),
                _("chariot de soins, pompe, tablette du marché"),
                _("raccordement au Wi-Fi"),
                _("un raccordement à votre Wi-Fi"),
            ),
        ),
    ),
    Group(
        _("Quelles données"),
        _("En cas de doute, demandez à votre DPO avant de publier."),
        (
            Question(
                Flag.DP,
                _(
                    "Le titulaire voit, héberge, sauvegarde ou dépanne des données sur des "
                    "personnes : il est votre sous-traitant au sens du RGPD."
                ),
                _("agenda des agents, annuaire, dossier administratif"),
                _("données personnelles"),
                _("des données personnelles traitées par le titulaire"),
            ),
            Question(
                Flag.DS,
                _("Des informations sur la santé de personnes identifiables."),
                _("dossier du patient, images, résultats, prescriptions"),
                _("données de santé"),
                _("des données de santé"),
            ),
            Question(
                Flag.ST,
                _(
                    "Une autre entreprise que le titulaire exécute une partie du marché ou "
                    "accède aux données. Si vous l’ignorez, cochez : le candidat répondra."
                ),
                _("hébergeur, centre d’appels, mainteneur régional, développeur"),
                _("sous-traitants du titulaire"),
                _("des sous-traitants du titulaire"),
            ),
            Question(
                Flag.SGBD,
                _("Les données sont rangées dans un moteur de base de données courant."),
                _("Oracle, SQL Server, PostgreSQL, MySQL"),
                _("base de données du marché"),
                _("une base de données du marché"),
            ),
            Question(
                Flag.CRYPTO,
                _(
                    "La solution chiffre ou signe elle-même des données, des échanges ou des "
                    "supports."
                ),
                _("chiffrement du disque, signature d’ordonnances, messagerie sécurisée"),
                _("cryptographie"),
                _("de la cryptographie"),
            ),
        ),
    ),
    Group(
        _("Qui se connecte, et par où"),
        _("Pensez aux agents, aux patients, aux correspondants et aux administrateurs."),
        (
            Question(
                Flag.IDENT,
                _("Des personnes ouvrent une session, quel qu’en soit le moyen."),
                _("mot de passe, carte CPS, Pro Santé Connect, compte Windows"),
                _("comptes d’utilisateurs"),
                _("des comptes d’utilisateurs"),
            ),
            Question(
                Flag.WEB,
                _("On s’en sert dans un navigateur, ou on l’administre ainsi."),
                _("application de l’intranet, page d’administration d’un appareil"),
                _("interface web"),
                _("une interface web"),
            ),
            Question(
                Flag.NET,
                _("L’interface s’ouvre hors du réseau de l’établissement, sans VPN."),
                _("portail des patients, prise de rendez-vous, extranet"),
                _("exposition sur internet"),
                _("une interface ouverte sur internet"),
            ),
        ),
    ),
    Group(
        _("Qui maintient"),
        _("La garantie compte : le titulaire intervient alors aussi."),
        (
            Question(
                Flag.MAINT,
                _(
                    "Ses techniciens dépannent, mettent à jour ou contrôlent la solution, sur "
                    "place ou non."
                ),
                _("maintenance corrective, visite annuelle, mise à niveau"),
                _("maintenance par le titulaire"),
                _("une maintenance par le titulaire"),
            ),
            Question(
                Flag.TM,
                _("Une connexion depuis ses locaux vers votre système d’information."),
                _("prise en main à distance, VPN de support, passerelle"),
                _("télémaintenance"),
                _("une télémaintenance"),
            ),
            Question(
                Flag.SUPERV,
                _(
                    "La solution envoie d’elle-même des informations au titulaire, sans "
                    "qu’un technicien se connecte."
                ),
                _("alertes de panne, compteurs d’usage, journaux techniques"),
                _("supervision par le titulaire"),
                _("une supervision par le titulaire"),
            ),
        ),
    ),
)

REASONS: dict[str, Words] = {
    Flag.DS: _("les données de santé sont des données personnelles"),
    Flag.NET: _("ce qui s’ouvre depuis internet est une interface web"),
    Flag.TM: _("la télémaintenance est une maintenance"),
}
"""Why a flag ticks another one (``IMPLICATIONS``)."""

QUESTIONS: dict[str, Question] = {
    question.flag.value: question for group in GROUPS for question in group.questions
}


def implied_by(flag: str, profile: Iterable[str]) -> str:
    """Return why ``flag`` is ticked of its own accord under ``profile``, or an empty text."""
    held = set(profile)
    for source, target in IMPLICATIONS.items():
        if target == flag and source in held:
            return str(REASONS[source])
    return ""


IMPLIED = tuple(flag for flag in QUESTIONS if flag in set(IMPLICATIONS.values()))
"""The flags that another one may tick, in the order of the page."""


def implied_label(flag: str) -> str:
    """Return the label of the question that ``flag`` ticks too, or an empty text."""
    target = IMPLICATIONS.get(flag)
    return str(QUESTIONS[target].label) if target else ""


def in_words(profile: Iterable[str]) -> list[str]:
    """Return a profile as the labels of its questions, in the order of the page."""
    held = set(profile)
    return [str(question.label) for flag, question in QUESTIONS.items() if flag in held]


def why(verdict: Verdict) -> str:
    """Say in French why the rule asks a point, or what the purchase would need for it."""
    if not verdict.applies:
        return gettext("écarté : il faudrait %(needed)s") % {"needed": _and(_needs(verdict))}
    if not verdict.because:
        return gettext("toujours demandé")
    given = ", ".join(str(QUESTIONS[flag].given) for flag in verdict.because)
    return gettext("demandé parce que : %(given)s") % {"given": given}


def _needs(verdict: Verdict) -> Iterator[str]:
    for alternatives in verdict.lacking:
        yield gettext(" ou ").join(str(QUESTIONS[flag].needed) for flag in alternatives)


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return gettext(" et ").join([", ".join(first), last]) if first else last
