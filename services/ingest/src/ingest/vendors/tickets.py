"""What all ticketing systems share: a contact made of what the events of its ticket tell, piece by piece.

The facts: ``opened_at``, ``channel``, ``agent``, ``team``, ``customer_id``, ``reason``; ``over``, whether it is done
with, and ``ended_at``, since when; ``merged``, into another; and what ``once`` names: each reply, each reopening.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from events.interaction import Interaction
from events.vocabulary import Channel
from ingest.core.source import Field_, Source
from ingest.vendors.node import Node, build
from ingest.vendors.outcome import Fact, Scalar

MOST_REOPENED = 10_000
SOONEST_REPLY = timedelta(seconds=1)
"""The text that a ticket is opened with may come as a comment too, and nobody replies so fast."""


def facts(known: Mapping[str, Scalar | datetime | None]) -> dict[str, Scalar]:
    """Those that have a value, moments as text: what is not known now must not hide what was known before."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in known.items()
        if value is not None
    }


def placed(source: Source, root: Node, name: Field_, usual: Node) -> Node:
    """What stands where the source's ``fields`` say that ``name`` is, or else in its usual place."""
    path = source.fields.get(name)
    return root.path(path) if path else usual


def channel(node: Node, names: Mapping[str, Channel], source: Source) -> Channel | None:
    """Ours, of the vendor's word for it (in lower case in ``names``); None where it has none."""
    word = node.text()
    return names.get(word.lower(), source.channel or "other") if word else None


def once(what: str, moment: datetime, which: str = "") -> str:
    """The key of something that happens several times. By name such keys come after all others, the earliest first:
    of a contact with more facts than are kept, the latest of these go."""
    return f"was:{what}:{round(moment.timestamp() * 1000):013}{which and ':'}{which}"


def assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    """The contact as known by all these facts; None while its beginning or its channel are unknown."""
    known = {key: fact.value for key, fact in facts.items()}
    by = known.get("channel") or source.channel
    if "opened_at" not in known or not by:
        return None
    opened = datetime.fromisoformat(str(known["opened_at"]))
    over = known.get("over") is True
    fields = {key: known.get(key) for key in ("agent", "team", "customer_id", "reason")} | {
        "interaction_id": name,
        "revision": revision,
        "channel": by,
        "offered_at": opened,
        "first_response_at": min(_after(opened + SOONEST_REPLY, known, "was:replied:"), default=None),
        "ended_at": next(_after(opened, known, "ended_at"), None) if over else None,
        "resolved": True if over and not known.get("merged") else None,
        "reopened": min(sum(key.startswith("was:reopened:") for key in known), MOST_REOPENED),
    }
    return build(Interaction, "", fields)


def _after(earliest: datetime, known: Mapping[str, Scalar], prefix: str) -> Iterator[datetime]:
    moments = (datetime.fromisoformat(str(value)) for key, value in known.items() if key.startswith(prefix))
    return (found for found in moments if found >= earliest)
