"""Changes of sums: gathered, spread over dimensions and grains, and nothing left of what cancels out."""

from scoring.core.attribution import Attribution
from scoring.core.contribution import Contribution
from scoring.core.pane import Delta, Subject

AT = 1_772_443_800_000  # 2026-03-02T09:30:00Z
MINUTE = AT // 60_000
BILLING = Attribution("phone", "billing", "a-1", "invoice")


def contribution(at: int = AT, attribution: Attribution = BILLING, contacts: int = 1) -> Contribution:
    return Contribution("contacts", at, attribution, {"contacts": contacts}, (("wait", 1000),))


def test_a_contribution_counts_once_in_each_dimension_and_grain() -> None:
    delta = Delta()
    delta.add("default", [contribution()])
    minutes, hours, days = delta.panes()["contacts"]
    assert {subject.dimension: subject.key for subject, _ in minutes} == {
        "all": "",
        "channel": "phone",
        "team": "billing",
        "agent": "a-1",
        "reason": "invoice",
        "channel_team": "phone/billing",
    }
    assert {start for _, start in minutes} == {MINUTE}
    assert {start for _, start in hours} == {MINUTE // 60 * 60}
    assert {start for _, start in days} == {MINUTE // 1440 * 1440}
    assert all(totals == {"contacts": 1} for cells in (minutes, hours, days) for totals in cells.values())


def test_what_is_taken_back_and_added_again_changes_nothing() -> None:
    delta = Delta()
    delta.add("default", [contribution()], -1)
    delta.add("default", [contribution()])
    assert delta.panes() == {}
    assert delta.histograms() == {}


def test_one_that_moves_is_taken_from_where_it_was() -> None:
    delta = Delta()
    delta.add("default", [contribution()], -1)
    delta.add("default", [contribution(attribution=BILLING._replace(agent="a-2"))])
    _, _, days = delta.panes()["contacts"]
    by_agent = {
        subject.key: totals["contacts"] for (subject, _), totals in days.items() if subject.dimension == "agent"
    }
    assert by_agent == {"a-1": -1, "a-2": 1}
    buckets = {subject.key: sum(counts.values()) for (subject, _), counts in delta.histograms().items()}
    assert (buckets["a-1"], buckets["a-2"]) == (-1, 1)


def test_minutes_of_one_hour_are_one_hour() -> None:
    delta = Delta()
    delta.add("default", [contribution(AT + minute * 60_000) for minute in range(90)])
    minutes, hours, days = delta.panes()["contacts"]
    total = Subject("default", "all", "")
    assert sum(subject == total for subject, _ in minutes) == 90
    assert sorted(totals["contacts"] for (subject, _), totals in hours.items() if subject == total) == [30, 60]
    assert [totals["contacts"] for (subject, _), totals in days.items() if subject == total] == [90]


def test_families_that_count_at_the_same_moments_share_a_row() -> None:
    delta = Delta()
    delta.add("default", [contribution(), Contribution("repeats", AT, BILLING, {"settled": 1})])
    assert set(delta.panes()) == {"contacts"}
    minutes, _, _ = delta.panes()["contacts"]
    assert minutes[Subject("default", "all", ""), MINUTE] == {"contacts": 1, "settled": 1}


def test_nobody_is_dropped() -> None:
    keys = dict(Attribution(channel="email").keys())
    assert keys["agent"] == keys["team"] == keys["reason"] == "unattributed"
    assert keys["channel_team"] == "email/unattributed"
