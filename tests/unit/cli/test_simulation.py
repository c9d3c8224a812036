"""The simulated centre: the same every time, valid to the letter, with all in it that must not confuse Amends."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from amends.simulation.expectations import Expectations
from amends.simulation.plan import plan
from amends.simulation.said import Planned, Said, say
from amends.simulation.story import load, trouble
from events import codec
from events.interaction import Interaction
from events.mention import Mention
from events.preference import ContactChannel
from events.survey import SurveyResponse

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


def test_a_contact_has_at_most_one_survey_response(run: list[Planned]) -> None:
    responses: dict[str | None, set[str]] = {}
    for planned in run:
        if isinstance(planned.said.payload, SurveyResponse):
            responses.setdefault(planned.said.payload.interaction_id, set()).add(planned.said.payload.response_id)
    assert all(len(ids) == 1 for ids in responses.values())


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
