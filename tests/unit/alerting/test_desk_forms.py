"""What a form of the case page means."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alerting.core.case import ACTIONS, STATES, Appoint, Attempt, Close, Reopen
from alerting.desk import forms

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = {"": BERLIN, forms.THEIRS: NEW_YORK}


def test_every_action_has_a_form_and_every_form_a_state_it_is_offered_in() -> None:
    assert set(forms.KINDS.values()) == set(ACTIONS)
    assert {kind for offered in forms.OFFERED.values() for kind in offered} == set(forms.KINDS)
    assert set(forms.OFFERED) == set(STATES)


@pytest.mark.parametrize(("said", "version"), [("3", 3), ("", 0), ("-1", 0), ("٣", 0), ("1e3", 0), ("9" * 30, 0)])
def test_a_version_that_is_no_number_is_that_of_no_case(said: str, version: int) -> None:
    assert forms.version({"version": said}) == version


@pytest.mark.parametrize(
    ("local", "clock", "meant"),
    [
        ("2026-07-01T09:30", "", "2026-07-01T07:30"),
        ("2026-07-01T09:30", "customer", "2026-07-01T13:30"),
        ("2026-01-15T09:30", "", "2026-01-15T08:30"),
        ("2026-10-25T02:30", "", "2026-10-25T00:30"),  # it comes twice: the first
        ("2026-10-25T03:00", "", "2026-10-25T02:00"),
        ("2026-03-29T03:00", "", "2026-03-29T01:00"),
    ],
)
def test_a_time_is_by_the_clock_that_was_chosen(local: str, clock: str, meant: str) -> None:
    found = forms.values(Appoint, {"at": local, "clock": clock, "version": "2"}, "Dana", ZONES)
    assert found["at"] == datetime.fromisoformat(meant).replace(tzinfo=UTC)
    assert Appoint.model_validate(found).version == 2


@pytest.mark.parametrize(
    "said",
    ["2026-03-29T02:30", "tomorrow", "2026-02-30T10:00", "2026-07-01", "0000-00-00T00:00", "0001-01-01T00:00"],
)
def test_a_time_that_there_is_not_is_a_mistake_and_is_not_repeated(said: str) -> None:
    with pytest.raises(forms.Mistaken) as mistaken:
        forms.local_time(said, BERLIN)
    assert said not in str(mistaken.value)


def test_where_the_customer_is_not_known_the_clock_is_the_desks() -> None:
    found = forms.values(Appoint, {"at": "2026-07-01T09:30", "clock": "customer"}, "Dana", {"": BERLIN})
    assert found["at"].hour == 7


def test_one_field_is_the_remedy_or_the_reason_for_dismissing() -> None:
    typed = {"cause": "workflow", "words": "Refunded.", "version": "3", "csrf_of_old": "x"}
    closed = forms.values(Close, {**typed, "outcome": "recovered"}, "Dana", ZONES)
    assert Close.model_validate(closed).remedy == "Refunded."
    dismissed = Close.model_validate(forms.values(Close, {**typed, "outcome": "dismissed"}, "Dana", ZONES))
    assert (dismissed.reason, dismissed.cause, dismissed.remedy) == ("Refunded.", None, None)


def test_what_is_left_empty_is_left_out() -> None:
    found = forms.values(Attempt, {"result": "busy", "note": "", "version": "2"}, "Dana", ZONES)
    assert found == {"result": "busy", "by": "Dana", "version": 2}


def test_nobody_can_act_in_the_name_of_another() -> None:
    assert forms.values(Reopen, {"by": "Maria", "reason": "x"}, "Dana", ZONES)["by"] == "Dana"
