"""The data of the browser tests, written once into a database of their own; prints what it made."""

import json

import django


def main() -> None:
    django.setup()
    from checklists.enums import Flag
    from checklists.models import ClausierVersion
    from tests import factories
    from tests.e2e.people import ASSESSMENTS, BUYER, COLLEAGUE, PASSWORD, READER

    facility = factories.facility(name="CHU de Valmont")
    for (email, full_name), role in ((BUYER, "buyer"), (COLLEAGUE, "buyer"), (READER, "ciso")):
        person = factories.member(facility, role, email=email, full_name=full_name)
        person.set_password(PASSWORD)
        person.save()
    buyer = facility.memberships.get(user__email=BUYER[0]).user
    version = ClausierVersion.objects.get(clausier__code="securite-numerique")
    flags = tuple(Flag.values)
    made = {
        name: factories.assessment(buyer, facility, flags=flags, on=version).pk
        for name in ASSESSMENTS
    }
    print(json.dumps(made))


if __name__ == "__main__":
    main()
