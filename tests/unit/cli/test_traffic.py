"""``amends traffic``: what ends it."""

import asyncio

import httpx

from amends.demo.traffic import Options, Traffic


async def test_history_ends_when_it_is_told_to_also_where_ingest_is_away() -> None:
    stop, said = asyncio.Event(), list[str]()

    def away(_: httpx.Request) -> httpx.Response:
        asyncio.get_running_loop().call_soon(stop.set)
        return httpx.Response(503)

    async with httpx.AsyncClient(transport=httpx.MockTransport(away)) as client:
        traffic = Traffic(client, Options("http://ingest", "key", None, 5, 7, history=1), said.append)
        async with asyncio.timeout(30):
            await traffic.tell_history(stop)
            await traffic.run(None, stop)
    assert [line for line in said if "told of" in line] == []
    assert traffic.posted == 0
