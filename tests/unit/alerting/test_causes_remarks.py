"""The word lists on 8,000 remarks of real customers, where those are at hand."""

import csv
import re
from pathlib import Path

import pytest

from alerting.core.causes.comment import heard

REMARKS = Path(__file__).parents[4] / "shared" / "data" / "remarks.csv"
PRAISE = re.compile(
    r"(?:(?:very|good|nice|excellent|thanks?|thank you|awesome|great|best|happy|satisfied|service|support|helpful|so"
    r"|perfect|polite|customer|care|experience|work|job|super|amazing|well|done|and|the|for|your|help|i|am)\W*)+",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def remarks() -> list[str]:
    if not REMARKS.exists():
        pytest.skip("the remarks are not here; they do not belong to the repository")
    with REMARKS.open(encoding="utf-8", newline="") as file:
        return [row["remark"] for row in csv.DictReader(file)]


def test_nothing_is_heard_in_praise(remarks: list[str]) -> None:
    praise = [remark for remark in remarks if PRAISE.fullmatch(remark.strip())]
    assert len(praise) > 1000
    assert [remark for remark in praise if heard([remark])] == []


def test_most_remarks_name_no_cause_and_some_do(remarks: list[str]) -> None:
    """Rather deaf than wrong: what people wrote without thinking of causes seldom names one."""
    named = sum(bool(heard([remark])) for remark in remarks)
    assert 0.01 < named / len(remarks) < 0.05
