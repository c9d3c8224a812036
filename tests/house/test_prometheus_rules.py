"""What the house believes of its alerts: they are right, they are explained, and each has been seen to fire."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scoring.core.change import change
from scoring.core.metrics.csat import CSAT
from scoring.core.metrics.metric import Value
from scoring.core.statistics import wilson
from support import prometheus
from support.prometheus import DEPLOYED, ROOT

ALERTS = [rule for rule in prometheus.rules() if "alert" in rule]
TESTS = sorted((DEPLOYED / "tests").glob("*.yml"))
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
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    said = alert["annotations"]
    assert len(said["summary"]) <= 80
    assert said["description"].endswith(".")
    page, anchor = said["runbook"].split("#")
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
    for path in TESTS:
        for test in yaml.safe_load(path.read_text())["tests"]:
            for told in test.get("alert_rule_test", ()):
                seen |= {told["alertname"]} if told["exp_alerts"] else set()
            for asked in test.get("promql_expr_test", ()):
                labels = " ".join(sample["labels"] for sample in asked["exp_samples"])
                seen |= set(re.findall(r'alertname="(\w+)"', labels))
    assert alert["alert"] in seen


def test_every_alert_that_is_explained_exists() -> None:
    explained = re.findall(r"^### (\w+)$", (ROOT / "docs/monitoring.md").read_text(), re.MULTILINE)
    assert sorted(explained) == sorted(alert["alert"] for alert in ALERTS)


def test_a_rule_about_a_number_asks_for_thirty_answers() -> None:
    """METRICS: below 30 no threshold raises an alarm."""
    for alert in ALERTS:
        about = {
            name for name in prometheus.names(alert["expr"]) if name.startswith(("amends:csat", "amends_service_l"))
        }
        if about:
            assert re.search(r"sample_size\S*\{[^}]*\}\)? >= 30", alert["expr"]), alert["alert"]
