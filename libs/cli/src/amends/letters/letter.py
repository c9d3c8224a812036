"""A dead letter as it stands in its topic, and the marks that say which were replayed. Pure.

A mark is a record of the dead-letter topic itself, without value, whose header ``dlq_replayed`` lists offsets.
So the memory of what was replayed lives as long as the letters do, belongs to everybody, and is an audit trail.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from events.runtime.dead_letters import PREFIX
from events.runtime.stream import Outgoing, Record
from events.topics import TOPICS

REPLAYED = PREFIX + "replayed"
AT = PREFIX + "at"
UNKNOWN = "unknown"


def dead_letter_topics() -> dict[str, str]:
    """The name of every dead-letter topic, with the topic its letters come from."""
    return {topic.dead_letters(reader).name: topic.name for topic in TOPICS for reader in topic.readers}


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. What its headers do not say is ``unknown`` or 0.

    Attributes:
        problems: JSON pointers and codes, or the name of an exception; nothing of the content.
        origin: topic, partition and offset it came from.
        buried_at: when it was set aside; else when the log took it.
    """

    record: Record
    reason: str
    problems: str
    consumer: str
    origin: tuple[str, int, int]
    buried_at: datetime

    @property
    def offset(self) -> int:
        return self.record.offset

    @classmethod
    def of(cls, record: Record) -> "Letter":
        said = {name: raw.decode("utf-8", "replace") for name, raw in record.headers if name.startswith(PREFIX)}

        def get(name: str) -> str:
            return said.get(PREFIX + name, UNKNOWN)

        def number(name: str) -> int:
            return int(text) if (text := get(name)).isdecimal() else 0

        return cls(
            record,
            get("reason"),
            get("error"),
            get("consumer"),
            (get("topic"), number("partition"), number("offset")),
            _moment(said.get(AT)) or record.timestamp,
        )

    def again(self, topic: str) -> Outgoing:
        """The record as it came: key, value and headers byte for byte, without what was added when it was buried."""
        headers = tuple((name, raw) for name, raw in self.record.headers if not name.startswith(PREFIX))
        return Outgoing(topic, self.record.key, self.record.value, headers)


def sort_out(records: Iterable[Record]) -> tuple[list[Letter], set[int]]:
    """The letters of a dead-letter topic in order, and the offsets of those that were replayed."""
    letters: list[Letter] = []
    replayed: set[int] = set()
    for record in records:
        marks = [raw for name, raw in record.headers if name == REPLAYED]
        if marks and record.value is None:
            for raw in marks:
                replayed |= parse_offsets(raw.decode("ascii", "replace"))
        else:
            letters.append(Letter.of(record))
    return letters, replayed


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters are meant. None: whatever it is."""

    reason: str | None = None
    since: datetime | None = None
    offset: int | None = None

    def of(self, letters: Iterable[Letter], done: Collection[int] = ()) -> list[Letter]:
        return [letter for letter in letters if letter.offset not in done and self._means(letter)]

    def _means(self, letter: Letter) -> bool:
        return (
            self.reason in (None, letter.reason)
            and self.offset in (None, letter.offset)
            and (self.since is None or letter.buried_at >= self.since)
        )


def mark(topic: str, offsets: Collection[int], now: datetime) -> Outgoing:
    """The record that says these were replayed."""
    headers = ((REPLAYED, format_offsets(offsets).encode()), (AT, now.isoformat().encode()))
    return Outgoing(topic, REPLAYED.encode(), None, headers)


def format_offsets(offsets: Collection[int]) -> str:
    """``{1, 2, 3, 7}`` as ``1-3,7``."""
    runs: list[list[int]] = []
    for offset in sorted(offsets):
        if runs and offset == runs[-1][1] + 1:
            runs[-1][1] = offset
        else:
            runs.append([offset, offset])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def parse_offsets(text: str) -> set[int]:
    """The opposite; what is not a run is skipped."""
    found: set[int] = set()
    for run in text.split(","):
        first, _, last = run.partition("-")
        if first.isdecimal() and (last or first).isdecimal():
            found.update(range(int(first), int(last or first) + 1))
    return found


def counted(letters: Sequence[Letter], replayed: Collection[int]) -> dict[str, dict[str, Any]]:
    """By reason: how many are waiting and replayed, and when the newest was buried."""
    found: dict[str, dict[str, Any]] = {}
    for letter in letters:
        entry = found.setdefault(letter.reason, {"waiting": 0, "replayed": 0, "newest": letter.buried_at})
        entry["replayed" if letter.offset in replayed else "waiting"] += 1
        entry["newest"] = max(entry["newest"], letter.buried_at)
    return found


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
