"""What the participants and sessions of a Genesys conversation make of one contact."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from events.vocabulary import Direction
from ingest.core.source import Source
from ingest.vendors.legs import EARLIEST, Call, Leg, duration, total
from ingest.vendors.node import Node
from ingest.vendors.telling import configured

AGENTS = frozenset({"agent", "user"})
CUSTOMERS = frozenset({"customer", "external"})
CHANNELS = {
    "voice": "phone",
    "callback": "phone",
    "chat": "chat",
    "webchat": "chat",
    "email": "email",
    "message": "messaging",
    "webmessaging": "messaging",
    "sms": "sms",
    "video": "video",
}


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a participant."""

    node: Node
    purpose: str
    user: Node

    @property
    def media(self) -> str:
        return (self.node.get("mediaType").text() or "").lower()

    def metrics(self, *names: str) -> list[float]:
        """What these metrics say, in seconds: each may be emitted several times."""
        found = [node for node in self.node.get("metrics").items() if node.get("name").value in names]
        return [seconds for node in found if (seconds := duration(node.get("value"), "ms")) is not None]

    def count(self, name: str) -> int:
        found = [node for node in self.node.get("metrics").items() if node.get("name").value == name]
        return sum(int(min(max(node.get("value").number() or 0, 0), 1000)) for node in found)

    def segments(self, kind: str) -> list[Node]:
        return [node for node in self.node.get("segments").items() if node.get("segmentType").value == kind]

    def started(self) -> datetime | None:
        """When its first conversation began."""
        return min((node.need_instant("segmentStart") for node in self.segments("interact")), default=None)

    def queue(self) -> Node:
        return next(
            (node.get("queueId") for node in self.node.get("segments").items() if node.get("queueId")), Node(None)
        )


def sessions_of(participant: Node) -> Iterator[Session]:
    purpose = participant.get("purpose").text() or ""
    for node in participant.get("sessions").items():
        yield Session(node, purpose, participant.get("userId"))


def call_of(root: Node, sessions: list[Session], source: Source) -> Call:
    talked = _talked(sessions)
    legs = [_leg(session, source) for session in talked]
    queued = [session for session in sessions if session.purpose == "acd" and session.started()]
    starts = [started for session in queued if (started := session.started())]
    answered_at = min((leg.answered_at for leg in legs), default=None)
    documents = (root, *_participants(root))
    return Call(
        offered_at=min(starts, default=None) or root.need_instant("conversationStart"),
        channel=_channel([*talked, *queued, *sessions]) or source.channel or "other",
        legs=legs,
        direction=_direction(root, sessions),
        team=team(queued[-1].queue(), source) if queued else None,
        customer_id=configured(source, "customer_id", *documents).identifier(),
        reason=configured(source, "reason", *documents).label(source.labels.get("reason"))
        or _wrap_up(sessions, source),
        ended_at=root.get("conversationEnd").instant(),
        wait=_wait(queued, talked, answered_at),
        left=any(session.metrics("tAbandon", "tShortAbandon") for session in sessions),
        callback_queued=any(session.media == "callback" for session in queued),
        transfers=sum(session.count("nTransferred") for session in sessions if session.purpose in AGENTS),
    )


def _talked(sessions: Iterable[Session]) -> list[Session]:
    """Those in which an agent talked. A callback lies around the call that it leads to: then only it counts."""
    found = [session for session in sessions if session.purpose in AGENTS and session.started()]
    calling_back = {
        session.user.text() for session in found if session.media == "callback" and session.metrics("tTalk")
    }
    counted = [session for session in found if session.media != "voice" or session.user.text() not in calling_back]
    return sorted(counted, key=lambda session: session.started() or EARLIEST)


def _leg(session: Session, source: Source) -> Leg:
    ends = [node.get("segmentEnd").instant() for node in session.segments("interact")]
    return Leg(
        answered_at=min(node.need_instant("segmentStart") for node in session.segments("interact")),
        agent=session.user.identifier(),
        team=team(session.queue(), source),
        ended_at=max((end for end in ends if end), default=None) if all(ends) else None,
        talk=total(session.metrics("tTalk")),
        hold=total(session.metrics("tHeld")),
        wrap=total(session.metrics("tAcw")),
    )


def _wait(queued: list[Session], talked: list[Session], answered_at: datetime | None) -> float | None:
    """Time in every queue until the first answer; who is called back has waited in the call-back's queue."""
    until = [session for session in queued if answered_at is None or (session.started() or answered_at) <= answered_at]
    calling_back = [session for session in until if session.media == "callback"]
    counted = calling_back if talked and talked[0].media == "callback" else until
    waits = [seconds for session in counted for seconds in session.metrics("tAcd")]
    answers = [seconds for session in talked[:1] for seconds in session.metrics("tAnswered")]
    return total(waits or answers)


def _channel(sessions: Iterable[Session]) -> str | None:
    return next((channel for session in sessions if (channel := CHANNELS.get(session.media))), None)


def _direction(root: Node, sessions: Iterable[Session]) -> Direction:
    named = (root.get("originatingDirection"), *(session.node.get("direction") for session in sessions))
    first = next((node.text() or "" for node in named if node), "inbound")
    return "outbound" if first.lower() == "outbound" else "inbound"


def team(queue: Node, source: Source) -> str | None:
    return queue.label(source.labels.get("team"))


def _participants(root: Node) -> list[Node]:
    """The customer first: attributes of a conversation are kept by its participants."""
    found = list(root.get("participants").items())
    return sorted(found, key=lambda node: node.get("purpose").value not in CUSTOMERS)


def _wrap_up(sessions: Iterable[Session], source: Source) -> str | None:
    """The last wrap-up code, where the source's configuration says that it is a reason."""
    codes = [node.get("wrapUpCode") for session in sessions for node in session.segments("wrapup")]
    names = source.labels.get("reason", {})
    return next((code.label(names) for code in reversed(codes) if code.text() in names), None)


def version(root: Node, sessions: Iterable[Session]) -> datetime:
    """The newest moment in it: metrics are emitted one by one, after-call work after the end."""
    emitted = [node.get("emitDate") for session in sessions for node in session.node.get("metrics").items()]
    segments = [node for session in sessions for node in session.node.get("segments").items()]
    spans = [node.get(key) for node in segments for key in ("segmentStart", "segmentEnd")]
    ended = [root.get("conversationEnd").instant(), *(node.instant() for node in emitted + spans)]
    return max([root.need_instant("conversationStart"), *(moment for moment in ended if moment)])
