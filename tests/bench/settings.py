"""The settings of the product, with the routes of the limits beside its own."""

from uniha_clausier.settings import *  # noqa: F403
from uniha_clausier.settings import ACCOUNT_RATE_LIMITS as OWN_LIMITS
from uniha_clausier.settings import MIDDLEWARE as OWN_MIDDLEWARE

ROOT_URLCONF = "tests.bench.bare"
MIDDLEWARE = ["tests.bench.bare.probe", *OWN_MIDDLEWARE]
# Every client of the bench has one address; the limit of an account stays.
ACCOUNT_RATE_LIMITS = OWN_LIMITS | {
    "login": "100000/m/ip",
    "login_failed": "100000/m/ip,10/5m/key",
}
