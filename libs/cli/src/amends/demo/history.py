"""The days before the demo: told at once, so that the pages show more than a minute from the start."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from amends.demo.observer import Observer
from amends.demo.player import Player
from amends.errors import CommandError
from amends.services import SERVICES, Service
from amends.simulation.plan import past
from events.topics import read_by

CONSUMERS = tuple(service for service in SERVICES if read_by(service.name))
SECONDS = 120.0


async def tell(player: Player, observer: Observer, *, seed: int, tag: str, days: int) -> int:
    """Returns how many events there were, once every consumer has applied all of them.

    Raises:
        CommandError: an event was refused, or a consumer does not get on.
    """
    before = {service: await observer.applied(service) for service in CONSUMERS}
    count = await player.bring(past(seed, datetime.now(UTC), tag=tag, days=days))
    told = player.expected.by_topic
    for service in CONSUMERS:
        topics = [topic.name for topic in read_by(service.name)]
        await _reached(observer, service, {topic: before[service].get(topic, 0) + told[topic] for topic in topics})
    return count


async def _reached(observer: Observer, service: Service, wanted: Mapping[str, int]) -> None:
    """Once ``service`` has applied so many events of each topic."""
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                applied = await observer.applied(service)
                if all(applied.get(topic, 0) >= count for topic, count in wanted.items()):
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise CommandError(f"{service.name} has not applied the days before within {SECONDS:.0f} s") from None
