"""Other people's calendars: fetched from a real web server, kept in a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.oncall.file import PeopleSection, SchedulesSection
from alerting.oncall_feeds.addresses import addresses
from alerting.oncall_feeds.fetch import LARGEST_BYTES
from alerting.oncall_feeds.job import Feeds
from alerting.oncall_feeds.telemetry import OncallTelemetry
from alerting.store import oncall, oncall_calendars
from alerting.store.oncall_calendars import CalendarState
from events.problems import Invalid
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.calendar_host import CalendarHost, calendar_host

PEOPLE = PeopleSection.model_validate(
    {
        "dana": {"name": "Dana Reyes", "reach": {"mail": "dana@example.org"}},
        "ravi": {"name": "Ravi Sen", "reach": {"mail": "ravi@example.org"}},
    }
).value()
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
AT_ONCE = timedelta(0)


def vevent(summary: str, start: datetime, end: datetime, *more: str) -> str:
    span = (f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}")
    return "\r\n".join(
        ("BEGIN:VEVENT", f"UID:{summary}-{start:%H%M}", f"SUMMARY:{summary}", *span, *more, "END:VEVENT")
    )


def ics(*events: str) -> bytes:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *events, "END:VCALENDAR", "")
    return "\r\n".join(lines).encode()


DANAS = ics(vevent("Dana Reyes", NOW - HOUR, NOW + 30 * 24 * HOUR))
RAVIS = ics(vevent("Ravi Sen", NOW - HOUR, NOW + 30 * 24 * HOUR))


_FEEDS: list[Feeds] = []


def _open(feeds: Feeds) -> Feeds:
    _FEEDS.append(feeds)
    return feeds


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def host() -> AsyncIterator[CalendarHost]:
    async with calendar_host(DANAS) as host:
        yield host
        while _FEEDS:
            await _FEEDS.pop().close()


class Desk:
    """One replica that reads the host's calendar."""

    def __init__(self, engine: AsyncEngine, url: Any, every: timedelta = AT_ONCE, people: Any = PEOPLE) -> None:
        said = {"team": {"zone": "UTC", "layers": [{"calendar": {"url": url}}]}}
        schedules = SchedulesSection.model_validate(said).value()
        self.engine, self.schedule = engine, schedules["team"]
        self.registry = CollectorRegistry()
        telemetry = OncallTelemetry(self.registry, schedules)
        self.feeds = _open(Feeds(engine, schedules, people, addresses(schedules), telemetry, every=every))

    async def on_call(self, at: datetime | None = None) -> tuple[tuple[str, ...], ...]:
        async with transaction(self.engine) as tx:
            return await oncall.on_call(tx, "default", self.schedule, at or NOW)

    async def state(self) -> CalendarState:
        async with transaction(self.engine) as tx:
            (state,) = await oncall_calendars.states(tx, [("team", 1)])
        return state

    def gauge(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"amends_alerting_oncall_{name}", {"schedule": "team", **labels})


async def test_a_calendar_says_who_is_on_call(engine: AsyncEngine, host: CalendarHost) -> None:
    desk = Desk(engine, host.url)
    assert await desk.on_call() == ((),)
    await desk.feeds.look()
    assert await desk.on_call() == (("dana",),)
    assert await desk.on_call(NOW - 2 * HOUR) == ((),)
    assert desk.gauge("gap_seconds") == 0
    assert desk.gauge("somebody") == 1


async def test_what_has_not_changed_is_not_sent_again(engine: AsyncEngine, host: CalendarHost) -> None:
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    await desk.feeds.look()
    assert host.answered == [200, 304]
    assert await desk.on_call() == (("dana",),)
    host.content = RAVIS
    await desk.feeds.look()
    assert await desk.on_call() == (("ravi",),)


async def test_replicas_take_turns_at_fetching(engine: AsyncEngine, host: CalendarHost) -> None:
    first, second = (Desk(engine, host.url, every=timedelta(minutes=5)) for _ in range(2))
    await first.feeds.look()
    await second.feeds.look()
    assert len(host.asked) == 1
    assert await second.on_call() == (("dana",),)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((503, {}, b""), "answered 503"),
        ((200, {}, b"<html>Sign in</html>"), "is no iCalendar file"),
        ((200, {}, ics("BEGIN:VEVENT", "UID:1", "DTSTART:20261340T000000", "END:VEVENT")), "its event 1 has a DTSTART"),
        ((302, {"location": "https://elsewhere.example.org/x"}, b""), "redirects to elsewhere"),
        ((302, {"location": "/team.ics"}, b""), "redirects more than 3 times"),
        ((200, {}, b" " * (LARGEST_BYTES + 1)), "is larger than"),
        ((200, {"content-encoding": "gzip"}, b"x"), "a compression that was not asked for"),
    ],
)
async def test_while_the_source_is_away_its_last_good_copy_counts(
    engine: AsyncEngine, host: CalendarHost, answer: Any, words: str
) -> None:
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    fetched_at = (await desk.state()).fetched_at
    host.away = answer
    await desk.feeds.look()
    state = await desk.state()
    assert words in str(state.problem)
    assert state.fetched_at == fetched_at
    assert await desk.on_call() == (("dana",),)
    host.away = None
    await desk.feeds.look()
    assert (await desk.state()).problem is None


