"""The rules file: for everybody, for some, and refused as a whole."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerting import rules_file
from alerting.core.rules import RULES, call_back_missed, low_score, team_csat_drop
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Surroundings


def complaint(tmp_path: Path, said: str) -> str:
    path = tmp_path / "rules.yaml"
    path.write_text(said)
    with pytest.raises(ValueError, match=r"rules\.yaml") as caught:
        rules_file.read(path)
    return str(caught.value)


def limit(policy: Policy, where: Surroundings) -> float | None:
    limits: dict[str, float] = policy.settings(low_score.RULE, where).at_or_below
    return limits.get("1-5")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert rules_file.read(None) == Policy()
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    assert rules_file.read(empty) == Policy()


def test_every_rule_may_be_set_by_its_name() -> None:
    policy = Policy.model_validate({"rules": {rule.name: {"enabled": False} for rule in RULES}})
    for rule in RULES:
        for reads in rule.reads:
            assert policy.active(reads, Surroundings()) == ()
            assert policy.anywhere(reads) == ()


def test_all_complaints_come_at_once_with_their_places_and_repeat_no_value(tmp_path: Path) -> None:
    said = complaint(
        tmp_path,
        "fresh_minutes: canary\n"
        "sorrow: {}\n"
        "rules:\n"
        "  low_scores: {}\n"
        "  low_score: {at_or_below: {1-5: 5}, instruments: [canary], colour: canary}\n"
        "  complaint_words: {words: ['a*']}\n"
        "  team_csat_drop: {answers: 5}\n"
        "overrides:\n"
        "  - {teams: [vip], rules: {long_wait: {seconds: -1}, nothing: {}}}\n"
        "  - {rules: {low_score: {}}}\n",
    )
    for place in (
        *("/fresh_minutes", "/sorrow", "/rules/low_scores", "/rules/low_score/at_or_below"),
        *("/rules/low_score/instruments", "/rules/low_score/colour", "/rules/complaint_words/words"),
        *("/rules/team_csat_drop/answers", "/overrides/0/rules/long_wait/seconds", "/overrides/0/rules/nothing"),
        "/overrides/1",
    ):
        assert place in said, place
    assert "/rules/low_scores is no rule or setting we know" in said
    assert "needs teams, channels or tiers" in said
    assert "canary" not in said


@pytest.mark.parametrize("said", ["rules: [", "- a list", "rules: {low_score: {}, low_score: {}}"])
def test_what_is_no_mapping_in_yaml_is_refused(tmp_path: Path, said: str) -> None:
    complaint(tmp_path, said)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.yaml cannot be read"):
        rules_file.read(tmp_path / "none.yaml")


OVERRIDDEN: dict[str, Any] = {
    "rules": {"low_score": {"at_or_below": {"1-5": 1}}},
    "overrides": [
        {"tiers": ["gold"], "rules": {"low_score": {"at_or_below": {"1-5": 3}}}},
        {"teams": ["chat"], "channels": ["chat"], "rules": {"low_score": {"at_or_below": {"1-5": 2}}}},
        {"teams": ["trial"], "rules": {"low_score": {"enabled": False}}},
    ],
}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Surroundings(), 1),
        (Surroundings(tier="gold"), 3),
        (Surroundings(tier="Gold"), 1),
        (Surroundings(team="chat", channel="chat"), 2),
        (Surroundings(team="chat", channel="email"), 1),
        (Surroundings(team="chat", channel="chat", tier="gold"), 2),
        (Surroundings(team="trial", tier="gold"), 3),
    ],
)
def test_an_override_holds_where_all_its_names_fit_and_the_last_one_wins(where: Surroundings, expected: float) -> None:
    assert limit(Policy.model_validate(OVERRIDDEN), where) == expected


def test_an_override_changes_only_what_it_sets() -> None:
    policy = Policy.model_validate(OVERRIDDEN)
    off = policy.settings(low_score.RULE, Surroundings(team="trial"))
    assert (off.enabled, off.at_or_below) == (False, {"1-5": 1})
    assert low_score.RULE not in [rule for rule, _ in policy.active("survey", Surroundings(team="trial"))]
    assert low_score.RULE in [rule for rule, _ in policy.active("survey", Surroundings(team="other"))]
    assert policy.settings(call_back_missed.RULE, Surroundings(team="trial")) == call_back_missed.Settings()


def test_a_rule_may_be_for_some_only() -> None:
    policy = Policy.model_validate({"rules": {"low_score": {"teams": ["a", "b"], "channels": ["phone"]}}})
    there = {
        (team, channel): bool(
            [1 for rule, _ in policy.active("survey", Surroundings(channel, team)) if rule is low_score.RULE]
        )
        for team in ("a", "c", None)
        for channel in ("phone", None)
    }
    assert [where for where, applies in there.items() if applies] == [("a", "phone")]
    assert policy.tells_apart
    assert not Policy().tells_apart
    waits = {"long_wait": {"enabled": True, "tiers": ["gold"]}}
    assert not Policy.model_validate({"rules": waits, "overrides": [{"teams": ["a"], "rules": waits}]}).tells_apart


def test_the_variants_of_a_rule_are_everything_it_may_be_set_to() -> None:
    given = [{"teams": ["a"], "rules": {"team_csat_drop": {"hours": 4}}}, {"teams": ["b"]}]
    policy = Policy.model_validate({"overrides": given})
    assert [settings.hours for settings in policy.variants(team_csat_drop.RULE)] == [24, 4, 24]


def test_settings_can_not_be_changed_in_passing() -> None:
    with pytest.raises(ValidationError):
        Policy().rules.low_score.enabled = False  # type: ignore[attr-defined]
