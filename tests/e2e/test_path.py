"""The main job, end to end: HTTP → Kafka → a number, a person told, a preference in the CRM. Every part is real."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from amends.local.kafka import KafkaServer
from support.happened import stamp
from support.receiver import SECRET, Receiver
from support.services import House, house
from support.until import until

TOKEN = "the token of the crm"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str, sink: Receiver) -> AsyncIterator[House]:
    async with house(tmp_path, topics, database_url) as found:
        crm = await found.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
        await asyncio.gather(
            found.add("ingest"),
            found.add("scoring", SCORING_EXPORT_SECONDS="0.5"),
            found.add(
                "alerting",
                ALERTING_WEBHOOK_URL=sink.url,
                ALERTING_WEBHOOK_SECRET=SECRET,
                ALERTING_DESK_PASSPHRASE="open sesame",
            ),
            found.add(
                "profile-sync",
                PROFILE_SYNC_CRM_URL=f"{crm.url}/profiles/{{customer_id}}",
                PROFILE_SYNC_CRM_TOKEN=TOKEN,
            ),
        )
        yield found


def contact(name: str, now: datetime) -> dict[str, Any]:
    offered = now - timedelta(minutes=5)
    return {
        "interaction_id": name,
        "channel": "phone",
        "team": "billing",
        "agent": "a-17",
        "customer_id": f"cus-{name}",
        "offered_at": stamp(offered),
        "answered_at": stamp(offered + timedelta(seconds=12)),
        "ended_at": stamp(offered + timedelta(seconds=132)),
        "talk_seconds": 120,
        "resolved": False,
    }


def answer(name: str, value: int, now: datetime, **said: Any) -> dict[str, Any]:
    return {
        "response_id": f"resp-{name}",
        "interaction_id": name,
        "customer_id": f"cus-{name}",
        "instrument": "csat",
        "scale": "1-5",
        "value": value,
        "submitted_at": stamp(now),
        **said,
    }


async def csat(rooms: House) -> dict[str, Any]:
    found = await rooms.get("scoring", "/v1/metrics", metric="csat", window="1h", dimension="team")
    return {row["key"]: row for row in found["values"]}


async def test_a_bad_answer_moves_a_number_reaches_a_person_and_is_followed_to_its_outcome(
    rooms: House, sink: Receiver
) -> None:
    now = datetime.now(UTC)
    # The survey is faster than the telephone system.
    said = answer("one", 1, now, comment="canary: nobody called me back")
    assert (await rooms.post("/v1/survey-responses", said)).status_code == 202
    await until(lambda: sink.got, "somebody is told", seconds=60)
    assert (await rooms.post("/v1/interactions", contact("one", now))).status_code == 202

    told = sink.verified()
    assert told["type"] == "case.opened"
    assert b"canary" not in sink.got[0][1]
    await until(lambda: _value(rooms, "billing"), "the number has moved")
    assert (await csat(rooms))["billing"]["n"] == 1

    case = (await rooms.get("alerting", f"/v1/cases/{told['data']['case_id']}"))["case"]
    steps = (
        ("claim", {"by": "Dana"}),
        ("contacted", {"by": "Dana", "note": "Called and apologised."}),
        ("close", {"by": "Dana", "outcome": "recovered", "cause": "workflow", "remedy": "Refunded."}),
    )
    async with httpx.AsyncClient(headers=rooms.headers) as client:
        url = f"{rooms['alerting'].url}/v1/cases/{case['id']}"
        for step, body in steps:
            done = await client.post(f"{url}/{step}", json={**body, "version": case["version"]})
            assert done.status_code == 200, done.text
            stale = await client.post(f"{url}/{step}", json={**body, "version": case["version"]})
            assert stale.status_code == 409
            case = done.json()["case"]
    assert case["state"] == "closed"
    await until(lambda: len(sink.got) == 4, "how it went on is told too")
    types = [sink.verified(number)["type"] for number in range(4)]
    assert types == ["case.opened", "case.claimed", "case.contacted", "case.closed"]


async def _value(rooms: House, team: str) -> bool:
    return (await csat(rooms)).get(team, {}).get("value") is not None


async def test_the_gauge_prometheus_scrapes_moves_and_a_correction_moves_it_back(rooms: House) -> None:
    now = datetime.now(UTC)
    await rooms.post("/v1/interactions", [contact(f"c{n}", now) for n in range(4)])
    await rooms.post("/v1/survey-responses", [answer(f"c{n}", 5 if n else 1, now, revision=1) for n in range(4)])
    await until(lambda: _gauge(rooms, 0.75), "the gauge shows 3 of 4")
    await rooms.post("/v1/survey-responses", answer("c0", 5, now, revision=2))
    await until(lambda: _gauge(rooms, 1.0), "the gauge shows 4 of 4")
    await rooms.post("/v1/survey-responses", answer("c0", 1, now, revision=1, comment="late and older"))
    await rooms.caught_up("scoring")
    await asyncio.sleep(1.2)  # two rounds of the exporter
    assert await _gauge(rooms, 1.0)


async def _gauge(rooms: House, value: float) -> bool:
    async with httpx.AsyncClient() as client:
        page = (await client.get(f"{rooms['scoring'].url}/metrics")).text
    labels = 'dimension="channel",key="phone",tenant="default",window="1h"'
    found = [line for line in page.splitlines() if line.startswith("amends_csat_ratio{")]
    return any(all(label in line for label in labels.split(",")) and float(line.split()[-1]) == value for line in found)


async def test_what_a_customer_prefers_reaches_the_crm_with_where_it_came_from(rooms: House) -> None:
    now = datetime.now(UTC)
    later, earlier = stamp(now), stamp(now - timedelta(days=2))
    wants = [{"kind": "contact_channel", "value": "email"}, {"kind": "do_not_contact", "value": "phone"}]
    wanted_before = [{"kind": "contact_channel", "value": "sms"}, {"kind": "language", "value": "bn"}]
    said = [
        answer("new", 5, now, preferences=wants, submitted_at=later),
        answer("old", 5, now, preferences=wanted_before, submitted_at=earlier, customer_id="cus-new"),
    ]
    assert (await rooms.post("/v1/survey-responses", said)).status_code == 202

    async def profile() -> str:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            found = await client.get(f"{rooms['demo-crm'].url}/profiles/cus-new")
        return found.text if found.status_code == 200 and '"bn"' in found.text and '"email"' in found.text else ""

    kept = await until(profile, "the profile holds both answers, the newest winning")
    assert "sms" not in kept
    assert "resp-new" in kept


async def test_poison_in_a_topic_is_set_aside_and_everything_after_it_applies(rooms: House, topics: str) -> None:
    from events.runtime.kafka import KafkaPublisher
    from events.runtime.stream import Outgoing

    publisher = KafkaPublisher(topics, client_id="test")
    now = datetime.now(UTC)
    await rooms.post("/v1/interactions", contact("before", now))
    await publisher.publish([Outgoing("interactions", b"k", b'{"not": "an event"}', (("ce_id", b"x"),))])
    await publisher.close()
    await rooms.post("/v1/interactions", contact("after", now))
    for name in ("scoring", "alerting", "profile-sync"):
        await rooms.caught_up(name)
        assert await rooms.counted(name, "amends_consumer_dead_letters_total") == 1
        assert await rooms.counted(name, "amends_consumer_applied_total") == 2


async def test_a_broker_that_goes_away_costs_503_and_comes_back_without_a_restart(
    rooms: House, kafka: KafkaServer
) -> None:
    now = datetime.now(UTC)
    assert (await rooms.post("/v1/interactions", contact("before", now))).status_code == 202
    await rooms.caught_up("scoring")
    await asyncio.to_thread(kafka.kill)
    refused = await rooms.post("/v1/interactions", contact("during", now))
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["Content-Type"] == "application/problem+json"
    await asyncio.to_thread(kafka.start)

    async def accepted() -> bool:
        return (await rooms.post("/v1/interactions", contact("during", now))).status_code == 202

    await until(accepted, "ingest accepts again", seconds=60)
    await rooms.caught_up("scoring")
    found = await rooms.get("scoring", "/v1/metrics", metric="contact_volume", window="1h")
    assert found["values"][0]["n"] == 2


async def test_nothing_a_customer_said_or_is_shows_in_logs_metrics_or_notifications(
    rooms: House, sink: Receiver
) -> None:
    now = datetime.now(UTC)
    canary = "canary7391"
    said = answer("secret", 1, now, comment=canary, answers={"why": canary}, customer_id=canary)
    said["preferences"] = [{"kind": "note", "value": canary}]
    await rooms.post("/v1/survey-responses", said)
    await rooms.post("/v1/interactions", {**contact("secret", now), "customer_id": canary})
    mention = {"mention_id": "m-1", "network": "n", "author": canary, "text": canary, "sentiment": "negative"}
    await rooms.post("/v1/mentions", {**mention, "published_at": stamp(now)})
    await rooms.post("/v1/survey-responses", {**said, "value": canary, "unknown": canary})
    for name in ("scoring", "alerting", "profile-sync"):
        await rooms.caught_up(name)
    await until(lambda: len(sink.got) == 2, "both notifications")
    for member in rooms.members.values():
        assert canary not in member.log.read_text(errors="replace")
        async with httpx.AsyncClient() as client:
            assert canary not in (await client.get(f"{member.url}/metrics")).text
    for headers, body in sink.got:
        assert canary not in json.dumps(headers)
        assert canary.encode() not in body


async def test_every_address_the_readme_gives_leads_to_a_page(rooms: House) -> None:
    addresses = [(name, "/docs") for name in ("ingest", "scoring", "alerting", "profile-sync")]
    addresses += [("alerting", "/desk"), ("alerting", "/"), ("demo-crm", "/"), ("ingest", "/")]
    async with httpx.AsyncClient(follow_redirects=True) as client:
        for name, path in addresses:
            page = await client.get(f"{rooms[name].url}{path}")
            assert page.status_code == 200, (name, path)
            assert page.headers["Content-Type"].startswith("text/html"), (name, path)
            assert "cdn" not in page.text, "a page must not need another server"
