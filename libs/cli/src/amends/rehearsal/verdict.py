"""Does it hold? Every question is asked until it does, or time is up."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import asyncpg
import httpx

from amends.rehearsal import checks
from amends.rehearsal.fleet import Fleet
from amends.rehearsal.ground import Ground
from amends.rehearsal.steps import Steps
from amends.rehearsal.traffic import Centre
from amends.services import Service
from events.runtime.errors import Unavailable

SETTLE_SECONDS = 90.0
PAUSE_SECONDS = 0.5
TITLE = "checks"

Ask = Callable[[], Coroutine[Any, Any, str | None]]
"""None: it holds. Else what does not, in a sentence."""


def asked(
    ground: Ground, up: Fleet, centre: Centre, databases: Mapping[Service, str], prometheus: str | None
) -> Mapping[str, Ask]:
    """Title → question. ``databases``: the DATABASE_URL of each service; ``prometheus``: None where there is none."""

    async def promises() -> str | None:
        return "; ".join(await centre.off()) or None

    found: dict[str, Ask] = {
        "each event applied once, each bad answer one case and one notification, the CRM as customers said": promises,
        "scoring, alerting and profile-sync have applied everything that was posted": lambda: checks.applied(
            up, centre.player.expected.by_topic
        ),
        "no consumer is behind, nothing was set aside": lambda: checks.caught_up(up),
        "both processes of each consumer hold partitions": lambda: checks.shared(up),
        "every process is ready": lambda: checks.ready(up),
        "every record is on all three brokers": lambda: checks.copied(ground),
        "a wrong password and a topic of another service are refused": lambda: checks.kept_out(ground),
        "no role reads the schema of another": lambda: checks.schemas_apart(databases),
    }
    if prometheus is not None:
        found["Prometheus scrapes all eight, and no rule fails"] = lambda: checks.scraped(up.client, prometheus)
    return found


async def reach(asked: Mapping[str, Ask], steps: Steps) -> Sequence[str]:
    """What does not hold. All share ``SETTLE_SECONDS``, each is asked once at least."""
    deadline = time.monotonic() + SETTLE_SECONDS
    off = []
    with steps.step(TITLE):
        for title, ask in asked.items():
            reason = await _answer(ask)
            while reason is not None and time.monotonic() < deadline:
                await asyncio.sleep(PAUSE_SECONDS)
                reason = await _answer(ask)
            steps.say(f"  {'ok ' if reason is None else 'OFF'} {title}{f': {reason}' if reason else ''}")
            if reason is not None:
                off.append(f"{title}: {reason}")
    return off


async def _answer(ask: Ask) -> str | None:
    try:
        return await ask()
    except (httpx.HTTPError, asyncpg.PostgresError, Unavailable, OSError, TimeoutError) as error:
        return f"could not be asked: {type(error).__name__}: {error}"
