"""The digests file, and what is refused in it."""

import re
from pathlib import Path

import pytest

from scoring.core.digest.plan import Plan
from scoring.core.digest.retry import GIVE_UP_SECONDS, LONGEST_SECONDS, delay
from scoring.core.metrics import METRICS
from scoring.digests import plans

PAGE = Path(__file__).parents[4] / "docs/digest.md"
EXAMPLE = Path(__file__).parents[4] / "deploy/local/digest.yaml"
SECRET = "nobody:s3cret"


def load(tmp_path: Path, text: str) -> plans.Plans:
    file = tmp_path / "digest.yaml"
    file.write_text(text)
    return plans.load(file)


def test_the_example_is_one_we_take() -> None:
    found = plans.load(EXAMPLE)
    assert {plan.every for plan in found.digests} == {"day", "week", "month"}
    assert all(plan.send_to for plan in found.digests)


def test_every_field_is_documented_with_its_default_and_no_other() -> None:
    told = dict(re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.*?) \| ", PAGE.read_text(), re.MULTILINE))
    assert re.findall(r"`(\w+)`", " ".join(told)) == list(Plan.model_fields)
    assert re.findall(r"`(\w+)`", told["`metrics`"]) == list(Plan(name="a").metrics)
    for name, field in Plan.model_fields.items():
        if isinstance(field.default, str | int):
            assert told[f"`{name}`"] == f"`{field.default}`", name


def test_without_a_file_nothing_is_sent() -> None:
    assert plans.load(None).digests == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("digests: [{name: a, every: fortnight}]", "/digests/0/every must be 'day', 'week' or 'month'"),
        ("digests: [{name: a, metrics: [happiness]}]", "/digests/0/metrics/0 must be 'approval_rate'"),
        ("digests: [{name: a, time_zone: Mars/Base}]", "/digests/0/time_zone is no time zone of the IANA list"),
        ("digests: [{name: a, hour: 24}]", "/digests/0/hour must be less than or equal to 23"),
        ("digests: [{name: a}, {name: a}]", "two digests of one name"),
        ("digests: [{name: a, send_to: [b]}]", "sent to a name that destinations lacks"),
        ("digests: [{name: a, teams: [x, x]}]", "/digests/0/teams names something twice"),
        ("digests: [{name: a, tems: [x]}]", "names no field we know"),
        (f"destinations: {{b: 'nosuch://{SECRET}@x'}}", "/destinations/b is not a URL Apprise knows"),
        ("digests: [", "is not YAML we read"),
    ],
)
def test_an_odd_file_is_refused_with_where_and_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^digest\.yaml") as caught:
        load(tmp_path, text)
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_secrets_are_not_in_what_is_printed(tmp_path: Path) -> None:
    found = load(tmp_path, f"destinations: {{b: 'json://{SECRET}@localhost'}}")
    assert "s3cret" not in repr(found)


def test_a_digest_reads_the_dimension_it_is_about() -> None:
    both = Plan(name="a", teams=("x", "y"), channels=("phone",))
    assert (both.dimension, both.keys) == ("channel_team", ("phone/x", "phone/y"))
    assert both.covers("x", "phone")
    assert not both.covers("x", "email")
    assert not both.covers(None, "phone")
    assert (Plan(name="a").dimension, Plan(name="a").keys) == ("all", ("",))
    assert both.about == "Teams x, y; channels phone"


def test_retries_come_slower_and_end_after_a_day() -> None:
    waits = [delay(attempt, age=0, share=1) for attempt in range(1, 12)]
    assert waits[:3] == [60, 120, 240]
    assert waits[-1] == LONGEST_SECONDS
    assert delay(1, age=GIVE_UP_SECONDS - 10, share=0) is None


def test_every_metric_of_a_digest_that_names_none_exists() -> None:
    assert set(Plan(name="a").metrics) <= METRICS.keys()
