"""The data of the browser tests about letters that a candidate answers by a link."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checklists.models import ClausierVersion
    from uniha_clausier.accounts.models import Facility, User


def letters(
    facility: "Facility", buyer: "User", version: "ClausierVersion", flags: tuple[str, ...]
) -> dict[str, Any]:
    """Letters to one candidate: without a link, begun behind its link, answered by it."""
    from checklists.domain import exchanges, reply_links
    from checklists.domain.answering import Edit
    from tests import factories

    assessment = factories.informal_assessment(buyer, facility, flags=flags, on=version)
    bare, begun, sent, writing = (
        factories.asked(buyer, assessment, "O-7.1", "O-7.2") for _ in range(4)
    )
    link, secret = factories.reply_link(buyer, begun, email="offres@ponant.example")
    said = Edit("O-7.1", "claim_text", "La version 4.2, livrée en mars.", 0)
    reply_links.save(link=link, edit=said)
    file = exchanges.Sent(b"%PDF-1.7 essai", "pdf", "Notice.pdf")
    reply_links.attach(link=link, file=file)
    sent_link, sent_secret = factories.reply_link(buyer, sent)
    reply_links.save(link=sent_link, edit=said)
    reply_links.submit(link=sent_link)
    return {
        "bare_letter": bare.pk,
        "begun_letter": begun.pk,
        "letter_secret": secret,
        "writing_secret": factories.reply_link(buyer, writing)[1],
        "sent_letter": sent.pk,
        "sent_letter_exchange": sent.exchange_id,
        "sent_letter_secret": sent_secret,
    }
