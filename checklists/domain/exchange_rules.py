"""Which procedure allows what, and on which article: plain values, no database.

Sources: code de la commande publique, articles R2161-5 and R2161-11 for the demande de précisions.
"""

from django.utils.translation import gettext as _

from vendors.enums import WITHOUT_OPENING, Procedure

_ARTICLES = {
    Procedure.OPEN.value: "R2161-5",
    Procedure.RESTRICTED.value: "R2161-11",
}


def basis(kind: str, procedure: str) -> str:
    """Return on what a letter rests, in words that follow « Cette demande est faite »."""
    article = _ARTICLES.get(procedure)
    if article:
        return _("en application de l’article %(article)s du code de la commande publique") % {
            "article": article
        }
    if procedure in WITHOUT_OPENING:
        return _("dans le cadre de votre proposition")
    return _("dans le respect de l’égalité de traitement des candidats")
