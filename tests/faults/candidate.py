"""``python -m tests.faults.candidate``: joins files and takes them back, until its input is closed.

Says on a line when its first files are kept, and at the end how many it took back.
"""

import itertools
import secrets
import select
import sys

import django

KEPT = 40
SIZE = 1024 * 1024


def main() -> None:
    django.setup()
    from checklists.domain import evidence
    from tests import factories
    from uniha_clausier.accounts.models import Facility, User

    facility, buyer = Facility.objects.get(), User.objects.order_by("pk")[0]
    assessment = factories.informal_assessment(buyer, facility)
    link, _secret = factories.answer_link(buyer, assessment)

    def join(name: str) -> int:
        sent = evidence.SentFile(b"%PDF-1.7 " + secrets.token_bytes(SIZE), "pdf", name)
        return evidence.attach(assessment=assessment, ref="O-7.1", file=sent, by=link).pk

    for number in range(KEPT):
        join(f"Reste {number}.pdf")
    print("ready", flush=True)
    for count in itertools.count():
        if select.select([sys.stdin], [], [], 0)[0]:
            print(count)
            return
        passing = [join(f"Passe {count} {which}.pdf") for which in range(3)]
        for pk in passing:
            evidence.detach(assessment=assessment, ref="O-7.1", evidence_id=pk, by=link)


if __name__ == "__main__":
    main()