async def test_the_last_good_copy_goes_on_telling_of_new_shifts(engine: AsyncEngine, host: CalendarHost) -> None:
    daily = vevent("Dana Reyes", NOW - 24 * HOUR, NOW - 12 * HOUR, "RRULE:FREQ=DAILY")
    host.content = ics(daily)
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    async with transaction(engine) as tx:  # as if it had been worked out 100 days ago
        await tx.execute(text("DELETE FROM oncall_shift WHERE starts > now()"))
    assert await desk.on_call(NOW + 25 * HOUR) == ((),)
    host.away = (500, {}, b"")
    await desk.feeds.look()
    assert await desk.on_call(NOW + 25 * HOUR) == (("dana",),)


async def test_a_redirect_within_the_same_host_is_followed(engine: AsyncEngine, host: CalendarHost) -> None:
    host.away = (302, {"location": "/moved.ics"}, b"")
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    assert [path for path, _ in host.asked] == ["/team.ics", "/moved.ics"]
    assert await desk.on_call() == (("dana",),)


async def test_a_new_address_counts_once_it_has_answered(engine: AsyncEngine, host: CalendarHost) -> None:
    await Desk(engine, host.url).feeds.look()
    host.away = (500, {}, b"")
    desk = Desk(engine, f"{host.url}?other")
    await desk.feeds.look()
    assert await desk.on_call() == (("dana",),)  # rather than nobody
    host.away, host.content = None, RAVIS
    await desk.feeds.look()
    assert "if-none-match" not in host.asked[-1][1]
    assert await desk.on_call() == (("ravi",),)


async def test_new_people_are_found_in_the_copy_at_once(engine: AsyncEngine, host: CalendarHost) -> None:
    host.content = ics(vevent("Kofi", NOW - HOUR, NOW + HOUR))
    desk = Desk(engine, host.url, every=timedelta(minutes=5))
    await desk.feeds.look()
    assert await desk.on_call() == ((),)
    more = PEOPLE | PeopleSection.model_validate({"kofi": {"name": "Kofi"}}).value()
    desk = Desk(engine, host.url, every=timedelta(minutes=5), people=more)
    await desk.feeds.look()
    assert await desk.on_call() == (("kofi",),)


async def test_an_event_that_means_nobody_is_told_of(
    engine: AsyncEngine, host: CalendarHost, capsys: pytest.CaptureFixture[str]
) -> None:
    host.content = ics(vevent("Team lunch", NOW + HOUR, NOW + 2 * HOUR), vevent("Dana Reyes", NOW, NOW + HOUR))
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    (unmatched,) = (await desk.state()).unmatched
    assert unmatched["title"] == "Team lunch"
    assert desk.gauge("calendar_unmatched_events", layer="1") == 1
    logged = capsys.readouterr().out
    assert "events of a calendar mean nobody who is known" in logged
    assert "lunch" not in logged


async def test_a_title_of_any_bytes_is_shown_without_harm(engine: AsyncEngine, host: CalendarHost) -> None:
    host.content = ics(vevent("No\x00body\x1b[2J", NOW, NOW + HOUR))
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    assert [each["title"] for each in (await desk.state()).unmatched] == ["No body [2J"]


async def test_a_gap_is_warned_of_before_it_comes(
    engine: AsyncEngine, host: CalendarHost, capsys: pytest.CaptureFixture[str]
) -> None:
    host.content = ics(vevent("Dana Reyes", NOW - HOUR, NOW + 10 * 24 * HOUR))
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    seconds = desk.gauge("gap_seconds")
    assert seconds == pytest.approx(4 * 24 * 3600, abs=3600)
    assert desk.gauge("somebody") == 1
    assert capsys.readouterr().out.count("nobody is on call") == 1
    await desk.feeds.look()
    assert "nobody is on call" not in capsys.readouterr().out


async def test_a_calendar_that_is_not_read_any_more_is_forgotten(engine: AsyncEngine, host: CalendarHost) -> None:
    desk = Desk(engine, host.url)
    await desk.feeds.look()
    await _open(Feeds(engine, {}, PEOPLE, {}, OncallTelemetry(CollectorRegistry(), ()))).look()
    assert await desk.on_call() == (("dana",),)  # another replica may still read it
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE oncall_calendar SET tried_at = now() - interval '25 hours'"))
    await _open(Feeds(engine, {}, PEOPLE, {}, OncallTelemetry(CollectorRegistry(), ()))).look()
    assert await desk.on_call() == ((),)


def test_an_address_is_https_or_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALENDAR", "webcal://calendar.example.org/secret.ics")
    kept = tmp_path / "address"
    kept.write_text("https://calendar.example.org/other.ics\n")

    def found(url: Any) -> str:
        said = {"team": {"zone": "UTC", "layers": [{"calendar": {"url": url}}]}}
        return addresses(SchedulesSection.model_validate(said).value())["team", 1].get_secret_value()

    assert found({"env": "CALENDAR"}) == "https://calendar.example.org/secret.ics"
    assert found({"file": str(kept)}) == "https://calendar.example.org/other.ics"
    for wrong in ("http://calendar.example.org/x", "ftp://x/y", "file:///etc/passwd", {"env": "NO_SUCH"}):
        with pytest.raises(Invalid) as caught:
            found(wrong)
        assert [problem.pointer for problem in caught.value.problems] == ["/schedules/team/layers/0/calendar/url"]
        assert "passwd" not in str(caught.value)
