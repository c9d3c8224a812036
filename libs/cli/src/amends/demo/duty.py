"""Who is on call in the demo, and where they are told: everything goes to the demo's own sink."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

PLAN = """\
channels:
  sink: {{kind: webhook, url: {{env: DEMO_SINK_URL}}, secret: {{env: DEMO_SINK_SECRET}}}}
  chat: {{kind: apprise, url: {{env: DEMO_CHAT_URL}}, per_minute: 6000}}
people:
  dana: {{name: Dana, zone: UTC, reach: {{sink: dana}}}}
  ravi: {{name: Ravi, zone: UTC, reach: {{sink: ravi}}}}
  mei: {{name: Mei, zone: UTC, reach: {{sink: mei}}}}
  omar: {{name: Omar, zone: UTC, reach: {{sink: omar}}}}
schedules:
  recovery:
    zone: UTC
    layers:
      - {{rotation: [dana, ravi, mei], every: day, handover: "00:00", since: {since}}}
      - {{rotation: [omar], every: week, handover: {day} 00:00, since: {since}}}
escalation:
  policies:
    default:
      steps:
        - {{tell: [{{on_call: recovery, layer: 1}}, {{channel: chat}}], urgent: true}}
        - {{after: 2m, tell: [{{on_call: recovery, layer: 2}}], urgent: true}}
      pause: 5m
      fallback: [{{channel: sink}}]
      last_resort: [{{person: omar}}]
clocks: {{claim: 15m, contact: 2h}}
incidents:
  - {{name: queue, by: team, only: [billing], cases: 8, within: 30m, owner: omar}}
"""


def set_up(private: Path, sink: str, secret: str, chat: str) -> Mapping[str, str]:
    """Write the on-call file. Returns the environment in which alerting finds it.

    Args:
        sink: where webhooks go, signed with ``secret``.
        chat: an Apprise URL.
    """
    since = datetime.now(UTC) - timedelta(days=1)
    plan = private / "oncall.yaml"
    plan.write_text(PLAN.format(day=since.strftime("%a").lower(), since=since.date().isoformat()))
    return {
        "ALERTING_ONCALL_FILE": str(plan.absolute()),
        "DEMO_SINK_URL": sink,
        "DEMO_SINK_SECRET": secret,
        "DEMO_CHAT_URL": chat,
    }
