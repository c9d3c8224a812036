"""The events of the scoring bench are what ingest writes, and what is said to be true of them is."""

import json
from collections import Counter, defaultdict
from typing import Any

import pytest
from bench.scoring.peer_run import right, summed
from bench.scoring.stream import ANSWER, INTERACTION, SAMPLED, Score, Shape, Stream, Told

from events import codec
from events.quick import consumed

SHAPE = Shape(events=3_000, agents=40, start=1_772_000_000, hours=5)


@pytest.fixture(scope="module")
def stream() -> tuple[Stream, list[Told]]:
    found = Stream(SHAPE)
    return found, list(found)


def test_seventy_percent_are_contacts_a_quarter_answers_and_the_rest_corrections(
    stream: tuple[Stream, list[Told]],
) -> None:
    told = [(each.type, json.loads(each.value).get("revision")) for each in stream[1]]
    assert Counter(told) == {(INTERACTION, 1): 2_100, (ANSWER, None): 750, (INTERACTION, 2): 150}


def test_every_event_is_as_ingest_writes_it(stream: tuple[Stream, list[Told]], monkeypatch: pytest.MonkeyPatch) -> None:
    for told in stream[1]:
        headers, value = codec.encode(codec.decode(told.headers, told.value))
        assert (sorted(headers), value) == (sorted(told.headers), told.value)
    monkeypatch.setattr(codec, "decode", None)
    for told in stream[1]:
        consumed.decode(told.headers, told.value)


def test_they_are_told_in_the_order_of_time_and_are_the_same_each_time(stream: tuple[Stream, list[Told]]) -> None:
    told = stream[1]
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert list(Stream(SHAPE)) == told
    assert len({each.headers[0] for each in told}) == len(told)


def test_a_contact_counts_for_the_agent_of_its_newest_report(stream: tuple[Stream, list[Told]]) -> None:
    agents: dict[str, str] = {}
    answers: dict[str, int] = {}
    for told in stream[1]:
        said: dict[str, Any] = json.loads(told.value)
        if told.type == INTERACTION:
            agents[said["interaction_id"]] = said["agent"]
        else:
            answers[said["interaction_id"]] = said["value"]
    contacts, given = Counter(agents.values()), Counter(agents[contact] for contact in answers)
    good = Counter(agents[contact] for contact, score in answers.items() if score >= 4)
    assert stream[0].by_agent == {agent: Score(contacts[agent], given[agent], good[agent]) for agent in contacts}


def test_an_hour_of_an_agent_has_what_was_first_reported_in_it(stream: tuple[Stream, list[Told]]) -> None:
    minutes: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for told in stream[1]:
        said = json.loads(told.value)
        of_minute = minutes[said["agent"], told.at // 60]
        if told.type == ANSWER:
            of_minute[1] += 1
            of_minute[2] += said["value"] >= 4
        elif said["revision"] == 1:
            of_minute[0] += 1
    known = {key: sums for key, sums in minutes.items() if key[0].endswith(SAMPLED) and any(sums)}
    assert stream[0].by_minute == known
    (agent, minute), _ = next(iter(known.items()))
    hour = [sum(minutes[agent, minute + step][place] for step in range(60)) for place in range(3)]
    assert summed(stream[0].by_minute, agent, minute * 60) == hour


def test_a_window_that_grows_may_have_less_but_never_more() -> None:
    assert right([1, 2, 3], [1, 2, 3], growing=False)
    assert not right([1, 2, 2], [1, 2, 3], growing=False)
    assert right([1, 2, 2], [1, 2, 3], growing=True)
    assert not right([1, 3, 3], [1, 2, 3], growing=True)
