"""Which procedure allows what, and on which article: plain values, no database.

Sources: code de la commande publique, articles R2161-5 and R2161-11 for the demande de précisions,
R2152-1 and R2152-2 for the régularisation, which is a faculty, in every procedure with offers.
"""

from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext as _

from vendors.enums import WITHOUT_OPENING, Procedure

from ..enums import Claim, ExchangeKind, ScoreValue

_ARTICLES = {
    Procedure.OPEN.value: "R2161-5",
    Procedure.RESTRICTED.value: "R2161-11",
}


def basis(kind: str, procedure: str) -> str:
    """Return on what a letter rests, in words that follow « Cette demande est faite »."""
    article = "R2152-2" if kind == ExchangeKind.REGULARISATION else _ARTICLES.get(procedure)
    if article:
        return _("en application de l’article %(article)s du code de la commande publique") % {
            "article": article
        }
    if procedure in WITHOUT_OPENING:
        return _("dans le cadre de votre proposition")
    return _("dans le respect de l’égalité de traitement des candidats")


def why_not_regularised(procedure: str) -> str:
    """Return why no offer is regularised in a procedure; empty when the law allows it."""
    if procedure == Procedure.NO_PUBLICITY:
        return _(
            "Sans mise en concurrence, il n’y a pas d’offre à régulariser : négociez librement, "
            "et demandez une nouvelle proposition."
        )
    if procedure == Procedure.FRAMEWORK:
        return _(
            "Un bon de commande n’a pas d’offre à régulariser ; pour un marché subséquent, suivez "
            "ce que prévoit l’accord-cadre."
        )
    return ""


def has_gap(claim: str, text: str, score: str) -> bool:
    """Whether an answer lacks or misses the requirement: what a regularisation is about."""
    is_blank = not claim and not text
    return is_blank or claim == Claim.NO or score == ScoreValue.NON_COMPLIANT


def concerned(
    gaps: Mapping[int, Collection[str]], asked: Iterable[str]
) -> dict[int, tuple[str, ...]]:
    """Return every candidate with a gap on a point asked, and the points that its letter asks.

    Nobody is left out, and nobody is asked about a point on which it has no gap.
    """
    points = tuple(asked)
    found = {
        candidate: tuple(ref for ref in points if ref in own) for candidate, own in gaps.items()
    }
    return {candidate: refs for candidate, refs in found.items() if refs}
