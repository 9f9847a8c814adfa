"""Who acts in the browser tests, and on which assessments: one a story, none shared."""

PASSWORD = "une phrase de passe pour le navigateur"
BUYER = ("claire@valmont.example", "Claire Martin")
COLLEAGUE = ("paul@valmont.example", "Paul Durand")
READER = ("anne@valmont.example", "Anne Petit")
ASSESSMENTS = (
    "keyboard",
    "plain",
    "conflict",
    "merge",
    "offline",
    "session",
    "keys",
    "reload",
    "look",
    "budget",
)
