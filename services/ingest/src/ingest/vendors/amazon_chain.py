"""What the contacts of one chain make: Connect begins a new one with each transfer and call-back.

Facts: of the chain, ``channel``, ``customer``, ``reason``; of each of its contacts, ``contact``.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from events.interaction import Interaction
from events.vocabulary import Direction
from ingest.core.source import Source
from ingest.vendors.legs import EARLIEST, Call, Leg, between, earliest, snapshot, total
from ingest.vendors.outcome import Fact
from ingest.vendors.telling import Told, told, told_of

TRANSFERS = ("TRANSFER", "QUEUE_TRANSFER")
OUTBOUND = ("OUTBOUND", "EXTERNAL_OUTBOUND")


def assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    chain, contacts = told(facts), told_of(facts, "contact")
    said = list(contacts.values())
    channel = chain.text("channel") or source.channel
    queued = [contact for contact in said if "enqueued" in contact]
    offered_at = earliest(c.moment("enqueued") for c in queued) or earliest(c.moment("initiated") for c in said)
    if offered_at is None or channel is None:
        return None
    legs = [leg for contact in said if (leg := _leg(contact))]
    ends = [end for contact in said if (end := contact.moment("ended"))]
    over = len(ends) == len(said) and _complete(contacts)
    return snapshot(
        name,
        Call(
            offered_at=offered_at,
            channel=channel,
            legs=legs,
            direction=_direction(said, channel),
            team=_team(max(queued, key=_entered, default=Told({}))),
            customer_id=chain.text("customer"),
            reason=chain.text("reason"),
            ended_at=max(ends) if over else None,
            wait=_wait(queued),
            left=over and bool(queued),
            callback_queued=any(contact.text("method") == "CALLBACK" for contact in said),
            transfers=sum((contact.text("method") in TRANSFERS) + ("transferred" in contact) for contact in said),
        ),
        {"revision": revision},
    )


def _entered(contact: Told) -> tuple[datetime, str]:
    return (contact.moment("enqueued") or EARLIEST, _team(contact) or "")


def _leg(contact: Told) -> Leg | None:
    answered_at = contact.moment("answered")
    if answered_at is None:
        return None
    return Leg(
        answered_at=answered_at,
        agent=contact.text("agent") or contact.text("agent_arn"),
        team=_team(contact),
        ended_at=contact.moment("ended"),
        talk=contact.seconds("talk"),
        hold=contact.seconds("hold"),
        wrap=contact.seconds("wrap"),
    )


def _team(contact: Told) -> str | None:
    return contact.text("team") or contact.text("queue_arn")


def _direction(contacts: Collection[Told], channel: str) -> Direction:
    methods = {contact.text("method") for contact in contacts}
    if "INBOUND" in methods:
        return "inbound"
    return "outbound" if methods & set(OUTBOUND) or ("API" in methods and channel == "phone") else "inbound"


def _wait(queued: Collection[Told]) -> float | None:
    """Time in every queue until the first answer; who is called back has waited since the call-back was due."""
    answers = [(moment, contact) for contact in queued if (moment := contact.moment("answered"))]
    if not answers:
        return total([_waited(contact) for contact in queued])
    until, answered = min(answers, key=lambda answer: (answer[0], _entered(answer[1])))
    if answered.text("method") == "CALLBACK":
        return _waited(answered)
    return total([_waited(contact) for contact in queued if _entered(contact)[0] <= until])


def _waited(contact: Told) -> float | None:
    known = contact.seconds("waited")
    return between(contact.moment("enqueued"), contact.moment("answered")) if known is None else known


def _complete(contacts: Mapping[str, Told]) -> bool:
    """Whether every contact that one of them leads to is known: until then the customer may still be waiting."""
    return all(next_ is None or next_ in contacts for next_ in (said.text("next") for said in contacts.values()))
