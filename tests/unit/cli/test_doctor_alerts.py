"""Whatever an alert watches that a database or a topic shows, `amends doctor` says too."""

import re
from pathlib import Path

import yaml

from amends.doctor.checks import CHECKS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/doctor.md").read_text()
SAID_BY = {
    "AmendsFetchesBehind": "fetches",
    "AmendsFetchesParked": "fetches",
    "AmendsServiceDown": "readiness",
    "AmendsConsumerStuck": "lag",
    "AmendsConsumerFallingBehind": "lag",
    "AmendsNumbersBehind": "lag",
    "AmendsTopicUnread": "members",
    "AmendsPartitionsUneven": "topics",
    "AmendsDeadLetters": "dead-letters",
    "AmendsSumsSpoiled": "sums",
    "AmendsOutboxStuck": "outbox",
    "AmendsMessagesLost": "messages",
    "AmendsCaseUnclaimed": "cases",
    "AmendsCaseForgotten": "cases",
    "AmendsNotificationsLost": "cases",
    "AmendsChannelFailing": "cases",
    "AmendsCaseReportsStuck": "cases",
    "AmendsNobodyOnCall": "on-call",
    "AmendsEscalationExhausted": "on-call",
    "AmendsOnCallCalendarStale": "on-call",
    "AmendsCrmBehind": "pushes",
    "AmendsCrmRefusesUs": "pushes",
    "AmendsCrmDown": "pushes",
    "AmendsCrmParked": "pushes",
    "AmendsErasureWaiting": "pushes",
    "AmendsPreferencesUntold": "pushes",
    "AmendsCrmLosesFields": "sweeps",
    "AmendsSweepStuck": "sweeps",
    "AmendsPreferencesUnreviewed": "reviews",
}


def _alerts() -> set[str]:
    rules = [yaml.safe_load(path.read_text()) for path in (ROOT / "deploy/prometheus/rules").glob("*.yml")]
    return {rule["alert"] for file in rules for group in file["groups"] for rule in group["rules"] if "alert" in rule}


def test_an_alert_is_said_by_a_check_or_the_page_says_that_it_cannot_be() -> None:
    beyond = set(re.findall(r"`(Amends\w+)`", PAGE.partition("**What it cannot see.**")[2].partition("\n## ")[0]))
    assert beyond & SAID_BY.keys() == set()
    assert beyond | SAID_BY.keys() == _alerts()
    assert set(SAID_BY.values()) <= {check.name for check in CHECKS}


def test_the_page_has_every_check_in_their_order() -> None:
    table = PAGE.partition("\n## What it looks at\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == [check.name for check in CHECKS]
    assert f"\n    {len(CHECKS)} checks: " in PAGE
