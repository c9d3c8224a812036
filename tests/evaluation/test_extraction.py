"""How good the extractor is, measured as ``amends preferences evaluate`` does.

The goal holds for what is active, as that is what reaches a CRM unseen: nearly all of it right, most of what is there
found. The remarks of the corpus are not in this repository, only digests of them.
"""

import csv
from pathlib import Path

import pytest

from profile_sync.commands.evaluate import evaluate, table
from profile_sync.commands.labels import labels
from profile_sync.commands.scores import ALL, Item, Labelled, Score, scores
from profile_sync.core.doubt import SURE

HERE = Path(__file__).parent
REMARKS = HERE.parents[2] / "shared/data/remarks.csv"
PRECISION, RECALL = 0.95, 0.7
"""The goal, on what real customers write."""

WRITTEN_PRECISION, WRITTEN_RECALL = 0.93, 0.6
"""Where we stand on sentences made up to be hard, in 17 languages: it must not get worse."""


def corpus() -> list[Labelled]:
    if not REMARKS.exists():
        pytest.skip("the remarks are not part of the repository, and ../shared/data/remarks.csv is not here")
    with REMARKS.open(encoding="utf-8-sig", newline="") as file:
        return labels(HERE / "labels.csv", [row["remark"] for row in csv.DictReader(file)])


def measured(known: list[Labelled]) -> tuple[Score, str]:
    judged = evaluate(known, SURE)
    return scores(judged)[ALL], "\n" + "\n".join(table(judged))


def reaches(score: Score, page: str, precision: float, recall: float) -> None:
    assert (score.recall.value or 0.0) >= recall, page
    assert (score.precision.value or 0.0) >= precision, page


def test_remarks_of_real_customers() -> None:
    known = corpus()
    assert len(known) == 2710, "every distinct remark of the half that no rule was tuned on"
    reaches(*measured(known), PRECISION, RECALL)


def test_sentences_written_for_this() -> None:
    reaches(*measured(labels(HERE / "written.csv")), WRITTEN_PRECISION, WRITTEN_RECALL)


def test_what_is_less_sure_than_asked_for_is_left_out() -> None:
    known = [Labelled("", "Please call me back.", frozenset({Item("call_back", "true")}))]
    assert scores(evaluate(known, 0.0))[ALL] == Score(right=1)
    assert scores(evaluate(known, 1.01))[ALL] == Score(missed=1)
