"""Somebody hears of it when there is no backup, and when what lies beneath the services fails."""

import json
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from support import prometheus
from support.kustomize import DEPLOY, build, of_kind, render

PAGE = (DEPLOY.parent / "docs/kubernetes-components.md").read_text()

BACKUP = "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"
ARCHIVED = "cnpg_pg_stat_archiver_last_archived_time"
FAILED = "cnpg_pg_stat_archiver_last_failed_time"
FREE, SIZE = "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"
WELL = {BACKUP: "0x4320", ARCHIVED: "100x4320", FAILED: "-1x4320", FREE: "50x4320", SIZE: "100x4320"}
"""Metric → its values, each minute of three days."""
CASES = {
    "AmendsBackupOld": ({BACKUP: "0x4320"}, 30, 38),
    "AmendsArchiveStuck": ({FAILED: "-1x60 200x4320"}, 0, 2),
    "AmendsVolumeFilling": ({FREE: "50x600 14x4320"}, 9, 12),
    "AmendsJobFailed": ({"kube_job_failed": "0x60 1x4320"}, 0, 2),
}
"""Alert → (what goes wrong, an hour at which it is silent, one at which it fires)."""
OF_THE_DOCTOR = 'kube_job_failed{namespace="amends",condition="true",job_name="doctor-now"}'
"""Is no migration, and its log says what it found."""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    [rule] = of_kind(render("cnpg", "cnpg/backup"), "PrometheusRule")
    path = tmp_path_factory.mktemp("rules") / "rules.yml"
    path.write_text(json.dumps(rule["spec"]))
    return path


def _firing(alert: str, hour: int, count: int) -> dict[str, object]:
    fired = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    return {"expr": fired, "eval_time": f"{hour}h", "exp_samples": [{"labels": "{}", "value": count}]}


@pytest.mark.parametrize("alert", CASES)
def test_it_is_told_in_time_and_not_before(alert: str, rules: Path) -> None:
    wrong, silent, told = CASES[alert]
    labels = '{namespace="amends",pod="amends-db-1",condition="true",job_name="amends-migration-0-7-0"}'
    series = [{"series": metric + labels, "values": values} for metric, values in (WELL | wrong).items()]
    series.append({"series": OF_THE_DOCTOR, "values": "1x4320"})
    checks = [_firing(alert, silent, 0), _firing(alert, told, 1)]
    checks += [_firing(other, told, 0) for other in CASES if other not in (alert, "AmendsBackupOld")]
    test = {"interval": "1m", "input_series": series, "promql_expr_test": checks}
    path = rules.with_name(f"{alert}.test.yml")
    path.write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]}))
    assert prometheus.promtool("test", "rules", path) == ""


def test_there_is_a_case_for_each_and_a_page_says_what_to_do(rules: Path) -> None:
    [group] = json.loads(rules.read_text())["groups"]
    assert {rule["alert"] for rule in group["rules"]} == CASES.keys()
    for rule in group["rules"]:
        assert rule["annotations"]["runbook_url"] == "docs/kubernetes-components.md#when-its-alerts-fire"
        assert f"| `{rule['alert']}` |" in PAGE.partition("\n#### When its alerts fire\n")[2]


def test_the_patch_of_the_page_reads_the_old_archive_and_writes_to_another_place(tmp_path: Path) -> None:
    [written] = re.findall(r"\n {8}(- target: .*?)\n\n", PAGE.partition("\n#### Restoring\n")[2], re.DOTALL)
    rendered = render("cnpg", "cnpg/backup")
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(rendered))
    patches = yaml.safe_load(textwrap.dedent(" " * 8 + written))
    (tmp_path / "kustomization.yaml").write_text(json.dumps({"resources": ["all.yaml"], "patches": patches}))
    [before], [after] = (of_kind(documents, "Cluster") for documents in (rendered, build(tmp_path)))
    assert after["metadata"] == before["metadata"]
    recovery = after["spec"]["bootstrap"].pop("recovery")
    assert after["spec"]["bootstrap"] == {}
    assert (
        recovery.items() >= {key: before["spec"]["bootstrap"]["initdb"][key] for key in ("database", "owner")}.items()
    )
    [source], [archiver], [archived] = (
        after["spec"]["externalClusters"],
        after["spec"]["plugins"],
        before["spec"]["plugins"],
    )
    assert (source["name"], source["plugin"]["name"]) == (recovery["source"], archived["name"])
    assert source["plugin"]["parameters"] == archived["parameters"] | {"serverName": before["metadata"]["name"]}
    assert archiver["parameters"]["serverName"] != source["plugin"]["parameters"]["serverName"]
