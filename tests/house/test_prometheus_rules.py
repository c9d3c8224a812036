"""What the house believes of its alerts: they are right, they are explained, and each has been seen to fire."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from events.wilson import wilson
from scoring.core.change import change
from scoring.core.metrics.csat import CSAT
from scoring.core.metrics.metric import Value
from support import prometheus
from support.prometheus import DEPLOYED, ROOT

ALERTS = [rule for rule in prometheus.rules() if "alert" in rule]
TESTS = sorted((DEPLOYED / "tests").glob("*.yml"))
RECORDED = {rule["record"]: rule["expr"] for rule in prometheus.rules() if "record" in rule}
CASES = [test for path in TESTS for test in yaml.safe_load(path.read_text())["tests"]]
PERSONAL = {"customer", "customer_id", "agent", "phone", "email", "comment", "key"}


def test_promtool_accepts_the_configuration_and_its_rules() -> None:
    assert prometheus.promtool("check", "config", DEPLOYED / "prometheus.yml") == ""


@pytest.mark.parametrize("tests", TESTS, ids=lambda path: path.stem)
def test_the_rules_do_what_their_unit_tests_say(tests: Path) -> None:
    assert prometheus.promtool("test", "rules", tests) == ""


def test_the_alarm_judges_a_drop_by_the_interval_that_the_api_gives() -> None:
    """60 of 100 satisfied after 80 of 100: the case that the unit tests of the rules are about."""
    new, old = (Value(n / 100, 100, wilson(n, 100)) for n in (60, 80))
    interval = change(CSAT, new, old).interval
    assert interval is not None
    told = (DEPLOYED / "tests/weeks.test.yml").read_text()
    assert f"""value: {interval[1]:.4f}}}""" in told


def test_promtool_does_notice_a_rule_that_never_fires(tmp_path: Path) -> None:
    for path in (DEPLOYED / "rules").glob("*.yml"):
        (tmp_path / path.name).write_text(path.read_text().replace("> 1800", "> 999999"))
    told = (DEPLOYED / "tests/recovery.test.yml").read_text().replace("../rules/", f"{tmp_path}/")
    (tmp_path / "recovery.test.yml").write_text(told)
    assert "AmendsCaseUnclaimed" in prometheus.promtool("test", "rules", tmp_path / "recovery.test.yml")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_grave_it_is_what_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    wanted = ("none",) if alert["alert"] == "AmendsWatchdog" else ("critical", "warning", "info")
    assert alert["labels"]["severity"] in wanted
    said = alert["annotations"]
    assert len(said["summary"]) <= 80
    assert said["description"].endswith(".")
    page, anchor = said["runbook_url"].split("#")
    assert anchor == alert["alert"].lower()
    assert f"\n### {alert['alert']}\n" in (ROOT / page).read_text()


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_tells_nobodys_secrets(alert: dict[str, Any]) -> None:
    told = " ".join(alert["annotations"].values())
    assert not PERSONAL & set(re.findall(r"\$labels\.(\w+)", told))
    assert 'dimension="agent"' not in alert["expr"]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_a_unit_test_sees_the_alert_fire(alert: dict[str, Any]) -> None:
    seen = set()
    for test in CASES:
        for told in test.get("alert_rule_test", ()):
            seen |= {told["alertname"]} if told["exp_alerts"] else set()
        for asked in test.get("promql_expr_test", ()):
            labels = " ".join(sample["labels"] for sample in asked["exp_samples"])
            seen |= set(re.findall(r'alertname="(\w+)"', labels))
    assert alert["alert"] in seen


@pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: rule["alert"])
def test_a_unit_test_sees_the_alert_stay_silent_though_it_looks(alert: dict[str, Any]) -> None:
    if alert["alert"] == "AmendsWatchdog":
        return  # its only task is never to be silent
    assert any(_silent(test, alert["alert"]) for test in CASES if _feeds(test, alert))


def _feeds(test: dict[str, Any], alert: dict[str, Any]) -> bool:
    """Whether it has values for every metric that the alert is made of."""
    given = {re.split(r"[{ ]", series["series"])[0] for series in test.get("input_series", ())}
    return _raw(alert["expr"]) <= given


def _raw(expr: str) -> set[str]:
    """The metrics behind an expression, through what is recorded."""
    found = prometheus.names(expr) | set(re.findall(r"\bup(?={)", expr))
    return {raw for name in found for raw in (_raw(RECORDED[name]) if name in RECORDED else {name})}


def _silent(test: dict[str, Any], alert: str) -> bool:
    told = (one for one in test.get("alert_rule_test", ()) if one["alertname"] == alert)
    asked = (
        one for one in test.get("promql_expr_test", ()) if re.match(r"(count by \([^)]*\) \()?ALERTS\b", one["expr"])
    )
    return any(not one["exp_alerts"] for one in told) or any(
        f'"{alert}"' not in str(one["exp_samples"]) and ('alertname="' not in one["expr"] or alert in one["expr"])
        for one in asked
    )


def test_a_rule_about_a_number_asks_for_thirty_answers() -> None:
    """METRICS: below 30 no threshold raises an alarm."""
    for alert in ALERTS:
        about = {
            name for name in prometheus.names(alert["expr"]) if name.startswith(("amends:csat", "amends_service_l"))
        }
        if about:
            assert re.search(r"sample_size\S*\{[^}]*\}\)? >= 30", alert["expr"]), alert["alert"]
