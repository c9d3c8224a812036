"""Who an event is from: which source a plain report gets, and for which sources an API key may speak."""

from collections.abc import Callable, Sequence

from events.problems import Problem
from ingest.core.limits import COMPLAINTS
from ingest.core.records import Understood


def of_plain(allowed: Sequence[str], key_id: str, claimed: str | None) -> str:
    """The source of events that come without an envelope: as claimed, else the key's only one, else the key itself.

    Args:
        allowed: the sources the key may speak for; empty means any.
        claimed: what the header ``Amends-Source`` says.
    """
    if claimed is not None:
        return claimed
    return allowed[0] if len(allowed) == 1 else f"/api/{key_id}"


def not_allowed(understood: Understood, may_speak_for: Callable[[str], bool], *, at: str) -> list[Problem]:
    """A complaint for each event whose source the key may not speak for.

    Args:
        at: where an event's source stands, with ``{}`` for its number: "/{}/source", or "/source" for a single one.
    """
    if all(may_speak_for(source) for source in understood.sources):
        return []
    return [
        Problem(at.format(number), "source", "is not a source this API key may speak for")
        for number, (_, source, _) in enumerate(understood.identities)
        if not may_speak_for(source)
    ][:COMPLAINTS]
