"""The limit: aiokafka's loop as its documentation has it, decoding each value and dropping it."""

import asyncio

import msgspec
from aiokafka import AIOKafkaConsumer
from progress import BOOTSTRAP, RUN, Progress

from events.topics import INTERACTIONS, SURVEY_RESPONSES


async def main() -> None:
    progress, decode, count = Progress(), msgspec.json.decode, 0
    consumer = AIOKafkaConsumer(
        INTERACTIONS.name,
        SURVEY_RESPONSES.name,
        bootstrap_servers=BOOTSTRAP,
        group_id=f"bench-bare-{RUN}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        while True:
            for messages in (await consumer.getmany(timeout_ms=200, max_records=4000)).values():
                for message in messages:
                    decode(message.value)
                count += len(messages)
                progress.reached(count)
            await consumer.commit()
    finally:
        await consumer.stop()


asyncio.run(main())
