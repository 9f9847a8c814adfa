"""The settings of the product, with the routes of the limits beside its own."""

from uniha_clausier.settings import *  # noqa: F403
from uniha_clausier.settings import MIDDLEWARE as OWN_MIDDLEWARE

ROOT_URLCONF = "tests.bench.bare"
MIDDLEWARE = ["tests.bench.bare.probe", *OWN_MIDDLEWARE]
