"""A mapping is checked whole before a row is read; then rows become events, or say why not."""

import textwrap
from pathlib import Path
from typing import Any

import pytest

from amends.mapping import compiler, table
from amends.mapping.compiler import Mapper
from amends.mapping.rows import Mapped, map_row
from events import codec
from events.problems import Invalid

ROOT = Path(__file__).parents[3]

GOOD = """
source: /replay/test
time_zone: Europe/Berlin
csv: {delimiter: ";", empty: ["-"]}
values:
  id: {column: Nr}
  start: {column: [Tag, Zeit], as: datetime, format: "%d.%m.%Y %H:%M:%S"}
  wait: {column: Wartezeit, as: duration}
  talk: {column: Dauer, as: duration}
  picked_up: {column: Erledigt, as: boolean, true_is: [ja], false_is: [nein]}
  stars: {column: Sterne, as: integer}
  answered_at: {calculate: start + wait}
  ended_at: {calculate: answered_at + talk}
  lost: {not: picked_up}
events:
  - type: interaction.reported
    fields:
      interaction_id: {template: "call-{id}"}
      channel: {constant: phone}
      offered_at: start
      answered_at: answered_at
      ended_at: ended_at
      queue_wait_seconds: wait
      abandoned: lost
  - type: survey.answered
    when: stars
    unless: lost
    fields:
      response_id: {template: "call-{id}-stars"}
      interaction_id: {template: "call-{id}"}
      instrument: {constant: csat}
      scale: {constant: 1-5}
      value: stars
      submitted_at: ended_at
"""
ROW = {
    "Nr": "7",
    "Tag": "15.01.2026",
    "Zeit": "09:00:00",
    "Wartezeit": "0:00:20",
    "Dauer": "0:03:00",
    "Erledigt": "Ja",
    "Sterne": " 2 ",
}


def load(tmp_path: Path, text: str) -> Mapper:
    file = tmp_path / "map.yaml"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    return compiler.load(file)


def complaints(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        load(tmp_path, text)
    return [(problem.pointer, problem.message) for problem in refused.value.problems]


def data(mapped: Mapped) -> list[dict[str, Any]]:
    assert not mapped.problems
    return [event["data"] for event in mapped.events]


def test_one_row_gives_an_interaction_and_a_survey_response(tmp_path: Path) -> None:
    interaction, survey = data(map_row(load(tmp_path, GOOD), ROW))
    assert interaction == {
        "interaction_id": "call-7",
        "channel": "phone",
        "offered_at": "2026-01-15T08:00:00Z",
        "answered_at": "2026-01-15T08:00:20Z",
        "ended_at": "2026-01-15T08:03:20Z",
        "queue_wait_seconds": 20.0,
        "abandoned": False,
    }
    assert (survey["response_id"], survey["value"], survey["submitted_at"]) == (
        "call-7-stars",
        2,
        "2026-01-15T08:03:20Z",
    )


def test_every_event_fits_the_contract_and_keeps_its_time(tmp_path: Path) -> None:
    for event in map_row(load(tmp_path, GOOD), ROW).events:
        attributes = codec.attributes({name: value for name, value in event.items() if name != "data"})
        codec.payload(attributes.type, event["data"])
        assert event["time"] == "2026-01-15T08:03:20+00:00"


def test_the_same_row_has_the_same_ids_and_another_row_others(tmp_path: Path) -> None:
    mapper = load(tmp_path, GOOD)
    ids = [event["id"] for event in map_row(mapper, ROW).events]
    assert ids == [event["id"] for event in map_row(load(tmp_path, GOOD), dict(ROW)).events]
    assert not set(ids) & {event["id"] for event in map_row(mapper, ROW | {"Nr": "8"}).events}


def test_an_empty_column_leaves_its_field_out(tmp_path: Path) -> None:
    (interaction,) = data(map_row(load(tmp_path, GOOD), ROW | {"Wartezeit": "-", "Erledigt": "nein", "Dauer": ""}))
    assert interaction == {
        "interaction_id": "call-7",
        "channel": "phone",
        "offered_at": "2026-01-15T08:00:00Z",
        "abandoned": True,
    }


def test_conditions_decide_whether_an_event_is_made(tmp_path: Path) -> None:
    mapper = load(tmp_path, GOOD)
    assert len(map_row(mapper, ROW).events) == 2
    assert len(map_row(mapper, ROW | {"Sterne": ""}).events) == 1
    assert len(map_row(mapper, ROW | {"Erledigt": "nein", "Wartezeit": ""}).events) == 1


def test_a_row_that_is_wrong_in_several_places_says_all_and_gives_no_event(tmp_path: Path) -> None:
    mapped = map_row(load(tmp_path, GOOD), ROW | {"Dauer": "long", "Sterne": "five"})
    assert not mapped.events
    assert [(p.pointer, p.code) for p in mapped.problems] == [
        ("/values/talk", "unreadable"),
        ("/values/stars", "unreadable"),
    ]


def test_a_value_the_contract_refuses_is_named_by_its_pointer(tmp_path: Path) -> None:
    mapped = map_row(load(tmp_path, GOOD), ROW | {"Nr": "7 a", "Sterne": "9"})
    assert not mapped.events
    assert "/data/interaction_id" in [problem.pointer for problem in mapped.problems]
    assert "7 a" not in str(mapped.problems)


def test_all_complaints_about_names_come_at_once(tmp_path: Path) -> None:
    text = """
        source: /replay/test
        csv: {encoding: klingon}
        values:
          a: {calculate: b + 1}
          b: {calculate: a + 1}
          c: {not: nobody}
          d: {column: X, format: "%Y"}
          e: {calculate: "1 +"}
          f: {template: "{e"}
        events:
          - type: interaction.reported
            when: missing
            fields: {interaction_id: c, chanel: {constant: phone}}
          - type: survey.asked
            fields: {}
    """
    assert {pointer for pointer, _ in complaints(tmp_path, text)} == {
        "/values/a",
        "/values/c",
        "/values/d/format",
        "/values/e",
        "/values/f",
        "/events/0/when",
        "/events/0/fields/chanel",
        "/events/0/fields/channel",
        "/events/0/fields/offered_at",
        "/events/1/type",
        "/csv/encoding",
    }


def test_all_complaints_about_the_shape_come_at_once(tmp_path: Path) -> None:
    text = """
        source: a b
        time_zone: Mars/Olympus
        values: {x: {columns: A}, y: {column: A, as: colour}}
        events: []
        extra: 1
    """
    found = dict(complaints(tmp_path, text))
    assert found.keys() == {"/source", "/time_zone", "/values/x", "/values/y/as", "/events", "/extra"}
    assert "column, constant, template, calculate, not" in found["/values/x"]


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("talk + start", "stands first"),
        ("start + answered", "may only be taken from it"),
        ("start - answered + start", "stands first"),
        ("talk * 2", "names and numbers"),
        ("talk talk", "names and numbers"),
        ("- talk", "names and numbers"),
        ("", "empty"),
        ("words + 1", "'words' is text"),
    ],
)
def test_a_formula_that_cannot_mean_anything_is_refused(tmp_path: Path, formula: str, message: str) -> None:
    text = f"""
        source: /replay/test
        values:
          start: {{column: A, as: datetime}}
          answered: {{column: B, as: datetime}}
          talk: {{column: C, as: number}}
          words: {{column: D}}
          made: {{calculate: "{formula}"}}
        events:
          - type: interaction.reported
            fields: {{interaction_id: words, channel: {{constant: phone}}, offered_at: start}}
    """
    ((pointer, said),) = complaints(tmp_path, text)
    assert pointer == "/values/made"
    assert message in said


