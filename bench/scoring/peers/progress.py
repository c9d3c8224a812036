"""What a peer tells the bench, a line at a time. Only the standard library: each peer has an environment of its own."""

import json
import os
import time
from pathlib import Path

BOOTSTRAP = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
RUN = os.environ["BENCH_RUN"]
"""A word of this run alone, for names that the broker remembers."""
STATE = Path(os.environ["BENCH_STATE"])
"""An empty folder for what the peer keeps."""
LENGTH, STEP = 3600, 60
"""Seconds: a window, and from one window to the next."""
EVERY = 0.1
SAMPLED = "7"
"""The bench knows the windows of the agents whose name ends with it."""
EVENTS = int(os.environ["BENCH_EVENTS"])
"""All there are."""


class Progress:
    """How many events have come through, told every 0.1 s, and the closed windows of every tenth agent."""

    def __init__(self) -> None:
        self._file = Path(os.environ["BENCH_REPORT"]).open("w")  # noqa: SIM115  (as long as the process)
        self._count = 0
        self._next = 0.0

    def begin(self) -> None:
        """Start the clock here, not with the first event: for those that tell of a great many at once."""
        self._tell({"at": time.monotonic(), "events": 0})

    def one(self) -> None:
        self._count += 1
        if self._count % 100 == 0 or self._count == EVENTS:
            self.reached(self._count)

    def reached(self, count: int) -> None:
        now = time.monotonic()
        if now >= self._next or count == EVENTS:
            self._next = now + EVERY
            self._tell({"at": now, "events": count})

    def closed(self, agent: str, start: float, contacts: int, answers: int, satisfied: int) -> None:
        """``start``: Unix seconds, included; the window ends an hour later."""
        if agent.endswith(SAMPLED):
            self._tell({"agent": agent, "start": int(start), "sums": [contacts, answers, satisfied]})

    def _tell(self, line: dict[str, object]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def counted(event: dict[str, object]) -> tuple[int, int, int] | None:
    """Contacts, answers and satisfied answers in one event; None for a correction, which the peers pass over."""
    if "instrument" in event:
        return 0, 1, int(event["value"] >= 4)  # type: ignore[operator]
    return (1, 0, 0) if event["revision"] == 1 else None
