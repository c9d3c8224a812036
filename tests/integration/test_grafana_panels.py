"""Every panel of every dashboard shows something: real services, real traffic, a real Prometheus."""

import asyncio
import itertools
import json
import math
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import prometheus
from support.crm_servers.rest import RestServer
from support.happened import csat, interaction, stamp
from support.prometheus import ROOT, Prometheus
from support.receiver import SECRET, receiver
from support.services import House, house
from support.until import until
from support.vendor_http import serving

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
BUILT_IN = {"$__rate_interval": "20s"}
CLOSING = {"outcome": "recovered", "cause": "workflow", "remedy": "Sent again, free of charge."}

pytestmark = pytest.mark.timeout(300)

Fact = tuple[str, dict[str, Any]]
"""(route, body)"""


def contact(number: int, offered_at: datetime, **said: Any) -> Fact:
    """Handled by an agent, from offer to wrap-up."""
    answered_at, ended_at = offered_at + timedelta(seconds=12), offered_at + timedelta(seconds=112)
    facts = {
        "team": "billing",
        "agent": f"a-{number % 3}",
        "reason": "invoice",
        "customer_id": f"c-{number}",
        "offered_at": stamp(offered_at),
        "answered_at": stamp(answered_at),
        "ended_at": stamp(ended_at),
        "talk_seconds": 100,
        "hold_seconds": 5,
        "wrap_seconds": 20,
        "resolved": True,
        **said,
    }
    return "/v1/interactions", interaction(f"i-{number}", **facts)


def written(number: int, at: datetime) -> Fact:
    replied = {"first_message_at": stamp(at), "first_response_at": stamp(at + timedelta(seconds=40))}
    return contact(number, at, channel="email", first_response_by=f"a-{number % 3}", reopened=1, transfers=1, **replied)


def answer(number: int, value: int, at: datetime, instrument: str = "csat", scale: str = "1-5", **said: Any) -> Fact:
    response = f"r-{instrument}-{scale}-{number}"
    facts = {"instrument": instrument, "scale": scale, "customer_id": f"c-{number}", "submitted_at": stamp(at), **said}
    return "/v1/survey-responses", csat(value, f"i-{number}", response, **facts)


def history(now: datetime) -> Iterator[Fact]:
    """What has happened when the dashboards are first looked at."""
    for number in range(4):
        yield contact(number, now - timedelta(minutes=5))
    yield "/v1/interactions", interaction("i-gone", offered_at=stamp(now), team="billing", abandoned=True)
    for number in (4, 5):
        yield written(number, now - timedelta(minutes=4))
    yield contact(6, now - timedelta(days=8))  # its repeat window has closed
    for number in range(6):
        sent = {"survey_id": f"s-{number}", "interaction_id": f"i-{number}", "sent_at": stamp(now)}
        yield "/v1/surveys-sent", sent
        yield answer(number, 5 if number else 1, now, survey_id=f"s-{number}")
    yield answer(1, 9, now, "nps", "0-10")
    yield answer(2, 6, now, "ces", "1-7")
    yield answer(3, 4, now, "ces", "1-5")
    yield answer(4, "yes", now, "resolved", "yes-no")  # type: ignore[arg-type]
    for sentiment in ("positive", "neutral", "negative"):
        remark = {"mention_id": f"m-{sentiment}", "network": "mastodon", "published_at": stamp(now)}
        yield "/v1/mentions", remark | {"sentiment": sentiment}


@asynccontextmanager
async def rooms(folder: Path, topics: str, database_url: str) -> AsyncIterator[House]:
    crm = RestServer()
    crm.tokens.current = "a-token"
    async with receiver() as told, serving(crm), house(folder, topics, database_url) as found:
        await asyncio.gather(
            found.add("ingest"),
            found.add(
                "scoring", SCORING_EXPORT_SECONDS="1", SCORING_EXPORT_AGENTS="true", SCORING_EXPORT_SERIES="5000"
            ),
            found.add("alerting", ALERTING_WEBHOOK_URL=told.url, ALERTING_WEBHOOK_SECRET=SECRET),
            found.add("profile-sync", PROFILE_SYNC_CRM_URL=crm.layout.url, PROFILE_SYNC_CRM_TOKEN="a-token"),
        )
        yield found


async def post(found: House, client: httpx.AsyncClient, fact: Fact) -> None:
    answer = await client.post(f"{found['ingest'].url}{fact[0]}", json=fact[1], headers=found.headers)
    assert answer.status_code == 202, answer.text


