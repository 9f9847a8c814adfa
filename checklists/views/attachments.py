"""Files that a page gives, under the name that the views of this application know."""

from uniha_clausier.common.attachments import attachment

__all__ = ["attachment"]
