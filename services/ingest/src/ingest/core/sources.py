"""Who an event is from: which source a plain report gets, and for which sources an API key may speak."""

from collections.abc import Callable, Iterable, Sequence

from events.problems import Problem
from ingest.core.limits import COMPLAINTS
from ingest.core.reading import Placed


def of_plain(allowed: Sequence[str], key_id: str, claimed: str | None) -> str:
    """The source of events that come without an envelope: as claimed, else the key's only one, else the key itself.

    Args:
        allowed: the sources the key may speak for; empty means any.
        claimed: what the header ``Amends-Source`` says.
    """
    if claimed is not None:
        return claimed
    return allowed[0] if len(allowed) == 1 else f"/api/{key_id}"


def not_allowed(placed: Iterable[Placed], may_speak_for: Callable[[str], bool]) -> list[Problem]:
    """A complaint for each event whose source the key may not speak for."""
    return [
        Problem(f"{at}/source", "source", "is not a source this API key may speak for")
        for at, event in placed
        if not may_speak_for(event.source)
    ][:COMPLAINTS]
