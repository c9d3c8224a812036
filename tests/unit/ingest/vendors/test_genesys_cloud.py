"""Genesys Cloud: milliseconds, agents who never talked, versions by the newest moment, and surveys on the side."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.interaction import Interaction
from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery
from ingest.vendors.genesys_cloud import VENDOR
from ingest.vendors.outcome import Context, Ignored, Outcome, Said

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "genesys_cloud.json"
RECEIVED = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
NPS = {"question": "surveyPromoterScore", "instrument": "nps", "scale": "0-10"}
TOTAL = {"question": "oSurveyTotalScore", "scale": "0-1"}
SURVEY = {
    "surveyId": "sv-1",
    "surveyFormName": "After call",
    "surveyStatus": "Finished",
    "surveyCompletedDate": "2026-03-02T12:00:00.000Z",
    "surveyPromoterScore": 9,
    "oSurveyTotalScore": 85,
}


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(1772442000 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def metric(name: str, value: float, seconds: float) -> dict[str, Any]:
    return {"name": name, "value": value, "emitDate": moment(seconds)}


def session(*metrics: Any, start: float | None = None, end: float = 0, media: str = "voice") -> dict[str, Any]:
    spoke = {"segmentType": "interact", "segmentStart": moment(start or 0), "segmentEnd": moment(end), "queueId": "q-1"}
    return {"mediaType": media, "metrics": list(metrics), "segments": [] if start is None else [spoke]}


def participant(purpose: str, *sessions: Any, **more: Any) -> dict[str, Any]:
    return {"purpose": purpose, "sessions": list(sessions), **more}


def conversation(*participants: Any, **more: Any) -> dict[str, Any]:
    return {"conversationId": "c-1", "conversationStart": moment(0), "participants": list(participants), **more}


QUEUE = participant("acd", session(metric("tAcd", 12000, 32), start=20, end=32))
AGENT = participant(
    "agent",
    session(metric("tTalk", 60000, 92), metric("tTalkComplete", 60000, 92), metric("tAcw", 3000, 95), start=32, end=92),
    userId="u-1",
)


def read(document: Any, **configured: Any) -> list[Outcome]:
    source = Source.model_validate({"name": "genesys", "vendor": "genesys_cloud", **configured})
    return delivery.read(VENDOR, source, Format.JSON, json.dumps(document).encode(), Context(RECEIVED))


def interaction(document: Any, **configured: Any) -> Interaction:
    said = read(document, **configured)[0]
    assert isinstance(said, Said)
    assert isinstance(said.data, Interaction)
    return said.data


def surveys(survey: Any, *questions: Any) -> list[SurveyResponse]:
    outcomes = read(conversation(QUEUE, AGENT, surveys=[survey]), questions=questions)
    found = [outcome.data for outcome in outcomes if isinstance(outcome, Said)]
    return [data for data in found if isinstance(data, SurveyResponse)]


def pointers(document: Any, **configured: Any) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read(document, **configured)
    return [problem.pointer for problem in refused.value.problems]


@pytest.fixture
def examples() -> dict[str, Any]:
    if not PAYLOADS.exists():
        pytest.skip("no vendor payloads beside the repository")
    return {example["name"]: example["body"] for example in json.loads(PAYLOADS.read_text())["examples"]}


def test_every_example_of_the_shared_payloads_is_mapped_or_ignored_as_documented(examples: dict[str, Any]) -> None:
    kinds = {name: type(read(body)[0]) for name, body in examples.items()}
    assert kinds == {"analytics conversation detail (3 of its participants)": Said, "EventBridge wrapper": Ignored}


def test_the_verified_arithmetic_of_the_shared_example_comes_out(examples: dict[str, Any]) -> None:
    found = interaction(examples["analytics conversation detail (3 of its participants)"])
    assert round(found.handle_seconds, 6) == 377.894
    assert (found.agent, found.wait_seconds, found.wrap_seconds) == ("u-0002", 12.411, 3)
    assert found.updated_at == datetime(2024, 4, 29, 17, 38, 17, 974000, UTC)


def test_a_complete_metric_is_the_sum_of_the_others_and_not_added_to_them() -> None:
    assert interaction(conversation(QUEUE, AGENT)).talk_seconds == 60


def test_an_agent_who_let_it_ring_counts_for_nothing() -> None:
    silent = participant("agent", session(metric("tNotResponding", 7000, 27), metric("tAcw", 57000, 90)), userId="u-0")
    found = interaction(conversation(QUEUE, silent, AGENT))
    assert (found.agent, found.wrap_seconds, found.transfers) == ("u-1", 3, 0)


def test_the_agent_who_began_to_talk_last_handled_it_wherever_they_stand_in_the_list() -> None:
    later = participant("agent", session(metric("tTalk", 5000, 130), start=120, end=125), userId="u-2")
    assert interaction(conversation(later, QUEUE, AGENT)).agent == "u-2"


def test_the_first_answer_counts_and_every_queue_before_it() -> None:
    second = participant("acd", session(metric("tAcd", 8000, 48), start=40, end=48))
    late = deepcopy(AGENT)
    late["sessions"][0]["segments"][0]["segmentStart"] = moment(48)
    found = interaction(conversation(QUEUE, second, late))
    assert (found.offered_at.timestamp() - 1772442000, found.wait_seconds) == (20, 20)


def test_a_queue_after_the_answer_is_no_wait_for_it() -> None:
    second = participant("acd", session(metric("tAcd", 8000, 108), start=100, end=108))
    assert interaction(conversation(QUEUE, AGENT, second)).wait_seconds == 12


def test_abandoned_means_that_nobody_answered() -> None:
    gave_up = participant("acd", session(metric("tAbandon", 30000, 50), metric("tAcd", 30000, 50), start=20, end=50))
    assert interaction(conversation(gave_up)).abandoned is True
    assert interaction(conversation(QUEUE, AGENT, gave_up)).abandoned is False


def test_the_newest_moment_is_the_version() -> None:
    with_wrap, without = conversation(QUEUE, AGENT), conversation(QUEUE, deepcopy(AGENT))
    del without["participants"][1]["sessions"][0]["metrics"][2]
    assert interaction(without).version < interaction(with_wrap).version
    assert read(without)[0].id != read(with_wrap)[0].id  # type: ignore[union-attr]


def test_a_wrap_up_code_is_a_reason_only_where_the_configuration_says_so() -> None:
    coded = conversation(QUEUE, deepcopy(AGENT))
    wrapping = {"segmentType": "wrapup", "segmentStart": moment(92), "wrapUpCode": "w-1"}
    coded["participants"][1]["sessions"][0]["segments"].append(wrapping)
    assert interaction(coded).reason is None
    assert interaction(coded, labels={"reason": {"w-1": "invoice"}}).reason == "invoice"


def test_attributes_are_found_with_the_customer_first() -> None:
    agent, customer = AGENT | {"attributes": {"crm": "wrong"}}, participant("customer", attributes={"crm": "cus-1"})
    assert interaction(conversation(agent, customer), fields={"customer_id": "attributes.crm"}).customer_id == "cus-1"


@pytest.mark.parametrize(("media", "channel"), [("voice", "phone"), ("message", "messaging"), ("email", "email")])
def test_the_media_type_is_the_channel(media: str, channel: str) -> None:
    assert interaction(conversation(participant("agent", session(start=5, media=media)))).channel == channel


def test_a_promoter_score_is_nps_and_a_total_score_is_a_percentage() -> None:
    promoter, total = surveys(SURVEY, NPS, TOTAL)
    assert (promoter.value, promoter.instrument) == (9, "nps")
    assert (total.value, total.scale, total.interaction_id) == (0.85, "0-1", "c-1")


@pytest.mark.parametrize("status", ["Sent", "InProgress", "OptOut", "Expired", "Error", "Pending"])
def test_a_survey_that_is_not_finished_is_no_answer(status: str) -> None:
    assert surveys(SURVEY | {"surveyStatus": status}, NPS) == []


def test_a_survey_of_another_form_does_not_cost_the_conversation() -> None:
    outcomes = read(conversation(QUEUE, AGENT, surveys=[SURVEY]), questions=[NPS | {"form": "Other"}])
    assert [type(outcome) for outcome in outcomes] == [Said, Ignored]


@pytest.mark.parametrize("key", ["surveyFormId", "surveyFormContextId", "surveyFormName"])
def test_a_form_is_known_by_any_of_its_three_names(key: str) -> None:
    assert len(surveys(SURVEY | {key: "f-1"}, NPS | {"form": "f-1"})) == 1


def test_topics_without_detail_are_ignored() -> None:
    topic = {"topicName": "v2.detail.events.conversation.c-1.acw", "eventBody": {"conversationId": "c-1"}}
    assert isinstance(read(topic)[0], Ignored)
    assert isinstance(read({"detail-type": "x", "detail": topic})[0], Ignored)


def test_what_is_needed_and_missing_is_pointed_at() -> None:
    assert pointers({}) == ["/conversationId"]
    assert pointers({"conversationId": "c-1"}) == ["/participants"]
    assert pointers([{"conversationId": "c-1", "participants": []}]) == ["/0/conversationStart"]
    negative = participant("agent", session(metric("tTalk", -5, 9), start=5))
    assert pointers(conversation(negative)) == ["/participants/0/sessions/0/metrics/0/value"]
    scored = conversation(surveys=[SURVEY | {"surveyPromoterScore": 11}])
    assert pointers(scored, questions=[NPS]) == ["/surveys/0/surveyPromoterScore"]
