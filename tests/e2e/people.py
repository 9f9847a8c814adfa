"""Who acts in the browser tests, and on which full assessments: one a story, none shared."""

PASSWORD = "une phrase de passe pour le navigateur"
BUYER = ("claire@valmont.example", "Claire Martin")
COLLEAGUE = ("paul@valmont.example", "Paul Durand")
READER = ("anne@valmont.example", "Anne Petit")
"""The RSSI: reads a candidate's answers before anybody scores them."""
OPERATOR = ("olivier@exploitation.example", "Olivier Roche")
BEGINNER = ("lea@saint-neuf.example", "Léa Blanc")
"""A buyer whose hospital has nothing yet."""
SHARED_BUYER = ("marc@groupement.example", "Marc Fabre")
"""A buyer of two hospitals."""
LOCKED_OUT = ("jean@valmont.example", "Jean Morel")
"""Somebody who tries too often."""
ADMINISTRATOR = ("sylvie@valmont.example", "Sylvie Garnier")
LEAD_BUYER = ("nadia@ponant.example", "Nadia Kerbrat")
"""Buys for the group, at its lead facility."""
CAREFUL = ("irene@valmont.example", "Irène Lafont")
"""Has second factors at the end of the tests: nobody else signs in under this name."""
DPO = ("denis@valmont.example", "Denis Royer")
ENGINEER = ("beatrice@valmont.example", "Béatrice Colin")
ONLOOKER = ("gilles@valmont.example", "Gilles Ferrand")
"""Has the role « lecteur », and no other."""

ASSESSMENTS = (
    "live",
    "paste",
    "paste-plain",
    "templates",
    "restore",
    "keyboard",
    "plain",
    "conflict",
    "merge",
    "hour",
    "offline",
    "session",
    "keys",
    "reload",
    "back",
    "look",
    "budget",
    "views",
    "moves",
    "undo",
    "bulk",
    "people",
    "presence",
    "together",
    "sessions",
    "cut",
    "import",
    "findings",
)
