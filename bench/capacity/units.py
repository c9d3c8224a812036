"""What is counted one by one: a contact, its correction, a good answer, a terrible one, a preference."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

AGENTS, TEAMS, CUSTOMERS = 1_000, 50, 50_000
CHANNELS = ("phone", "phone", "chat", "email", "messaging", "web", "social")
WORDS = "Twice I was promised a call, and twice nobody rang."

Made = Callable[[int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Unit:
    """``count`` of ``made``, ``per_second`` of them. ``make`` gives the type and the data of the n-th."""

    name: str
    count: int
    per_second: float
    type: str
    make: Made


def _contact(number: int, revision: int = 1) -> dict[str, Any]:
    draw = random.Random(number)
    ended = datetime.now(UTC) - timedelta(minutes=draw.randrange(10, 60))
    agent = draw.randrange(AGENTS)
    return {
        "interaction_id": f"call-{number}",
        "revision": revision,
        "channel": CHANNELS[number % len(CHANNELS)],
        "team": f"team-{agent % TEAMS}",
        "agent": f"a-{agent}",
        "customer_id": _customer(number),
        "reason": f"reason-{draw.randrange(20)}",
        "offered_at": (ended - timedelta(seconds=320)).isoformat(),
        "answered_at": (ended - timedelta(seconds=300)).isoformat(),
        "ended_at": ended.isoformat(),
        "talk_seconds": 280.0,
        "hold_seconds": 20.0,
        "wrap_seconds": float(30 * revision),
        "resolved": True,
    }


def _customer(number: int) -> str:
    return f"cus-{random.Random(number).randrange(CUSTOMERS)}"


def _answer(name: str, first: int, value: int, **more: Any) -> Made:
    """About contacts from the ``first`` on, so that each kind of answer has its own."""
    return lambda number: {
        "response_id": f"{name}-{number}",
        "interaction_id": f"call-{first + number}",
        "customer_id": _customer(first + number),
        "instrument": "csat",
        "scale": "1-5",
        "value": value,
        "submitted_at": datetime.now(UTC).isoformat(),
        **more,
    }


def _preference(number: int) -> dict[str, Any]:
    channel = ("email", "phone", "sms")[number % 3]
    told = [{"kind": "contact_channel", "value": channel}]
    return _answer("wish", 8_000, 5, preferences=told)(number)


def units(share: float = 1.0) -> tuple[Unit, ...]:
    """In the order they are told. ``share``: of the usual number of each; 1 takes some two minutes in all."""

    def some(count: int) -> int:
        return max(10, round(count * share))

    return (
        Unit("contact", some(12_000), 300, "interaction.reported", _contact),
        Unit("correction", some(2_000), 200, "interaction.reported", lambda number: _contact(number, 2)),
        Unit("answer", some(3_000), 150, "survey.answered", _answer("good", 0, 5)),
        Unit("case", some(400), 25, "survey.answered", _answer("bad", 4_000, 1, comment=WORDS)),
        Unit("preference", some(400), 25, "survey.answered", _preference),
    )
