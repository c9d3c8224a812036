"""Questions over HTTP: whether the numbers are right, and how long they take."""

import asyncio
import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.ingest.statistics import percentile
from bench.scoring.result import EVERY, Question
from bench.scoring.service import Scoring
from bench.scoring.stream import Score
from bench.session import BenchFailed

WINDOWS = ("5m", "1h", "24h", "7d", "30d")
TIMES, TIMES_EVERY = 300, 20
"""How often a question is asked; those for every agent at once more rarely."""


async def check(scoring: Scoring, expected: Mapping[str, Score], first: int) -> None:
    """Every agent's contacts, answers and CSAT, and those of all together. Raises BenchFailed.

    ``first``: Unix seconds, when it all began.
    """
    whole = Score(*(sum(score[place] for score in expected.values()) for place in range(3)))
    for dimension, scores in (("agent", expected), ("all", {"": whole})):
        told = await asyncio.to_thread(_told, scoring, dimension, first)
        wrong = [key for key in scores.keys() | told.keys() if differs(scores.get(key), told.get(key))]
        if wrong:
            key = min(wrong)
            raise BenchFailed(f"{len(wrong)} of {dimension} are wrong: {key}: {told.get(key)}, not {scores.get(key)}")


def differs(expected: Score | None, told: tuple[int, int, float | None] | None) -> bool:
    if expected is None or told is None:
        return True
    ratio = expected.satisfied / expected.answers if expected.answers else None
    return told[:2] != expected[:2] or (told[2] is None) != (ratio is None) or abs((told[2] or 0) - (ratio or 0)) > 1e-9


def _told(scoring: Scoring, dimension: str, first: int) -> dict[str, tuple[int, int, float | None]]:
    """Contacts, answers and CSAT by key."""
    begin = datetime.fromtimestamp(first, UTC) - timedelta(days=1)
    asked = {"from": begin.isoformat(), "to": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    question = [("metric", "contact_volume"), ("metric", "csat"), ("dimension", dimension), *asked.items()]
    answer = _Asker(scoring).ask(question)
    scores = {row["key"]: (row["n"], row["value"]) for row in answer["also"][0]["values"]}
    return {row["key"]: (row["n"], *scores[row["key"]]) for row in answer["values"]}


async def ask(scoring: Scoring, agents: Sequence[str], *, history: bool) -> list[Question]:
    """CSAT over every rolling window: of one agent after another, of all together, and of every agent at once."""
    return await asyncio.to_thread(lambda: list(_asked(_Asker(scoring), agents, history)))


def _asked(asker: "_Asker", agents: Sequence[str], history: bool) -> Iterator[Question]:
    for window in WINDOWS:
        for what, times in (("one agent", TIMES), ("all", TIMES), (EVERY, TIMES_EVERY)):
            took = []
            for number in range(times + 5):
                question = [("metric", "csat"), ("window", window)]
                question += [("dimension", "all" if what == "all" else "agent")]
                question += [("key", agents[number % len(agents)])] if what == "one agent" else []
                begin = time.perf_counter()
                asker.ask(question)
                took.append((time.perf_counter() - begin) * 1000)
            yield Question(what, window, history, percentile(took[5:], 0.5), percentile(took[5:], 0.99))


class _Asker:
    """One connection that is kept open."""

    def __init__(self, scoring: Scoring) -> None:
        address = urlsplit(scoring.address)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {scoring.key}"}

    def ask(self, question: Sequence[tuple[str, str]]) -> Any:
        self._connection.request("GET", f"/v1/metrics?{urlencode(question)}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise BenchFailed(f"scoring answers {answer.status}: {body[:200]!r}")
        return json.loads(body)
