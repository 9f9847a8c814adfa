"""Puts hostile texts in the whole database of the browser tests; prints how many rows hold some."""

import json

import django

KEPT = frozenset({"accounts.User.email", "account.EmailAddress.email"})
"""By these the people sign in."""

LONGEST = 700
"""Characters of a text: a page shows thousands of them."""


def main() -> None:
    django.setup()
    from django.db import transaction

    from tests.hostile.poison import Poison

    poison = Poison(keep=KEPT, longest=LONGEST)
    with transaction.atomic():
        poison.everywhere()
    print(json.dumps(poison.filled))


if __name__ == "__main__":
    main()
