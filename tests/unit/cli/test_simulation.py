"""The simulated centre: the same every time, valid to the letter, with all in it that must not confuse Amends."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from amends.simulation.expectations import Expectations
from amends.simulation.plan import past, plan
from amends.simulation.said import Planned, Said, say
from amends.simulation.story import load, trouble
from events import codec
from events.customer import CustomerErased
from events.envelope import Payload
from events.interaction import Interaction
from events.mention import Mention
from events.preference import ContactChannel, ContactLanguage, DoNotContact
from events.scales import SCALES
from events.survey import SurveyResponse
from events.survey_sent import SurveySent

P = TypeVar("P", bound=Payload)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def run() -> list[Planned]:
    return list(plan(7, NOON, tag="t", rate=60, seconds=120))


def test_the_same_seed_is_the_same_run(run: list[Planned]) -> None:
    assert run == list(plan(7, NOON, tag="t", rate=60, seconds=120))
    assert run != list(plan(8, NOON, tag="t", rate=60, seconds=120))


def test_two_tags_never_speak_of_the_same_things(run: list[Planned]) -> None:
    other = {planned.said.identity for planned in plan(7, NOON, tag="u", rate=60, seconds=20)}
    assert not other & {planned.said.identity for planned in run}


def test_every_event_fits_the_contract_in_every_form(run: list[Planned]) -> None:
    for planned in run:
        event = codec.structured(dict(planned.said.document), tenant="default", recorded_at=NOON)
        assert event.data == planned.said.payload
        assert codec.identity_of(event.type, event.data) == planned.said.id


def test_postings_are_in_order_and_within_the_run(run: list[Planned]) -> None:
    offsets = [planned.at for planned in run]
    assert offsets == sorted(offsets)
    assert offsets[0] >= 0
    assert offsets[-1] <= 120


def test_the_rate_is_about_what_was_asked(run: list[Planned]) -> None:
    assert len(run) / 120 == pytest.approx(60, rel=0.25)


def test_an_endless_plan_goes_on(run: list[Planned]) -> None:
    endless = plan(7, NOON, tag="t", rate=20)
    assert next(planned for planned in endless if planned.at > 400)


def test_everything_happens_near_the_time_it_is_posted(run: list[Planned]) -> None:
    for planned in run:
        said = planned.said.payload
        now = NOON + timedelta(seconds=planned.at)
        moment = said.ended_at if isinstance(said, Interaction) else None
        if isinstance(said, Mention):
            moment = said.published_at
        if moment is not None:
            assert timedelta(0) < now - moment < timedelta(seconds=20)


def test_the_run_holds_what_may_confuse(run: list[Planned]) -> None:
    seen: set[tuple[str, str]] = set()
    versions: dict[str, int] = {}
    found: Counter[str] = Counter()
    for planned in run:
        said = planned.said
        if said.identity in seen:
            found["the same event again"] += 1
            continue
        seen.add(said.identity)
        if isinstance(said.payload, Interaction):
            known = versions.get(said.payload.interaction_id)
            found["abandoned"] += bool(said.payload.abandoned)
            found["an older report after a newer"] += known is not None and said.payload.version < known
            versions[said.payload.interaction_id] = max(known or 0, said.payload.version)
        if isinstance(said.payload, SurveyResponse):
            known = versions.get(said.payload.response_id)
            found["a survey before its contact"] += said.payload.interaction_id not in versions
            found["an answer that flips"] += known is not None and said.payload.version > known
            found["an older answer after a newer"] += known is not None and said.payload.version < known
            found["an old answer"] += said.time - said.payload.submitted_at > timedelta(minutes=60)
            found["without customer"] += said.payload.customer_id is None
            versions[said.payload.response_id] = max(known or 0, said.payload.version)
        found["mention"] += isinstance(said.payload, Mention)
    for form in ("batch", "structured", "binary", "plain"):
        found[form] = sum(planned.form == form for planned in run)
    assert len(found) == 13
    assert min(found.values()) > 0, found


def payloads(run: list[Planned], kind: type[P]) -> list[P]:
    return [planned.said.payload for planned in run if isinstance(planned.said.payload, kind)]


def test_every_answer_names_a_survey_that_was_sent_about_the_same_contact(run: list[Planned]) -> None:
    sent = {one.survey_id: (one.interaction_id, one.customer_id) for one in payloads(run, SurveySent)}
    answers = payloads(run, SurveyResponse)
    assert answers
    assert all(sent[one.survey_id or ""] == (one.interaction_id, one.customer_id) for one in answers)
    assert len({one.survey_id for one in answers}) < 0.7 * len(sent), "most who are asked say nothing"


def test_every_question_is_asked_on_its_scales(run: list[Planned]) -> None:
    asked = Counter((one.instrument, one.scale) for one in payloads(run, SurveyResponse))
    assert asked.keys() == {
        ("csat", "1-5"), ("nps", "0-10"), ("ces", "1-7"), ("ces", "1-5"), ("resolved", "yes-no"),
    }  # fmt: skip
    assert min(asked.values()) > 10, asked


def test_nobody_turns_unhappy_about_a_contact_twice(run: list[Planned]) -> None:
    """Else the first case might be closed by then, and whether there is another would depend on who was faster."""
    first: dict[str | None, float] = {}
    versions: dict[str, int] = {}
    for planned in run:
        said = planned.said.payload
        if not isinstance(said, SurveyResponse) or said.version <= versions.get(said.response_id, -1):
            continue
        versions[said.response_id] = said.version
        if said.value is not None and SCALES[said.scale].sentiment(said.value) == "dissatisfied":
            assert planned.at - first.setdefault(said.interaction_id, planned.at) < 0.1
    assert first


def test_written_contacts_have_a_first_response_and_some_a_bot_another_agent_or_a_second_opening(
    run: list[Planned],
) -> None:
    found: Counter[str] = Counter()
    for one in payloads(run, Interaction):
        written = one.channel != "phone" and one.answered_at is not None
        assert (one.first_response_at is not None) == (one.first_message_at is not None) == written
        if one.first_response_at is None or one.first_message_at is None:
            continue
        starts = [one.first_message_at, one.bot_handoff_at, one.reopened_at]
        assert max(filter(None, starts)) <= one.first_response_at <= (one.ended_at or one.first_response_at)
        found["bot"] += one.bot_handoff_at is not None
        found["another"] += one.first_response_by not in (None, one.agent)
        found["reopened"] += one.reopened == 1 and one.reopened_at is not None
    assert len(found) == 3
    assert min(found.values()) > 5, found


def test_some_come_back_about_the_same_thing_also_after_it_was_called_resolved(run: list[Planned]) -> None:
    newest = {one.interaction_id: one for one in payloads(run, Interaction)}
    matters: dict[tuple[str | None, str | None], list[Interaction]] = {}
    for one in sorted(newest.values(), key=lambda one: one.offered_at):
        if one.customer_id and one.reason:
            matters.setdefault((one.customer_id, one.reason), []).append(one)
    again = [contacts[0].resolved for contacts in matters.values() if len(contacts) > 1]
    assert 0.02 < again.count(True) / len(matters) < 0.5
    assert again.count(False) > 5


def test_remarks_are_of_every_mood_with_and_without_stars(run: list[Planned]) -> None:
    found = payloads(run, Mention)
    assert {one.stance for one in found} == {"positive", "neutral", "negative"}
    assert {one.rating is None for one in found} == {True, False}


def test_one_customer_a_day_is_forgotten_who_had_been_in_touch(run: list[Planned]) -> None:
    (erased,) = payloads(run, CustomerErased)
    place = next(n for n, planned in enumerate(run) if planned.said.payload == erased)
    assert any(one.customer_id == erased.customer_id for one in payloads(run, Interaction))
    assert 0.5 < run[place].at / 120 < 0.8


def test_whoever_is_forgotten_had_judged_nobody_and_says_nothing_more(run: list[Planned]) -> None:
    (erased,) = payloads(run, CustomerErased)
    said = [n for n, one in enumerate(run) if getattr(one.said.payload, "customer_id", "") == erased.customer_id]
    assert run[said[-1]].said.payload == erased
    assert all(isinstance(run[n].said.payload, Interaction) for n in said[:-1])


@pytest.fixture(scope="module")
def days_before() -> list[Planned]:
    return list(past(7, NOON, tag="p", days=14))


def test_the_days_before_are_told_in_order_and_page_nobody(days_before: list[Planned]) -> None:
    told = Expectations()
    for planned in days_before:
        told.posted(planned.said, NOON)
    assert not told.cases
    assert not told.profiles()
    times = [planned.said.time for planned in days_before]
    assert NOON - timedelta(days=14, hours=2) < min(times) < NOON - timedelta(days=13)
    assert NOON - timedelta(hours=3) < max(times) < NOON - timedelta(minutes=61)
    assert [planned.at for planned in days_before] == sorted(planned.at for planned in days_before)


def test_in_the_days_before_most_contacts_were_the_last_about_their_matter(days_before: list[Planned]) -> None:
    """First contact resolution: what is known of those that ended more than a week ago."""
    newest = {one.interaction_id: one for one in payloads(days_before, Interaction) if one.reason}
    resolved = [
        one for one in newest.values() if one.resolved and one.customer_id and one.offered_at < NOON - timedelta(days=7)
    ]
    again = sum(
        any(
            (other.customer_id, other.reason) == (one.customer_id, one.reason)
            and timedelta(0) < other.offered_at - (one.ended_at or one.offered_at) < timedelta(days=7)
            for other in newest.values()
        )
        for one in resolved
    )
    assert len(resolved) > 500
    assert 0.03 < again / len(resolved) < 0.3


def test_no_answer_is_close_to_the_age_at_which_it_stops_being_news(run: list[Planned]) -> None:
    for planned in run:
        if isinstance(planned.said.payload, SurveyResponse):
            age = NOON + timedelta(seconds=planned.at) - planned.said.payload.submitted_at
            assert not timedelta(minutes=5) < age < timedelta(minutes=62)


def test_trouble_comes_and_goes_in_one_queue() -> None:
    assert [trouble(phase, "phone", "billing") for phase in (0.2, 0.5, 0.9)] == [0, 1, 0]
    assert trouble(0.5, "chat", "billing") == trouble(0.5, "phone", "care") == 0


def test_a_day_averages_one() -> None:
    assert sum(load(step / 1000) for step in range(1000)) / 1000 == pytest.approx(1, abs=0.2)


def answer(value: int, *, revision: int = 1, id_: str = "r", age: float = 1, **more: object) -> Said:
    payload = SurveyResponse.model_validate(
        {
            "response_id": id_,
            "interaction_id": f"i-{id_}",
            "customer_id": "c",
            "revision": revision,
            "instrument": "csat",
            "scale": "1-5",
            "value": value,
            "submitted_at": NOON - timedelta(minutes=age),
            **more,
        }
    )
    return say(payload, "/test", NOON)


def expected(*said: Said) -> Expectations:
    found = Expectations()
    for one in said:
        found.posted(one, NOON)
    return found


def test_a_bad_answer_makes_one_case_however_often_it_is_sent() -> None:
    bad = answer(1)
    assert expected(bad, bad).cases == {bad.id: "contact i-r"}


def test_a_flip_to_good_takes_no_case_back_and_one_to_bad_makes_one() -> None:
    first, flip = answer(1), answer(5, revision=2)
    assert list(expected(first, flip).cases) == [first.id]
    good, gone_bad = answer(4), answer(2, revision=2)
    assert list(expected(good, gone_bad).cases) == [gone_bad.id]


def test_an_older_bad_answer_after_a_newer_good_one_makes_none() -> None:
    assert not expected(answer(5, revision=2), answer(1, revision=1)).cases


def test_an_old_bad_answer_makes_none() -> None:
    assert not expected(answer(1, age=61)).cases
    assert expected(answer(1, age=59)).cases


def test_the_newest_word_of_the_newest_reports_counts() -> None:
    email = ContactChannel(kind="contact_channel", value="email")
    phone = ContactChannel(kind="contact_channel", value="phone")
    newer, older = answer(3, preferences=(phone,), age=1), answer(3, id_="s", preferences=(email,), age=9)
    assert expected(newer, older).profiles() == {"c": {"contact_channel": "phone"}}
    assert expected(newer, older, answer(3, revision=2)).profiles() == {"c": {"contact_channel": "email"}}
    assert expected(newer, answer(3, revision=2)).profiles() == {}


def test_a_wish_said_in_words_counts_like_one_that_was_ticked() -> None:
    words = "Quick and kind, thank you. Please speak Bengali with me next time."
    assert expected(answer(3, comment=words)).profiles() == {"c": {"language": "bn"}}
    german = ContactLanguage(kind="language", value="de")
    assert expected(answer(3, comment=words, preferences=(german,))).profiles() == {}


def test_nothing_is_expected_against_a_stop_that_was_not_taken_back() -> None:
    stop, phone = (
        DoNotContact(kind="do_not_contact", value="phone"),
        ContactChannel(kind="contact_channel", value="phone"),
    )
    lifted = DoNotContact(kind="do_not_contact", value="phone", stop=False)
    earlier, later = answer(3, preferences=(stop,), age=9), answer(3, id_="s", preferences=(phone,), age=1)
    assert expected(earlier, later).profiles() == {"c": {"do_not_contact_phone": True}}
    back = answer(3, id_="t", preferences=(lifted,), age=5)
    assert expected(earlier, later, back).profiles() == {
        "c": {"do_not_contact_phone": False, "contact_channel": "phone"}
    }
