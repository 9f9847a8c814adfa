"""What candidates and hospitals write: French sentences, most of them short, a few very long."""

import random

CITIES = (
    "Brumeval", "Valmont-sur-Orne", "Saint-Aubin", "Montclair", "Rochefontaine", "Les Étangs",
    "Pont-l’Abbaye", "Villeneuve-la-Forêt", "Beaulieu", "Clairlac", "Sainte-Marthe", "Hautecombe",
    "Fontenelle", "Grandpré", "Castelmar", "Lys-en-Vallée", "Boisrenard", "Aigremont", "Sauveterre",
)  # fmt: skip
KINDS = (
    "Centre hospitalier", "Centre hospitalier intercommunal", "CHU", "Hôpital local",
    "Établissement public de santé mentale", "Centre de lutte contre le cancer",
)  # fmt: skip
FIRST_NAMES = (
    "Camille", "Dominique", "Claude", "Amélie", "Noémie", "Hélène", "Loïc", "Zoé", "Maëlle", "Yann",
    "Sofiane", "Inès", "Bérénice", "Gaël", "Aïcha", "Thaïs", "Raphaël", "Clément", "Élodie", "Jérôme",
)  # fmt: skip
LAST_NAMES = (
    "Berthier", "Faure", "Lefèvre", "Guérin", "Benoît", "Chevalier", "Delaunay", "Marchand", "N’Diaye",
    "Le Gall", "Fernández", "Haddad", "Besson", "Crépin", "Aubry", "Vasseur", "Prévost", "Hamon",
)  # fmt: skip
BIG_VENDORS = (
    "Ombreline Santé", "Cortavie", "Portalune", "Médisphère", "Groupe Altéis", "Hospivia",
    "Sanoris Systèmes", "Imagéa", "Biolink Europe", "Télésoin France", "Archipel Données", "Vitalis IT",
)  # fmt: skip
VENDOR_WORDS = (
    ("Éditions", "Atelier", "Société", "Groupe", "Compagnie", "Laboratoires", "Réseau", "Maison"),
    ("Numérique", "Médical", "Clinique", "Biomédical", "Hospitalier", "Logiciel", "du Ponant", "Océane"),
    ("& Fils", "SAS", "France", "Services", "Ingénierie", "Conseil", "Europe", "International"),
)  # fmt: skip
OBJECTS = (
    "Dossier patient informatisé", "Système d’imagerie (RIS et PACS)", "Gestion de laboratoire",
    "Télésurveillance à domicile", "Gestion des lits", "Pompes à perfusion connectées",
    "Prescription et dispensation", "Gestion des temps", "Messagerie sécurisée", "Bloc opératoire",
    "Régulation des transports", "Gestion électronique de documents", "Plateforme d’analyse d’images",
    "Moniteurs de surveillance", "Réseau Wi-Fi des patients", "Hébergement de données de santé",
)  # fmt: skip
OBJECTS_WHY = (
    "acquisition, mise en service et maintenance", "renouvellement", "extension à deux sites",
    "acquisition et tierce maintenance applicative", "location avec option d’achat", "maintenance",
)  # fmt: skip
PRODUCTS = ("Aura", "Clinéo", "Vega", "Sillage", "Portail", "Prisme", "Orion", "Repère", "Méridien")

SAID = (
    "Le chiffrement est assuré de bout en bout (TLS 1.3), les clés sont gérées par le titulaire.",
    "Voir le mémoire technique, chapitre 4.2 « Sécurité de l’hébergement ».",
    "Les journaux sont conservés un an et remis sur demande sous cinq jours ouvrés.",
    "Engagement pris : les correctifs critiques sont appliqués en moins de 72 heures.",
    "La solution s’appuie sur l’annuaire de l’établissement (SAML 2.0 ou OpenID Connect).",
    "Le titulaire est certifié HDS pour les activités 1 à 5 ; certificat joint.",
    "Sans objet : aucun sous-traitant n’accède aux données de l’établissement.",
    "Une revue annuelle des habilitations est proposée, avec un compte rendu écrit.",
    "L’accès de télémaintenance passe par la passerelle de l’établissement, avec un compte nominatif.",
    "Le plan de continuité garantit une reprise en quatre heures, testée deux fois par an.",
    "Les sauvegardes sont chiffrées, déconnectées et restaurées chaque trimestre.",
    "Un test d’intrusion est mené chaque année par un prestataire qualifié PASSI.",
)
COMMENTS = {
    "compliant": (
        "Réponse complète, preuve jointe.",
        "Conforme : l’engagement est daté et signé.",
        "Le certificat couvre bien le périmètre du marché.",
    ),
    "partial": (
        "Le délai annoncé dépasse celui du clausier ; un plan daté est attendu.",
        "L’engagement est pris, mais la preuve n’est pas jointe.",
        "La réponse ne couvre pas les postes nomades : à compléter avant la mise en service.",
    ),
    "non_compliant": (
        "Aucun document joint, la réponse renvoie à une offre commerciale.",
        "Le candidat ne prend pas l’engagement demandé.",
    ),
    "to_clarify": (
        "La pièce annoncée n’est pas dans l’offre : demander où elle se trouve.",
        "La réponse contredit le mémoire technique, page 31.",
    ),
    "not_applicable": ("La solution ne comporte pas cet élément.",),
}
FOUND = (
    "Vu avec l’exploitant : cela convient.",
    "Prévoir un test de restauration avant la mise en production.",
    "Le flux sortant vers l’éditeur doit passer par le mandataire.",
    "Point déjà relevé lors du marché précédent, toujours ouvert.",
    "L’analyse d’impact est à reprendre : la durée de conservation manque.",
)


def said(chance: random.Random) -> str:
    """One answer: one to three sentences, one in fifty a page."""
    number = chance.choices((1, 2, 3, 24), (50, 30, 18, 2))[0]
    return " ".join(chance.choice(SAID) for _ in range(number))


def comment(chance: random.Random, value: str) -> str:
    """The buyer's comment: often none, seldom long."""
    if value == "compliant" and chance.random() < 0.7:
        return ""
    text = chance.choice(COMMENTS[value])
    return text + "\n" + " ".join(chance.choices(FOUND, k=30)) if chance.random() < 0.01 else text


def person(chance: random.Random) -> str:
    return f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"


def facility(number: int, chance: random.Random) -> tuple[str, str]:
    """Return a name that no other facility has, and its city."""
    city = chance.choice(CITIES)
    return f"{chance.choice(KINDS)} de {city} n° {number + 1}", city


def vendor(number: int, chance: random.Random) -> str:
    if number < len(BIG_VENDORS):
        return BIG_VENDORS[number]
    return " ".join(chance.choice(words) for words in VENDOR_WORDS) + f" {number}"


def siren(number: int) -> str:
    """Return the ``number``-th SIREN with a right key (INSEE, Luhn)."""
    body = f"{30_000_000 + number:08}"
    doubled = (2 * int(digit) if place % 2 else int(digit) for place, digit in enumerate(body))
    key = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    return f"{body}{key}"
