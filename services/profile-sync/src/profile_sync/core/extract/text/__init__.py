"""Preferences in free text, by rules."""

from profile_sync.core.extract.found import Found


def find(comment: str, language: str | None = None) -> tuple[Found, ...]:
    """What the customer says they prefer, in the order of the words. Never raises.

    Args:
        comment: as the customer wrote it.
        language: BCP 47 of the survey, where known; a hint only.
    """
    return ()
