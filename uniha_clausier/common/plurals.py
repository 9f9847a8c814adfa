"""French counts nothing in the singular: « 0 point », « 2 points ».

Our sentences are written in French, so that no catalogue holds them, and for a sentence that it
does not know gettext counts as English does (« 0 points »).
"""

from gettext import NullTranslations

from django.conf import settings
from django.utils.translation.trans_real import translation


class FrenchSentences(NullTranslations):
    """What gettext asks for the sentences of no catalogue: they come back in the right number."""

    def ngettext(self, msgid1: str, msgid2: str, n: float) -> str:
        return msgid1 if n < 2 else msgid2


def teach_gettext() -> None:
    """Give the language of the screens its plural, for this process."""
    translation(settings.LANGUAGE_CODE).add_fallback(FrenchSentences())
