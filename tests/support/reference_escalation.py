"""Escalation told anew, minute by minute, without a line of alerting's own code: who is paged when over a month.

Everything is whole minutes, people's acts are half minutes, and nothing is remembered but what has happened.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
HALF = timedelta(seconds=30)
DAY = timedelta(days=1)
LEASE = timedelta(hours=1)

Page = tuple[datetime, str, str]
"""When, through which destination, to whom ("" where it is shared)."""


@dataclass(frozen=True)
class Team:
    """Layer 1: weekly turns from Monday 09:00, on weekdays from 08:00 to 18:00. Layer 2: daily turns from 20:00.

    ``stand_ins``: (person, from, to) on layer 1.
    """

    zone: ZoneInfo
    weekly: Sequence[str]
    since: date
    daily: Sequence[str]
    stand_ins: Sequence[tuple[str, datetime, datetime]]
    quiet: frozenset[str]
    """Who sleeps from 22:00 to 07:00."""

    def first(self, at: datetime) -> str | None:
        for person, start, end in reversed(self.stand_ins):
            if start <= at < end:
                return person
        here = at.astimezone(self.zone)
        if here.weekday() > 4 or not 8 <= here.hour < 18:
            return None
        day, turns = self.since, -1
        while (day.year, day.month, day.day, 9) <= (here.year, here.month, here.day, here.hour):
            turns, day = turns + 1, day + 7 * DAY
        return self.weekly[turns % len(self.weekly)] if turns >= 0 else None

    def second(self, at: datetime) -> str | None:
        here = at.astimezone(self.zone)
        days = (here.date() - self.since).days - (here.hour < 20)
        return self.daily[days % len(self.daily)] if days >= 0 else None

    def asleep_until(self, person: str, at: datetime) -> datetime | None:
        minute, here = at, at.astimezone(self.zone)
        if person not in self.quiet or 7 <= here.hour < 22:
            return None
        while not 7 <= minute.astimezone(self.zone).hour < 22:
            minute = minute.replace(second=0, microsecond=0) + MINUTE
        return minute


@dataclass(frozen=True)
class Step:
    after: int
    whom: Callable[[Team, datetime], Sequence[str | None]]
    urgent: bool
    room: bool = False


@dataclass(frozen=True)
class Story:
    """What people do to one case: after so many minutes (and a half) from the opening somebody claims; then they work
    it, give it back after so many minutes, or let it lapse; in the next episode it is worked. None: nobody claims."""

    opened: datetime
    claimed_after: int | None
    given_back_after: int | None = None
    lapses: bool = False
    again_after: int = 12

    def episodes(self, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From when to when somebody is looked for."""
        if self.claimed_after is None:
            yield self.opened, end
            return
        claimed = self.opened + self.claimed_after * MINUTE + HALF
        yield self.opened, claimed
        if self.given_back_after is not None:
            back = claimed + self.given_back_after * MINUTE
        elif self.lapses:
            back = claimed + LEASE
        else:
            return
        yield back, back + self.again_after * MINUTE


def pages(story: Story, team: Team, steps: Sequence[Step], rounds: int, pause: int, end: datetime) -> list[Page]:
    """Every page of a case until ``end``, as it is queued, in order; the room is the fallback and the last resort."""
    episodes = story.episodes(end)
    return sorted(page for start, stop in episodes for page in _episode(start, stop, team, steps, rounds, pause))


def _episode(
    start: datetime, stop: datetime, team: Team, steps: Sequence[Step], rounds: int, pause: int
) -> Iterator[Page]:
    at = start
    waiting: dict[str, datetime] = {}  # whoever sleeps: when their page comes
    for turn in range(rounds):
        woken: list[datetime] = []
        heard = False
        for number, step in enumerate(steps):
            if number or turn == 0:
                at += step.after * MINUTE
            if at >= stop:
                return
            told = list(_told(step, team, at))
            asleep = [moment for moment, _, _ in told if moment > at]
            for page in told:
                if page[0] == at:
                    yield page
                elif waiting.get(page[2], at) <= at:
                    waiting[page[2]] = page[0]
                    yield page
            if told and len(asleep) == len(told):
                woken += asleep
                at -= steps[number + 1].after * MINUTE if number + 1 < len(steps) else timedelta(0)
            else:
                heard = True
        if not heard:
            at = min(woken)
        if turn + 1 < rounds:
            at += (pause + steps[0].after) * MINUTE
    at += pause * MINUTE
    for day in range(15):  # the last resort, and then a fortnight of daily reminders
        if at + day * DAY < stop:
            yield at + day * DAY, "room", ""


def _told(step: Step, team: Team, at: datetime) -> Iterator[Page]:
    people = step.whom(team, at)
    seen = set()
    for person in people:
        if person is not None and person not in seen:
            seen.add(person)
            later = None if step.urgent else team.asleep_until(person, at)
            yield later or at, "mail", person
    if step.room or not any(people):
        yield at, "room", ""
