"""``python -m tests.faults.prepare CLIENTS``: the data of the faults, in the database of the settings.

One facility, one buyer, one assessment a client. Prints, as JSON, who is signed in and the points
that each client may score.
"""

import json
import sys
from typing import Any

import django


def main(clients: int) -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client
    from django.utils.crypto import get_random_string

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    from tests import factories

    facility = factories.facility(name="Hôpital des pannes")
    buyer = factories.member(facility)
    version = factories.version()
    assessments: dict[int, list[Any]] = {}
    for _ in range(clients):
        made = factories.assessment(buyer, facility, on=version)
        refs = made.scores.order_by("item__position").values_list("item__point__ref", flat=True)
        assessments[made.pk] = list(refs)
    browser = Client()
    browser.force_login(buyer)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    secret = get_random_string(32)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={secret}"
    headers = {"Cookie": cookie, "X-CSRFToken": secret}
    told = {
        "assessments": assessments,
        "headers": headers,
        "vendor": factories.vendor(facility, buyer).pk,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
