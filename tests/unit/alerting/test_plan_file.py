"""The on-call file: checked whole, its references too; what is wrong is said with its place and never repeated."""

from pathlib import Path
from typing import Any

import pytest

from alerting import oncall_file
from events.problems import Invalid
from events.runtime import plain_yaml

FILE = """
channels:
  room: {kind: webhook, url: {env: ROOM_URL}, secret: {env: ROOM_SECRET}}
  mail: {kind: email, host: 127.0.0.1, port: 2525, sender: desk@example.org, tls: none}
people:
  dana: {name: Dana Reyes, zone: Europe/Berlin, quiet: "22:00-07:00", reach: {mail: dana@example.org}}
  maria: {name: Maria Lund, zone: Europe/Berlin, reach: {mail: maria@example.org}}
schedules:
  recovery:
    zone: Europe/Berlin
    layers:
      - {rotation: [dana, maria], every: week, handover: mon 09:00, since: 2026-01-05, hours: {mon-fri: 08:00-18:00}}
escalation:
  policies:
    default:
      steps:
        - {tell: [{on_call: recovery, layer: 1}, {channel: room}]}
        - {after: 10m, tell: [{person: maria, by: [mail]}], urgent: true}
      fallback: [{channel: room}]
      last_resort: [{person: maria}]
  routes: [{policy: default, plays: [recover]}]
clocks: {claim: 15m, contact: 2h}
incidents: [{name: queue, by: team, cases: 5, within: 30m, owner: maria}]
lease: 45m
"""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOM_URL", "https://hooks.example.org/in")
    monkeypatch.setenv("ROOM_SECRET", "whsec_" + "A" * 32)


def parsed(**changes: Any) -> oncall_file.Plan:
    document = plain_yaml.loads(FILE)
    document.update(changes)
    return oncall_file.parse(document)


def complaints(**changes: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        parsed(**changes)
    return {problem.pointer: problem.message for problem in caught.value.problems}


def test_the_whole_file_becomes_one_plan() -> None:
    plan = parsed()
    assert set(plan.channels) == {"room", "mail"}
    assert plan.people["dana"].reach == {"mail": "dana@example.org"}
    assert [step.urgent for step in plan.policies["default"].steps] == [False, True]
    assert plan.lease.total_seconds() == 45 * 60
    assert plan.clocks is not None
    assert len(plan.incidents) == 1


def test_an_empty_file_is_a_plan_that_says_nothing() -> None:
    assert oncall_file.parse(None) == oncall_file.Plan()


def test_no_secret_and_no_address_is_in_what_a_plan_shows_of_itself() -> None:
    shown = repr(parsed())
    assert "AAAA" not in shown
    assert "dana@example.org" not in shown


def policies(**changes: Any) -> dict[str, Any]:
    policy = {"steps": [{"tell": [{"channel": "room"}]}], **changes}
    return {"policies": {"default": policy}}


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"channels": {"room": {"kind": "pigeon"}}}, "/channels/room/kind", "must be one of"),
        ({"channels": {"room": {"kind": "webhook"}}}, "/channels/room/url", "required"),
        (
            {"escalation": policies(fallback=[{"channel": "attic"}])},
            "/escalation/policies/default/fallback/0",
            "no channel",
        ),
        (
            {"escalation": policies(steps=[{"tell": [{"person": "nobody"}]}])},
            "/escalation/policies/default/steps/0/tell/0",
            "nobody of the section people",
        ),
        (
            {"escalation": policies(steps=[{"tell": [{"on_call": "night"}]}])},
            "/escalation/policies/default/steps/0/tell/0",
            "no schedule",
        ),
        (
            {"escalation": policies(steps=[{"tell": [{"on_call": "recovery", "layer": 3}]}])},
            "/escalation/policies/default/steps/0/tell/0",
            "layer 3 of a schedule with 1",
        ),
        ({"escalation": {**policies(), "routes": [{"policy": "vip"}]}}, "/escalation/routes/0/policy", "no policy"),
        ({"people": {"dana": {"name": "D", "reach": {"fax": "1"}}}}, "/people/dana/reach/fax", "no channel"),
        (
            {"schedules": {"recovery": {"zone": "UTC", "layers": [{"calendar": {"url": {"env": "NOT_SET"}}}]}}},
            "/schedules/recovery/layers/0/calendar/url",
            "",
        ),
        ({"shifts": {}}, "/shifts", "no word of this file"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(changes: dict[str, Any], pointer: str, said: str) -> None:
    found = complaints(**changes)
    assert pointer in found, found
    assert said in found[pointer].lower(), found[pointer]


def test_every_complaint_is_made_at_once() -> None:
    broken = {"escalation": policies(fallback=[{"channel": "a"}, {"channel": "b"}]), "incidents": []}
    assert len(complaints(**broken)) == 2


def test_policies_without_a_default_need_a_route_that_every_case_fits() -> None:
    only = {"policies": {"vip": {"steps": [{"tell": [{"channel": "room"}]}]}}}
    assert "/escalation/policies" in complaints(escalation=only)
    assert parsed(escalation={**only, "routes": [{"policy": "vip"}]}).policies.keys() == {"vip"}


def test_a_file_that_cannot_be_read_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^oncall\.yaml cannot be read"):
        oncall_file.read(tmp_path / "oncall.yaml")
    (tmp_path / "oncall.yaml").write_text("people: [")
    with pytest.raises(ValueError, match=r"^oncall\.yaml:"):
        oncall_file.read(tmp_path / "oncall.yaml")
