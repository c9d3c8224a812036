"""What docs/replay.md shows works as shown."""

import re
from pathlib import Path

import pytest

from amends.mapping import compiler, table
from amends.mapping.rows import Mapped, map_row

DOCS = Path(__file__).parents[3] / "docs/replay.md"


@pytest.fixture
def example(tmp_path: Path) -> list[Mapped]:
    text = DOCS.read_text()
    mapping = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    rows = re.findall(r"^    ((?:Nr|4711|4712);.*)$", text, re.MULTILINE)
    assert mapping is not None
    (tmp_path / "map.yaml").write_text(mapping[1])
    (tmp_path / "chats.csv").write_text("\n".join(rows))
    mapper = compiler.load(tmp_path / "map.yaml")
    names = table.header(tmp_path / "chats.csv", mapper.document.csv, mapper.columns)
    lines = table.lines(tmp_path / "chats.csv", mapper.document.csv, names)
    return [map_row(mapper, line.cells or {}) for line in lines]


def test_the_first_row_is_an_answered_chat_and_a_bad_answer(example: list[Mapped]) -> None:
    interaction, survey = (event["data"] for event in example[0].events)
    assert (interaction["queue_wait_seconds"], interaction["talk_seconds"]) == (21, 351)
    assert interaction["offered_at"] == "2026-01-15T08:00:00Z"
    assert (survey["value"], survey["comment"]) == (2, "Had to ask three times")


def test_the_second_row_is_an_abandoned_chat_and_nothing_else(example: list[Mapped]) -> None:
    ((interaction,),) = (row.events for row in example[1:])
    assert interaction["data"] == {
        "interaction_id": "chat-4712",
        "channel": "chat",
        "offered_at": "2026-01-15T08:04:30Z",
        "abandoned": True,
    }
