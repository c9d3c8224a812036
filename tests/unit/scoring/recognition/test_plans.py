"""Plans come from YAML files, and what is wrong with any of them is said at once, without a secret."""

from pathlib import Path

import pytest

from scoring.core.metrics import METRICS
from scoring.recognition.messenger import for_agent, url_complaint
from scoring.recognition.plans import load

EXAMPLE = Path(__file__).parents[4] / "deploy/local/recognition.yaml"
RULE = "rules: [{name: a, title: A, period: day, weights: {csat: 1}}]\n"


def test_the_example_is_in_order() -> None:
    found = load(EXAMPLE, METRICS)
    assert [rule.name for rule in found["default"].rules] == [
        "happiest-customers",
        "solved-at-once",
        "team-of-the-week",
    ]


def test_a_folder_has_a_file_of_each_tenant(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("tenant: one\n" + RULE)
    (tmp_path / "two.yaml").write_text("tenant: two\n")
    assert set(load(tmp_path, METRICS)) == {"one", "two"}


def test_every_file_that_is_wrong_is_named_with_all_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULE.replace("csat: 1", "aht: 1").replace("day", "year"))
    (tmp_path / "b.yaml").write_text("rules: [")
    (tmp_path / "c.yaml").write_text("destinations: {floor: 'nowhere://key-of-mine'}\n")
    (tmp_path / "d.yaml").write_text(RULE)
    (tmp_path / "e.yaml").write_text(RULE)
    with pytest.raises(ValueError, match=r"a\.yaml") as error:
        load(tmp_path, METRICS)
    said = str(error.value)
    assert "/rules/0/period must be 'day' or 'week'" in said
    assert "/rules/0/weights/aht must not rank alone: by speed alone people are taught to be rid of customers" in said
    assert "/rules/0/weights must give customer outcomes at least half of the weight" in said
    assert "b.yaml: (document) is not YAML we read" in said
    assert "c.yaml: /destinations/floor is not a URL Apprise knows" in said
    assert "e.yaml: /tenant has a file already" in said
    assert "key-of-mine" not in said


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.yaml cannot be read: FileNotFoundError"):
        load(tmp_path / "none.yaml", METRICS)


def test_nothing_in_an_agents_id_changes_where_a_template_leads() -> None:
    assert for_agent("json://h/{agent}", "a-17") == "json://h/a-17"
    assert for_agent("mailto://u:p@h?to={agent}@x.example", "x@evil.example&bcc=all/..:?") == (
        "mailto://u:p@h?to=x%40evil.example%26bcc%3Dall%2F..%3A%3F@x.example"
    )


def test_a_template_is_a_url_too() -> None:
    assert url_complaint("json://127.0.0.1/{agent}") is None
    assert url_complaint("mailto://u:p@mail.example?to={agent}@x.example") is None
    assert url_complaint("{agent}") == "is not a URL Apprise knows"
