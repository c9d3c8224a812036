"""YAML without its surprises."""

import math

import pytest

from events.problems import Invalid
from events.runtime import plain_yaml


@pytest.mark.parametrize("said", ["10:30", "09:00", "24:00", "190:20:30.15", "2026-01-01", "yes", "off", "0.5.1"])
def test_times_dates_and_words_are_text(said: str) -> None:
    assert plain_yaml.loads(f"it: {said}") == {"it": said}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("12", 12), ("-3", -3), ("0x1f", 31), ("1_000", 1000), ("1.5", 1.5), (".5", 0.5), ("~", None), ("true", True)],
)
def test_numbers_are_numbers(said: str, meant: object) -> None:
    assert plain_yaml.loads(f"it: {said}") == {"it": meant}
    assert math.isinf(plain_yaml.loads("it: -.inf")["it"])


def test_a_key_stands_once() -> None:
    with pytest.raises(Invalid, match="stands twice"):
        plain_yaml.loads("a: 1\na: 2")
