"""The section ``clocks`` of the on-call file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from alerting.core.clocks import Clocks
from alerting.core.clocks.customers import PARTS_OF_DAY, part_of_day
from alerting.core.clocks.file import ClocksSection
from events.hours.business import ALWAYS, Hours, Opening
from events.problems import from_validation_error
from events.runtime import plain_yaml

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FILE = """
claim: 10m
contact: 2h
hours: office
calendars:
  office: {zone: Europe/Berlin, open: {mon-fri: 08:00-20:00}, holidays: [2026-12-25]}
  round-the-clock: {open: always}
customers: {zone: Europe/Berlin, quiet: "21:00-09:00"}
overrides:
  - {tiers: [gold], teams: [billing], claim: 5m}
  - {tiers: [gold], contact: 30m, hours: round-the-clock}
  - {plays: [thank], contact: 1d}
  - {channels: [social, chat], claim: 7m}
  - {teams: [new-york], customers: {zone: America/New_York, quiet: "20:30-08:00", keep_to_preferred_time: true}}
"""


@pytest.fixture
def document(tmp_path: Path) -> Any:
    path = tmp_path / "oncall.yaml"
    path.write_text(FILE)
    return plain_yaml.load(path)


def chosen(document: Any, **case: Any) -> Clocks:
    about = {"team": None, "channel": "phone", "tier": None, "play": "recover", **case}
    return ClocksSection.model_validate(document).value().clocks(**about)


def complaints(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as raised:
        ClocksSection.model_validate(document)
    return [(each.pointer, each.message) for each in from_validation_error(raised.value, document).problems]


def test_an_empty_section_is_fifteen_minutes_and_two_hours_around_the_clock() -> None:
    assert chosen({}) == Clocks(15 * MINUTE, 2 * HOUR, ALWAYS, ALWAYS, ALWAYS)


def test_a_case_that_no_override_fits_has_what_the_section_says(document: Any) -> None:
    found = chosen(document, tier="silver")
    assert (found.claim, found.contact, found.team.zone) == (10 * MINUTE, 2 * HOUR, BERLIN)
    assert found.customer == Hours(BERLIN, ((Opening(9 * 60, 21 * 60),),) * 7)
    assert found.contact_due(datetime(2026, 12, 24, 18, tzinfo=UTC)) == datetime(2026, 12, 28, 9, tzinfo=UTC)


def test_the_first_override_that_fits_wins_and_the_rest_is_as_the_section_says(document: Any) -> None:
    assert chosen(document, tier="gold", team="billing") == replace(chosen(document), claim=5 * MINUTE)
    gold = chosen(document, tier="gold", play="thank")
    assert (gold.claim, gold.contact, gold.team) == (10 * MINUTE, 30 * MINUTE, ALWAYS)
    assert chosen(document, play="thank").contact == 24 * HOUR
    assert chosen(document, channel="chat").claim == 7 * MINUTE


def test_an_override_may_say_where_its_customers_are(document: Any) -> None:
    assert chosen(document, team="new-york").customer == Hours(NEW_YORK, ((Opening(8 * 60, 20 * 60 + 30),),) * 7)


def test_a_preferred_time_is_waited_for_only_where_the_file_says_so(document: Any) -> None:
    assert chosen(document, contact_time="morning").preferred == ALWAYS
    assert chosen(document, team="new-york", contact_time="morning").preferred == part_of_day("morning", NEW_YORK)
    policy = ClocksSection.model_validate(document).value()
    assert policy.waits_for_preferred_time
    assert not ClocksSection().value().waits_for_preferred_time


def test_a_preferred_time_at_which_the_team_is_never_there_is_not_waited_for(document: Any) -> None:
    """The evening in New York begins at 23:00 in Berlin."""
    assert chosen(document, team="new-york", contact_time="evening").preferred == ALWAYS


def test_customers_may_be_reached_by_a_calendar_of_their_own(document: Any) -> None:
    document["customers"] = {"hours": "office"}
    assert chosen(document).customer == chosen(document).team


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"claim": "0m"}, [("/claim", "must be more than nothing, at most 30d")]),
        ({"contact": "31d"}, [("/contact", "must be more than nothing, at most 30d")]),
        ({"claim": 15}, [("/claim", "must be a length of time such as 90s, 15m, 2h or 1d")]),
        ({"hours": "office"}, [("/hours", "names no calendar of this section")]),
        (
            {"overrides": [{"teams": ["a"], "hours": "x"}, {"tiers": ["b"], "customers": {"hours": "y"}}]},
            [
                ("/overrides/0/hours", "names no calendar of this section"),
                ("/overrides/1/customers/hours", "names no calendar of this section"),
            ],
        ),
        (
            {"calendars": {"x": {"zone": "Berlin", "open": {"mon": "8-9"}}}},
            [
                ("/calendars/x/zone", "is no time zone of the IANA list, such as Europe/Berlin"),
                ("/calendars/x/open/mon", "must be hours such as 08:00-18:00"),
            ],
        ),
        ({"customers": {"quiet": "21:00-09:00"}}, [("/customers", "needs the zone of the customers")]),
        ({"customers": {"keep_to_preferred_time": True}}, [("/customers", "needs the zone of the customers")]),
        (
            {"customers": {"zone": "UTC", "quiet": "00:00-24:00"}},
            [("/customers/quiet", "must leave some of the day")],
        ),
        (
            {"customers": {"zone": "UTC", "quiet": "21:00-25:00"}},
            [("/customers/quiet", "must lie between 00:00 and 24:00")],
        ),
        (
            {"customers": {"zone": "UTC", "quiet": "9pm-9am"}},
            [("/customers/quiet", "must be hours such as 21:00-09:00")],
        ),
        ({"customers": {"zone": "UTC", "hours": "x"}}, [("/customers", "takes hours, or zone and quiet, not both")]),
        (
            {"calendars": {"x": {"open": "always"}}, "customers": {"hours": "x", "keep_to_preferred_time": True}},
            [("/customers/hours", "must have a zone: a calendar that is always open has none")],
        ),
        (
            {"overrides": [{"claim": "5m"}]},
            [("/overrides/0", "must say for which teams, channels, tiers or plays; for all, say it above")],
        ),
        (
            {"overrides": [{"plays": ["shout"]}]},
            [("/overrides/0/plays/0", "must be 'recover', 'reply', 'thank' or 'call_back'")],
        ),
        ({"clam": "5m"}, [("/clam", "names no field we know; the API documentation lists the fields")]),
    ],
)
def test_every_fault_is_told_with_its_place(said: Any, found: list[tuple[str, str]]) -> None:
    assert complaints(said) == found


@pytest.mark.parametrize(
    "said",
    [
        {"hours": "never", "calendars": {"never": {"open": {}}}},
        {"hours": "rarely", "calendars": {"rarely": {"open": {"mon": "08:00-08:01"}}}},
        {  # the team is there at night, and then the customers sleep
            "hours": "nights",
            "calendars": {"nights": {"zone": "Europe/Berlin", "open": {"mon-sun": "00:00-06:00"}}},
            "customers": {"zone": "Europe/Berlin", "quiet": "21:00-09:00"},
        },
    ],
)
def test_hours_in_which_a_target_cannot_be_reached_are_refused(said: Any) -> None:
    assert any("has hours in which the contact target is not reached within a year" in m for _, m in complaints(said))
    for_some = {"calendars": said["calendars"], "overrides": [{"teams": ["x"], **said}]}
    del for_some["overrides"][0]["calendars"]
    assert {place for place, _ in complaints(for_some)} == {"/overrides/0"}


def test_what_24_00_means_does_not_matter() -> None:
    until = [chosen({"customers": {"zone": "UTC", "quiet": f"20:00-{end}"}}).customer for end in ("00:00", "24:00")]
    since = chosen({"customers": {"zone": "UTC", "quiet": "00:00-08:00"}}).customer
    assert until[0] == until[1] == Hours(ZoneInfo("UTC"), ((Opening(0, 20 * 60),),) * 7)
    assert since == Hours(ZoneInfo("UTC"), ((Opening(8 * 60, 24 * 60),),) * 7)


def test_the_page_about_clocks_shows_a_section_that_is_right_and_the_parts_of_the_day(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/clocks.md").read_text()
    example = tmp_path / "oncall.yaml"
    example.write_text("clocks:\n" + page.partition("    clocks:\n")[2].partition("\n\n")[0])
    policy = ClocksSection.model_validate(plain_yaml.load(example)["clocks"]).value()
    assert (policy.default.clocks.claim, len(policy.rules)) == (15 * MINUTE, 3)
    for part, (start, end) in PARTS_OF_DAY.items():
        assert f"`{part}` {'is ' * (part == 'morning')}{start // 60:02}:00–{end // 60:02}:00" in page