def test_times_are_taken_from_each_other(tmp_path: Path) -> None:
    text = """
        source: /replay/test
        values:
          start: {column: A, as: datetime}
          end: {column: B, as: datetime}
        events:
          - type: interaction.reported
            fields:
              interaction_id: {constant: i}
              channel: {constant: chat}
              offered_at: start
              talk_seconds: {calculate: end - start - 2.5}
    """
    row = {"A": "2026-01-15T09:00:00Z", "B": "2026-01-15T09:01:00Z"}
    (interaction,) = data(map_row(load(tmp_path, text), row))
    assert interaction["talk_seconds"] == 57.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("source: /a\nsource: /b", "stands twice"),
        ("a: !!python/name:os.system", "is not YAML"),
    ],
)
def test_what_is_no_yaml_we_read_is_refused(tmp_path: Path, text: str, message: str) -> None:
    ((_, said),) = complaints(tmp_path, text)
    assert message in said


def test_yes_no_and_dates_are_words(tmp_path: Path) -> None:
    text = """
        source: /replay/test
        values: {done: {column: X, as: boolean, true_is: yes, false_is: [no, 2021-01-01]}}
        events:
          - type: interaction.reported
            fields:
              interaction_id: {constant: i}
              channel: {constant: chat}
              offered_at: {constant: 2026-01-15T09:00:00Z}
              resolved: done
    """
    mapper = load(tmp_path, text)
    assert [data(map_row(mapper, {"X": word}))[0]["resolved"] for word in ("Yes", "no", "2021-01-01")] == [
        True,
        False,
        False,
    ]


def test_the_shipped_mappings_are_valid() -> None:
    maps = list((ROOT / "deploy/local/maps").glob("*.yaml"))
    assert maps
    for file in maps:
        compiler.load(file)


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_bytes('\ufeffA,B\n1,"two\nlines"\n\n3,4\n5\n'.encode())
    form = load(tmp_path, GOOD.replace('csv: {delimiter: ";", empty: ["-"]}', "")).document.csv
    names = table.header(file, form, ["A", "B"])
    assert [(line.number, line.cells) for line in table.lines(file, form, names)] == [
        (2, {"A": "1", "B": "two\nlines"}),
        (5, {"A": "3", "B": "4"}),
        (6, None),
    ]


def test_every_missing_column_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("A,B,B\n")
    with pytest.raises(Invalid) as refused:
        table.header(file, load(tmp_path, GOOD.replace(";", ",")).document.csv, ["A", "B", "C", "D"])
    assert [problem.pointer for problem in refused.value.problems] == ["column 'B'", "column 'C'", "column 'D'"]
