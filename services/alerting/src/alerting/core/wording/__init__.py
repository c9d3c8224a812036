"""Finding phrases in a customer's comment: whole words, whatever their case and accents, in any of the languages."""

from alerting.core.wording.lexicon import Lexicon, folded
from alerting.core.wording.lists import COMPLAINT, HARMLESS, LEGAL

__all__ = ["COMPLAINTS", "LEGAL_THREATS", "Lexicon", "folded", "spotted"]

COMPLAINTS = Lexicon(COMPLAINT, but_not=HARMLESS)
LEGAL_THREATS = Lexicon(LEGAL, but_not=HARMLESS)


def spotted(comment: str | None) -> frozenset[str]:
    """Which entries of our own lists stand in the comment: our words, not the customer's, so they may be kept."""
    if not comment:
        return frozenset()
    text = folded(comment)
    return COMPLAINTS.found(text) | LEGAL_THREATS.found(text)
