"""docs/profile-sync.md says what the code does."""

import re
from pathlib import Path

from profile_sync.core import habits, lifetimes, sweeps
from profile_sync.core.preferences import Status

PAGE = (Path(__file__).parents[3] / "docs/profile-sync.md").read_text()


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_lifetime_is_on_the_page() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+) days \|$", section("How long it holds"), re.MULTILINE))
    assert {kind: int(days) for kind, days in told.items()} == {k: v.days for k, v in lifetimes.BY_KIND.items()}
    assert f"| a habit | {lifetimes.HABIT.days} days after" in PAGE


def test_every_status_is_on_the_page() -> None:
    assert re.findall(r"^\| `(\w+)` \|", section("A note"), re.MULTILINE) == list(Status)


def test_habits_and_walks_are_as_the_page_has_them() -> None:
    assert habits.AT_LEAST == 3
    assert f"within {habits.LOOK_BACK.days} days" in section("Habits")
    assert f"confidence {habits.CONFIDENCE}" in section("Habits")
    walks = section("Walks over all customers")
    assert f"{sweeps.FASTEST:.0f} at most" in walks
    assert f"Never more than {sweeps.MOST_WAITING} of them" in walks
    assert sweeps.MOST_FAILING == 100
