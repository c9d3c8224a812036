"""Preferences in free text, by rules."""

from functools import cache

from profile_sync.core.extract.found import Found
from profile_sync.core.extract.text import channels, slips, times, words
from profile_sync.core.extract.text.engine import Engine
from profile_sync.core.extract.text.kinds import RULES

VERSION = 2
"""Raised when what is found changes."""


def find(comment: str, language: str | None = None) -> tuple[Found, ...]:
    """What the customer says they prefer, in the order of the words. Never raises.

    Args:
        comment: as the customer wrote it.
        language: BCP 47 of the survey, where known; a hint only, and so far none of the rules needs it.
    """
    return _engine().find(comment)


@cache
def _engine() -> Engine:
    """Made at the first comment: compiling the rules takes a moment."""
    return Engine(RULES, (words.WORDS, channels.WORDS, times.WORDS), slips.LOOSE, slips.ORDINARY)
