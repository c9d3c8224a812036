"""The published figures of the telecom data set, from the file through our mapping, before any service sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from amends.mapping import compiler, table
from amends.mapping.rows import map_row

ROOT = Path(__file__).parents[3]
CALLS = ROOT.parent / "shared/data/calls.csv"

pytestmark = pytest.mark.skipif(not CALLS.exists(), reason="the data set is not on this machine")


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return list(_events())


def _events() -> Iterator[dict[str, Any]]:
    mapper = compiler.load(ROOT / "deploy/local/maps/calls.yaml")
    names = table.header(CALLS, mapper.document.csv, mapper.columns)
    for line in table.lines(CALLS, mapper.document.csv, names):
        assert line.cells is not None
        mapped = map_row(mapper, line.cells)
        assert not mapped.problems
        yield from (dict(event) for event in mapped.events)


def test_the_figures_are_the_published_ones(events: list[dict[str, Any]]) -> None:
    contacts = [event["data"] for event in events if event["type"] == "interaction.reported"]
    answers = [event["data"] for event in events if event["type"] == "survey.answered"]
    answered = [contact for contact in contacts if "answered_at" in contact]
    assert len(contacts) == 5000
    assert len(answered) == 4054
    assert sum(contact["abandoned"] for contact in contacts) == 946
    assert sum(contact["resolved"] for contact in contacts) == 3646
    assert sum(c["queue_wait_seconds"] for c in answered) / 4054 == pytest.approx(67.52, abs=0.005)
    assert sum(c["talk_seconds"] for c in answered) / 4054 == pytest.approx(224.92, abs=0.005)
    assert len(answers) == 4054
    assert sum(answer["value"] for answer in answers) / 4054 == pytest.approx(3.40, abs=0.005)
    assert len({contact["agent"] for contact in contacts}) == 8


def test_every_event_has_an_id_of_its_own(events: list[dict[str, Any]]) -> None:
    assert len({event["id"] for event in events}) == 9054
