"""A consumer that is told to stop drains and leaves its group, so that the next one goes on at once."""

import asyncio
from pathlib import Path

import pytest

from events.runtime.kafka import KafkaPublisher, group_members
from support.happened import answered, event, record
from support.services import house
from support.until import until

pytestmark = pytest.mark.timeout(200)


@pytest.mark.parametrize("pause", [0.0, 1.0], ids=["while it takes its partitions", "when it has them"])
async def test_a_stop_is_a_drain_and_a_leave(tmp_path: Path, topics: str, database_url: str, pause: float) -> None:
    publisher = KafkaPublisher(topics, client_id="test")
    async with house(tmp_path, topics, database_url) as rooms:
        scoring = await rooms.add("scoring")
        for round_ in range(3):
            names = [f"i-{round_}-{n}" for n in range(50)]
            await publisher.publish([record(event("interaction.reported", answered(name))) for name in names])
            await rooms.caught_up("scoring")
            await scoring.stop()
            await scoring.start()
            await until(lambda: _joined(topics), "the new process is a member")
            await asyncio.sleep(pause)
            await scoring.stop()
            assert scoring.process is not None
            assert scoring.process.wait(1) == 0, "it was killed because it did not stop by itself"
            assert (await group_members(topics, ["scoring"]))["scoring"] == 0, "it did not leave its group"
            await scoring.start()
    await publisher.close()


async def _joined(bootstrap: str) -> bool:
    return (await group_members(bootstrap, ["scoring"]))["scoring"] > 0
