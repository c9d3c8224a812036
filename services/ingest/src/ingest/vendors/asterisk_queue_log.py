"""One line of Asterisk's queue log: ``epoch|call|queue|agent|event|parameters``.

A completion doesn't say which connection it ends. It is kept by its time, and put to its leg in ``asterisk_contact``.
"""

from dataclasses import dataclass
from datetime import datetime

from ingest.core.source import Source
from ingest.vendors.asterisk_contact import agent_of
from ingest.vendors.legs import duration
from ingest.vendors.node import Node
from ingest.vendors.outcome import Ignored, Outcome, Part, Scalar
from ingest.vendors.telling import telling

COMPLETED = {"COMPLETEAGENT": 0, "COMPLETECALLER": 0, "TRANSFER": 2, "BLINDTRANSFER": 2, "ATTENDEDTRANSFER": -3}
"""Where ``holdtime`` stands among the parameters; ``calltime`` follows it."""
LEFT = {"ABANDON": 2, "EXITEMPTY": 2, "EXITWITHTIMEOUT": 2, "EXITWITHKEY": 3}
"""Where the time waited stands."""
NO_CALL = ("", "NONE", "REALTIME")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that tells of a call. ``visit`` tells apart what happens several times: when, and in which queue."""

    node: Node
    at: datetime
    queue: str
    member: str
    event: str
    values: list[str]

    @property
    def visit(self) -> str:
        return f"{self.at.isoformat()}/{self.node_of(self.queue).identifier()}"

    def node_of(self, value: str) -> Node:
        return Node(value, self.node.at)

    def value(self, place: int) -> Node:
        """Raises Invalid where the event has no such parameter."""
        if not -len(self.values) <= place < len(self.values):
            raise self.node.wrong("queue-log", "lacks parameters of its event")
        return self.node_of(self.values[place]).need()


def line(node: Node, source: Source) -> Outcome:
    """Raises Invalid, pointing at the line."""
    fields = str(node.value).strip().rstrip("|").split("|")  # a log kept in a table has empty fields at its end
    if fields == [""]:
        return Ignored(node.at, "an empty line")
    if len(fields) < 5:
        raise node.wrong("queue-log", "is no line of a queue log: time|call|queue|agent|event|…")
    time, call, queue, member, event, *values = fields
    told = Line(node, Node(time, node.at).need_instant(), queue, member, event, values)
    if event not in (*COMPLETED, *LEFT, "ENTERQUEUE", "CONNECT"):
        return Ignored(node.at, "an event that says nothing of a call's wait, talk or end")
    if call in NO_CALL:
        raise node.wrong("queue-log", "names no call")
    return Part(node.at, told.node_of(call).identifier() or "", _facts(told, source), told.at)


def _facts(told: Line, source: Source) -> dict[str, Scalar]:
    team = told.node_of(told.queue).label(source.labels.get("team"))
    if told.event == "ENTERQUEUE":
        return telling({"team": team, "at": told.at}, "joined", told.visit)
    if told.event in LEFT:
        called_back = told.event == "EXITWITHKEY" and told.value(0).text() in source.options.callback_keys
        waited = duration(told.value(LEFT[told.event]))
        left = {"team": team, "at": told.at, "waited": waited, "callback": called_back or None}
        return telling(left, "left", told.visit)
    agent = agent_of(told.node_of(told.member))
    if told.event == "CONNECT":
        leg = {"team": team, "agent": agent, "answered": told.at, "waited": duration(told.value(0))}
        return telling(leg, "with", told.value(1).identifier() or "")
    held, talk = _times(told)
    done = {"team": team, "agent": agent, "at": told.at, "waited": held, "talk": talk}
    return telling(done | {"moved": "TRANSFER" in told.event or None}, "done", told.visit)


def _times(told: Line) -> tuple[float | None, float | None]:
    """``holdtime`` and ``calltime``. Of an attended transfer they are counted from the end, since its method may take
    several places."""
    place = COMPLETED[told.event]
    return duration(told.value(place)), duration(told.value(place + 1))
