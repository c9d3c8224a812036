"""The events of a run, and what is true of them: contacts, answers to surveys, and corrections, in order of telling."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from events.codec import Headers

CHANNELS = ("phone", "phone", "phone", "chat", "chat", "email", "messaging", "web", "social")
REASONS = tuple(f"reason-{number}" for number in range(20))
TEAMS = 50
CUSTOMERS = 500_000
CORRECTED, ANSWERED = 5 / 70, 25 / 70
"""Of the contacts: with 70 % of all events these are 5 % and 25 %."""
MOVED = 0.2
"""Of the corrections: so many also say that it was another agent."""
SAMPLED = "7"
"""What the windows of an agent are checked by: that the name ends with it."""
LONGEST_WAIT = 2400
"""Seconds until an answer or a correction at most: Kafka refuses what is told an hour ahead of the clock."""

INTERACTION, ANSWER = b"interaction.reported", b"survey.answered"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a stream is like. ``start``: Unix seconds, when the first contact is offered; it goes on for ``hours``."""

    events: int
    agents: int
    start: int
    hours: float
    name: str = "day"


class Told(NamedTuple):
    """One event. ``at``: Unix seconds, when it is told; ``customer`` and ``agent`` are what it may be keyed by."""

    at: int
    type: bytes
    customer: str
    agent: str
    headers: Headers
    value: bytes


class Score(NamedTuple):
    """How many contacts, how many answers, and how many of those were satisfied."""

    contacts: int
    answers: int
    satisfied: int


@dataclass(slots=True)
class _Contact:
    number: int
    offered: int
    ended: int
    agent: int
    customer: int
    revision: int = 1


class Stream:
    """A stream of one shape is always the same. Iterating tells it once, and fills in what is true of it."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.by_agent: dict[str, Score] = {}
        """By the agent of a contact's newest report: what Amends must say."""
        self.by_minute: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        """The same per (sampled agent, Unix minute of telling), by first reports alone: what peers are asked for."""

    def __iter__(self) -> Iterator[Told]:
        self.by_minute.clear()
        contacts = self._contacts()
        draw = random.Random(2)
        answers = {each.number: _answer(each, draw) for each in draw.sample(contacts, round(len(contacts) * ANSWERED))}
        fixed = draw.sample(contacts, round(len(contacts) * CORRECTED))
        told = [(each.ended, each.number, 0) for each in contacts]
        told += [(answers[number][0], number, 1) for number in answers]
        told += [(each.ended + _wait(draw), each.number, 2) for each in fixed]
        told.sort()
        for at, number, kind in told:
            contact = contacts[number]
            if kind == 1:
                yield self._answered(contact, *answers[number])
                continue
            if kind == 2:
                self._correct(contact, draw)
            yield self._reported(contact, at)
        self.by_agent = self._truth(contacts, answers)

    def _contacts(self) -> list[_Contact]:
        draw = random.Random(1)
        count = round(self.shape.events / (1 + ANSWERED + CORRECTED))
        moments = sorted(self._moment(draw) for _ in range(count))
        return [
            _Contact(
                number,
                at,
                at + draw.randrange(30, 900),
                draw.randrange(self.shape.agents),
                draw.randrange(CUSTOMERS),
            )
            for number, at in enumerate(moments)
        ]

    def _moment(self, draw: random.Random) -> int:
        """More by day than by night."""
        while True:
            at = self.shape.start + int(draw.random() * self.shape.hours * 3600)
            if draw.random() < 0.55 + 0.45 * math.sin((at % 86_400) / 86_400 * math.tau - math.tau / 4):
                return at

    def _correct(self, contact: _Contact, draw: random.Random) -> None:
        contact.revision += 1
        if draw.random() < MOVED:
            contact.agent = draw.randrange(self.shape.agents)

    def _reported(self, contact: _Contact, at: int) -> Told:
        number, agent = contact.number, f"a-{contact.agent}"
        if contact.revision == 1 and agent.endswith(SAMPLED):
            self.by_minute[agent, at // 60][0] += 1
        wait = contact.number % 90
        talk = contact.ended - contact.offered - wait if contact.ended - contact.offered > wait else 0
        value = (
            f'{{"revision":{contact.revision},"interaction_id":"call-{self.shape.name}-{number}"'
            f',"channel":"{CHANNELS[number % 9]}","team":"team-{contact.agent % TEAMS}","agent":"{agent}"'
            f',"customer_id":"cus-{contact.customer}","reason":"{REASONS[number % 20]}"'
            f',"offered_at":"{_written(contact.offered)}","answered_at":"{_written(contact.ended - talk)}"'
            f',"ended_at":"{_written(contact.ended)}","talk_seconds":{float(talk)}'
            f',"hold_seconds":{float(number % 40)},"wrap_seconds":{float(number % 60 + contact.revision)}'
            f',"resolved":{"true" if number % 5 else "false"}}}'
        )
        return self._told(at, INTERACTION, f"c{number}.{contact.revision}", contact.customer, agent, value)

    def _answered(self, contact: _Contact, at: int, score: int, agent: int) -> Told:
        name = f"a-{agent}"
        if name.endswith(SAMPLED):
            of_minute = self.by_minute[name, at // 60]
            of_minute[1] += 1
            of_minute[2] += score >= 4
        value = (
            f'{{"response_id":"resp-{self.shape.name}-{contact.number}"'
            f',"interaction_id":"call-{self.shape.name}-{contact.number}","customer_id":"cus-{contact.customer}"'
            f',"agent":"{name}","instrument":"csat","scale":"1-5","value":{score},"submitted_at":"{_written(at)}"}}'
        )
        return self._told(at, ANSWER, f"r{contact.number}", contact.customer, name, value)

    def _told(self, at: int, type_: bytes, id_: str, customer: int, agent: str, value: str) -> Told:
        moment = datetime.fromtimestamp(at, UTC).isoformat().encode()
        headers = (
            ("ce_id", f"{self.shape.name}.{id_}".encode()),
            ("ce_source", b"/crm/acme"),
            ("ce_type", type_),
            ("ce_time", moment),
            ("ce_specversion", b"1.0"),
            ("ce_tenant", b"default"),
            ("ce_recordedtime", moment),
            ("ce_requestid", b"r-%d" % (at // 2)),
            ("content-type", b"application/json"),
        )
        return Told(at, type_, f"cus-{customer}", agent, headers, value.encode())

    def _truth(self, contacts: list[_Contact], answers: dict[int, tuple[int, int, int]]) -> dict[str, Score]:
        count: Counter[int] = Counter(contact.agent for contact in contacts)
        answered: Counter[int] = Counter(contacts[number].agent for number in answers)
        satisfied: Counter[int] = Counter(contacts[n].agent for n, (_, score, _) in answers.items() if score >= 4)
        return {f"a-{agent}": Score(count[agent], answered[agent], satisfied[agent]) for agent in count}


def _answer(contact: _Contact, draw: random.Random) -> tuple[int, int, int]:
    """When, which of 1 to 5, and who is said to have handled the contact: as first reported."""
    return contact.ended + _wait(draw), draw.choices((1, 2, 3, 4, 5), (6, 6, 10, 33, 45))[0], contact.agent


def _wait(draw: random.Random) -> int:
    return min(30 + int(draw.expovariate(1 / 1200)), LONGEST_WAIT)


def _written(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()[:19] + "Z"
