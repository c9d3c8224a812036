"""A plan is read whole: what is unfair or wrong is refused with the reason, all of it at once."""

from typing import Any

import pytest

from events.problems import Invalid
from scoring.core.metrics import METRICS
from scoring.core.recognition.plan import Plan, read

RULE: dict[str, Any] = {"name": "happiest", "title": "Happiest customers", "period": "day", "weights": {"csat": 1}}


def plan(*rules: dict[str, Any], **said: Any) -> Plan:
    return read({"rules": list(rules), **said}, METRICS)


def refused(document: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as error:
        read(document, METRICS)
    return {problem.pointer: problem.code for problem in error.value.problems}


def weighed(**weights: float) -> dict[str, str]:
    return refused({"rules": [RULE | {"weights": weights}]})


def test_an_empty_document_asks_for_nothing() -> None:
    assert read(None, METRICS) == Plan()
    assert read({}, METRICS).rules == ()


@pytest.mark.parametrize(
    "weights",
    [
        {"csat": 1},
        {"csat": 0.5, "fcr": 0.5},
        {"csat": 0.6, "aht": 0.4},
        {"csat": 0.4, "nps": 0.2, "aht": 0.2, "contact_volume": 0.2},
        {"csat": 0.1, "fcr": 0.1, "nps": 0.1, "recovery_rate": 0.7},
        {"csat": 0.5, "resolved_share": 0.5},
    ],
)
def test_a_rule_led_by_customer_outcomes_is_taken(weights: dict[str, float]) -> None:
    assert plan(RULE | {"weights": weights}).rules[0].weights == weights


@pytest.mark.parametrize("name", ["aht", "wrap", "hold", "frt", "frt_business", "asa", "service_level"])
def test_speed_ranks_nobody_alone(name: str) -> None:
    assert weighed(**{name: 1}) == {
        "/rules/0/weights": "outcomes-below-half",
        f"/rules/0/weights/{name}": "speed-alone",
    }


def test_volume_ranks_nobody_alone() -> None:
    assert weighed(contact_volume=1)["/rules/0/weights/contact_volume"] == "volume-alone"


def test_customer_outcomes_carry_at_least_half() -> None:
    assert weighed(csat=0.49, resolved_share=0.51) == {"/rules/0/weights": "outcomes-below-half"}
    assert weighed(csat=0.3, resolved_share=0.4, aht=0.3) == {"/rules/0/weights": "outcomes-below-half"}


def test_speed_leads_nobody_even_where_outcomes_carry_half_together() -> None:
    assert weighed(csat=0.25, fcr=0.35, aht=0.4) == {"/rules/0/weights/aht": "speed-leads"}
    assert weighed(csat=0.5, aht=0.5) == {"/rules/0/weights/aht": "speed-leads"}
    assert weighed(csat=0.3, fcr=0.3, contact_volume=0.4) == {"/rules/0/weights/contact_volume": "volume-leads"}


@pytest.mark.parametrize("weights", [{"csat": 0.9}, {"csat": 0.6, "nps": 0.5}, {"csat": 100}])
def test_weights_sum_to_one(weights: dict[str, float]) -> None:
    assert weighed(**weights) == {"/rules/0/weights": "weights-sum"}


def test_a_weight_that_takes_away_is_refused() -> None:
    assert weighed(csat=1.5, nps=-0.5) == {"/rules/0/weights/nps": "weight"}


@pytest.mark.parametrize("name", ["smiles", "pending_resolutions", "mention_neutral_share"])
def test_a_metric_that_is_not_known_or_says_nothing_good_or_bad_is_refused(name: str) -> None:
    assert weighed(csat=0.5, **{name: 0.5}) == {f"/rules/0/weights/{name}": "unknown-metric"}


@pytest.mark.parametrize("least", [9, 0, -1])
def test_nobody_is_ranked_on_fewer_than_ten(least: int) -> None:
    assert refused({"rules": [RULE | {"min_n": least}]}) == {"/rules/0/min_n": "greater_than_equal"}
    assert plan(RULE | {"min_n": 10}).rules[0].min_n == 10


def test_every_complaint_of_every_rule_comes_at_once() -> None:
    document = {
        "time_zone": "Mars/Olympus",
        "colour": "red",
        "destinations": {"chat": "json://127.0.0.1"},
        "rules": [
            {"name": "one", "period": "month", "weights": {"aht": 1}, "tell": ["chat", "pager"]},
            RULE | {"name": "one", "weights": {"csat": 0.2}, "min_n": 3},
            RULE | {"name": "two", "weights": {}},
            RULE | {"name": "three", "weights": {"csat": "much"}},
            RULE | {"name": "four", "weights": {"csat": True}},
        ],
    }
    assert set(refused(document)) == {
        "/time_zone",
        "/colour",
        "/rules/0/title",
        "/rules/0/period",
        "/rules/0/name",
        "/rules/0/weights",
        "/rules/0/weights/aht",
        "/rules/0/tell/1",
        "/rules/1/name",
        "/rules/1/min_n",
        "/rules/1/weights",
        "/rules/2/weights",
        "/rules/3/weights/csat",
        "/rules/4/weights/csat",
    }


@pytest.mark.parametrize(
    "document", [[], "rules", 3, {"rules": "all"}, {"rules": [3, None]}, {"rules": [{"name": []}]}]
)
def test_whatever_else_it_is_is_refused_and_never_breaks(document: Any) -> None:
    assert refused(document)


def test_no_complaint_repeats_what_was_written() -> None:
    secret = "slack://token-of-mine"
    with pytest.raises(Invalid) as error:
        read({"rules": [RULE | {"tell": [secret], "weights": {secret: 1}}], "destinations": {secret: 3}}, METRICS)
    assert secret not in str([problem for problem in error.value.problems if problem.code != "unknown-metric"])


PRAISE = {
    "agents": {"a-17": "json://127.0.0.1/own"},
    "teams": {
        "Billing & more": {"agents": "json://127.0.0.1/{agent}", "manager": "json://127.0.0.1/boss"},
        "sales": {},
    },
    "everybody": {"agents": "json://127.0.0.1/all/{agent}"},
}


@pytest.mark.parametrize(
    ("agent", "team", "url", "manager"),
    [
        ("a-17", "Billing & more", "json://127.0.0.1/own", "json://127.0.0.1/boss"),
        ("a-18", "Billing & more", "json://127.0.0.1/{agent}", "json://127.0.0.1/boss"),
        ("a-18", "sales", "json://127.0.0.1/all/{agent}", None),
        ("a-18", "nobody wrote of it", "json://127.0.0.1/all/{agent}", None),
        ("a-18", None, "json://127.0.0.1/all/{agent}", None),
    ],
)
def test_thanks_go_to_the_agent_else_by_the_teams_template_else_by_everybodys(
    agent: str, team: str | None, url: str, manager: str | None
) -> None:
    praise = plan(praise=PRAISE).praise
    found, boss = praise.url_of(agent, team), praise.manager_of(team)
    assert found is not None
    assert found.get_secret_value() == url
    assert (boss.get_secret_value() if boss else None) == manager


def test_urls_are_secret_and_all_are_found_to_be_checked() -> None:
    found = plan(praise=PRAISE, destinations={"chat": "json://127.0.0.1/chat"})
    assert "127.0.0.1" not in repr(found)
    assert [at for at, _ in found.urls()] == [
        "/destinations/chat",
        "/praise/agents/a-17",
        "/praise/everybody/agents",
        "/praise/teams/0/agents",
        "/praise/teams/0/manager",
    ]
