"""What the scoring bench concludes from its runs."""

import os

import pytest
from bench.ingest.statistics import Spread
from bench.scoring.asking import differs
from bench.scoring.processes import look, memory_mib
from bench.scoring.report import Report
from bench.scoring.result import EVERY, FEW, MAIN, MANY, Question, Result, Run
from bench.scoring.roster import OURS, PEERS
from bench.scoring.rounds import together, turned
from bench.scoring.stream import Score


def run(number: int, name: str, rate: int, setting: str = MAIN, elsewhere: float = 0.0) -> Run:
    cpu = {"service": 10.0, "broker": 1.0, "database": 5.0}
    return Run(number, name, setting, rate, 1.0, cpu, elsewhere, 100.0)


RUNS = [
    *(run(number, OURS, rate) for number, rate in ((1, 100), (2, 200), (3, 90))),
    *(run(number, "bytewax", rate) for number, rate in ((1, 50), (2, 50), (3, 60))),
    *(run(number, "bare", 1_000) for number in (1, 2, 3)),
    run(1, OURS, 400, FEW),
    run(1, OURS, 300, MANY, elsewhere=0.9),
]
QUESTIONS = [
    Question("one agent", "1h", False, 1.0, 7.5),
    Question("all", "30d", True, 1.0, 8.5),
    Question(EVERY, "30d", True, 100.0, 300.0),
]


def report(runs: list[Run]) -> Report:
    size = {"events": 1, "rounds": 3, "peer_seconds": 1}
    return Report(Result(runs, QUESTIONS), {"cores": 2}, {"kafka": "4"}, {"faust": "no wheel"}, size)


def test_ratios_are_taken_round_by_round_with_those_that_ran() -> None:
    ratios = Result(RUNS, QUESTIONS).ratios()
    assert ratios == {
        "vs_bytewax": Spread(2.0, 1.5, 4.0),
        "vs_bare_loop": Spread(0.1, 0.09, 0.2),
        "agents_10000_vs_100": Spread(0.75, 0.75, 0.75),
    }


def test_the_slowest_question_the_goal_is_about_is_told() -> None:
    assert Result(RUNS, QUESTIONS).query_p99_ms() == 8.5
    assert Result(RUNS, []).query_p99_ms() is None


def test_what_could_not_be_installed_is_said() -> None:
    document = report(RUNS).document()
    assert document["not_installed"] == {"faust": "no wheel"}
    assert document["ratios"] == {"vs_bare_loop": 0.1, "vs_bytewax": 2.0, "agents_10000_vs_100": 0.75}
    assert document["events_per_second"] == 100
    assert set(document["guarantees"]) == {OURS, *(peer.name for peer in PEERS)}  # type: ignore[call-overload]


def test_every_peer_with_an_environment_of_its_own_has_locked_requirements() -> None:
    for peer in PEERS:
        if peer.installed:
            locked = peer.requirements.read_text()
            assert "--hash=sha256:" in locked
            assert "://" not in locked


def test_a_disturbed_run_is_noticed() -> None:
    assert Result(RUNS, []).disturbed() == 0.0
    assert Result(RUNS[-1:], []).disturbed() == pytest.approx(0.9)


def test_another_one_comes_first_in_each_round() -> None:
    assert [list(turned("abc", number)) for number in (1, 2, 4)] == [list("abc"), list("bca"), list("abc")]


def test_the_truth_of_two_streams_is_their_sum() -> None:
    assert together({"a": Score(1, 2, 3)}, {"a": Score(1, 1, 1), "b": Score(4, 0, 0)}) == {
        "a": Score(2, 3, 4),
        "b": Score(4, 0, 0),
    }


def test_our_own_process_has_used_time_and_memory() -> None:
    before = look({"service": [os.getpid()], "nobody": []})
    sum(range(3_000_000))
    used = look({"service": [os.getpid()], "nobody": []}).since(before)
    assert used["service"] > 0
    assert used["nobody"] == 0
    assert used["everybody"] > 0
    assert memory_mib([os.getpid()]) > 10


@pytest.mark.parametrize(
    "told",
    [None, (3, 2, 1.0), (4, 2, 0.5), (3, 1, 0.5), (3, 2, None)],
    ids=["nothing", "another share", "other contacts", "other answers", "no share"],
)
def test_a_number_that_is_not_the_truth_is_noticed(told: tuple[int, int, float | None] | None) -> None:
    assert not differs(Score(3, 2, 1), (3, 2, 0.5))
    assert not differs(Score(3, 0, 0), (3, 0, None))
    assert differs(Score(3, 2, 1), told)
    assert differs(None, (3, 2, 0.5))