async def recover(found: House, client: httpx.AsyncClient) -> None:
    """Take the case of customer c-0 to its end, and hear from them again."""

    async def theirs() -> Any:
        cases = (await found.get("alerting", "/v1/cases", state="open"))["cases"]
        return next((case for case in cases if case["customer_id"] == "c-0"), None)

    case = await until(theirs, "the bad answer opens a case", seconds=60)
    for version, (action, said) in enumerate((("claim", {}), ("contacted", {}), ("close", CLOSING)), start=1):
        url = f"{found['alerting'].url}/v1/cases/{case['id']}/{action}"
        done = await client.post(url, json={"by": "Dana", "version": version, **said}, headers=found.headers)
        assert done.status_code == 200, done.text
    now = datetime.now(UTC)
    await post(found, client, contact(100, now - timedelta(minutes=2), customer_id="c-0"))
    await post(found, client, answer(100, 5, now, customer_id="c-0"))


@asynccontextmanager
async def traffic(found: House, client: httpx.AsyncClient) -> AsyncIterator[None]:
    """Contacts go on while the panels are looked at, and each makes a customer unhappy."""

    async def go_on() -> None:
        for number in itertools.count(1000):
            now = datetime.now(UTC)
            await post(found, client, contact(number, now - timedelta(minutes=3)))
            await post(found, client, answer(number, 1, now, preferences=[{"kind": "language", "value": "bn"}]))
            await asyncio.sleep(0.3)

    going = asyncio.create_task(go_on())
    try:
        yield
        assert not going.done(), "the traffic broke off"
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going


def panels() -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """(where, variables, query), for every value that a dashboard lets its viewer choose."""
    for path in DASHBOARDS:
        document = json.loads(path.read_text())
        listed = {v["name"]: v["options"] for v in document["templating"]["list"] if v["type"] == "custom"}
        for panel in document["panels"]:
            for target in panel.get("targets", ()):
                used = [name for name in listed if f"${name}" in target["expr"]]
                for values in itertools.product(*(listed[name] for name in used)):
                    given = {name: option["value"] for name, option in zip(used, values, strict=True)}
                    yield " / ".join((path.stem, panel["title"], target["refId"], *given.values())), given, target


async def chosen(server: Prometheus, document: dict[str, Any]) -> dict[str, str]:
    """What Grafana would put into the variables that ask Prometheus for their values."""
    found: dict[str, str] = {}
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            asked = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["definition"])
            assert asked, variable["definition"]
            series = await server.ask("series", **{"match[]": filled(asked[1], found)})
            values = sorted({one[asked[2]] for one in series if one.get(asked[2])})
            assert values, f"{variable['name']} has nothing to choose from"
            found[variable["name"]] = "|".join(values) if variable["multi"] else values[0]
    return found


def filled(expr: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        expr = expr.replace(f"${name}", value)
    for name, value in BUILT_IN.items():
        expr = expr.replace(name, value)
    assert "$" not in expr, expr
    return expr


async def shows(server: Prometheus, target: dict[str, Any], variables: dict[str, str]) -> bool:
    """Whether the query answers with a number, asked as Grafana asks it. AssertionError where it is refused."""
    expr = filled(target["expr"], variables)
    if target["instant"]:
        found = await server.ask("query", query=expr)
        values = [series["value"] for series in found["result"]]
    else:
        now = time.time()
        found = await server.ask("query_range", query=expr, start=f"{now - 30:.0f}", end=f"{now:.0f}", step="1")
        values = [value for series in found["result"] for value in series["values"]]
    return any(not math.isnan(float(value)) for _, value in values)


async def test_every_panel_shows_what_the_services_say_and_every_rule_works(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    async with rooms(tmp_path, topics, database_url) as found, httpx.AsyncClient(timeout=30) as client:
        targets = {name: member.url.removeprefix("http://") for name, member in found.members.items()}
        async with prometheus.running(tmp_path, targets) as server:
            for fact in history(datetime.now(UTC)):
                await post(found, client, fact)
            await recover(found, client)
            async with traffic(found, client):
                await all_panels_show(server)
            await all_rules_work(server)


async def all_panels_show(server: Prometheus) -> None:
    asked = await until(lambda: _choices(server), "the variables have values", seconds=60)
    empty = [(where, {**asked[where.split(" / ")[0]], **given}, target) for where, given, target in panels()]
    assert len(empty) > 300
    deadline = time.monotonic() + 60
    while empty and time.monotonic() < deadline:
        shown = [await shows(server, target, variables) for _, variables, target in empty]
        empty = [panel for panel, good in zip(empty, shown, strict=True) if not good]
        await asyncio.sleep(0.5 if empty else 0)
    assert [where for where, _, _ in empty] == []


async def _choices(server: Prometheus) -> dict[str, dict[str, str]]:
    try:
        return {path.stem: await chosen(server, json.loads(path.read_text())) for path in DASHBOARDS}
    except AssertionError:
        return {}


async def all_rules_work(server: Prometheus) -> None:
    async def evaluated() -> list[dict[str, Any]]:
        groups = (await server.ask("rules"))["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return rules if all(rule["health"] != "unknown" for rule in rules) else []

    rules = await until(evaluated, "every rule was evaluated")
    assert len(rules) == len(prometheus.rules())
    assert [rule for rule in rules if rule["health"] != "ok"] == []
