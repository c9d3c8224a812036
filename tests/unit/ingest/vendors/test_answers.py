"""What all survey tools share: from answers by question to responses on a scale."""

from datetime import UTC, datetime
from typing import Any

import pytest

from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.source import Question, Source
from ingest.vendors.answers import Answered, contact, language, meaning, responses
from ingest.vendors.node import Node
from ingest.vendors.outcome import Ignored, Outcome, Said

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def source(*questions: dict[str, Any], **more: Any) -> Source:
    return Source.model_validate({"name": "desk", "vendor": "typeform", "questions": questions, **more})


def answered(**changes: Any) -> Answered:
    given = {"q1": Node(4, "/a/0"), "why": Node("good 👍", "/a/1")}
    usual = {"at": "/f", "form": "F1", "form_at": "/f/id", "response": "R1", "given": given, "about": {}}
    return Answered(**{**usual, "submitted_at": AT, "changed_at": AT, **changes})


def data(outcome: Outcome) -> SurveyResponse:
    assert isinstance(outcome, Said)
    assert isinstance(outcome.data, SurveyResponse)
    return outcome.data


def complaint(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (problem,) = error.value.problems
    return problem.pointer, problem.code


# -- which questions


def test_each_configured_question_with_an_answer_is_a_response_of_its_own() -> None:
    both = source({"question": "q1", "scale": "1-5", "comment": "why"}, {"question": "q2", "scale": "1-5"})
    (said,) = responses(both, answered())
    assert data(said).model_dump(exclude_defaults=True) == {
        "response_id": "desk:R1:q1",
        "updated_at": AT,
        "instrument": "csat",
        "scale": "1-5",
        "value": 4,
        "comment": "good 👍",
        "submitted_at": AT,
    }


def test_a_question_of_another_form_is_not_asked() -> None:
    (only,) = responses(
        source({"form": "F2", "question": "q1", "scale": "1-7"}, {"question": "q1", "scale": "1-5"}), answered()
    )
    assert data(only).scale == "1-5"


def test_a_form_that_is_not_configured_is_refused_where_its_id_stands() -> None:
    with pytest.raises(Invalid) as error:
        list(responses(source({"form": "F2", "question": "q1", "scale": "1-5"}), answered()))
    assert complaint(error) == ("/f/id", "unknown-form")


def test_a_form_with_none_of_the_answers_is_nothing_to_us() -> None:
    assert [type(each) for each in responses(source({"question": "q9", "scale": "1-5"}), answered())] == [Ignored]


def test_two_sources_never_meet_in_one_response() -> None:
    (one,) = responses(source({"question": "q1", "scale": "1-5"}), answered())
    (other,) = responses(source({"question": "q1", "scale": "1-5"}, name="shop"), answered())
    assert data(one).response_id != data(other).response_id


def test_a_change_is_another_event_about_the_same_response_and_a_repetition_is_not() -> None:
    asked = source({"question": "q1", "scale": "1-5"})
    (first,), (again,) = responses(asked, answered()), responses(asked, answered())
    (changed,) = responses(asked, answered(changed_at=LATER))
    assert isinstance(first, Said)
    assert isinstance(changed, Said)
    assert first == again
    assert first.id != changed.id
    assert data(first).response_id == data(changed).response_id
    assert data(first).version < data(changed).version


def test_an_answer_that_was_taken_back_no_longer_counts() -> None:
    asked = source({"question": "q1", "scale": "1-5"})
    (gone,) = responses(asked, answered(given={}, editable=True, changed_at=LATER))
    assert (data(gone).response_id, data(gone).status, data(gone).value) == ("desk:R1:q1", "dismissed", None)


def test_a_comment_is_cut_to_what_we_keep() -> None:
    given = {"q1": Node(1), "why": Node("😡" * 9000)}
    (said,) = responses(source({"question": "q1", "scale": "1-5", "comment": "why"}), answered(given=given))
    assert data(said).comment == "😡" * 8192


# -- what an answer means


def question(scale: str, values: dict[str, Any] | None = None, instrument: str = "csat") -> Question:
    return Question.model_validate({"question": "q", "instrument": instrument, "scale": scale, "values": values or {}})


@pytest.mark.parametrize(
    ("scale", "given", "value"),
    [("1-5", "5", 5), ("1-5", 5.0, 5), ("0-1", "0.25", 0.25), ("thumbs", "UP", "up"), ("good-bad", True, True)],
)
def test_a_number_or_word_is_taken_as_it_stands(scale: str, given: Any, value: Any) -> None:
    assert meaning(question(scale), Node(given)) == value


@pytest.mark.parametrize(
    ("scale", "given"), [("1-5", 0), ("1-5", 4.5), ("0-10", 11), ("yes-no", "perhaps"), ("1-5", True)]
)
def test_an_answer_that_is_not_on_the_scale_is_refused_where_it_stands(scale: str, given: Any) -> None:
    with pytest.raises(Invalid) as error:
        meaning(question(scale), Node(given, "/answers/3"))
    assert complaint(error) == ("/answers/3", "off-scale")
    assert "perhaps" not in str(error.value)


def test_a_choice_means_what_is_configured_by_any_of_its_spellings() -> None:
    mood = question("1-3", {"😀": 3, "ref-bad": 1})
    assert meaning(mood, Node("😀")) == 3
    assert meaning(mood, Node("Schlecht"), Node(None), Node("ref-bad")) == 1
    assert meaning(question("0-2", {"0": 2}), Node(0)) == 2


def test_a_choice_that_is_not_configured_is_refused_rather_than_guessed() -> None:
    with pytest.raises(Invalid) as error:
        meaning(question("1-5", {"Gut": 5}), Node("4", "/answers/3"))
    assert complaint(error) == ("/answers/3", "unknown-choice")


def test_a_value_may_be_zero_or_false() -> None:
    assert meaning(question("0-2", {"never": 0}), Node("never")) == 0
    assert meaning(question("yes-no", {"Nein": False}), Node("Nein")) is False
    assert meaning(question("yes-no", {"true": "no", "false": "yes"}), Node(True)) == "no"


def test_several_choices_are_no_answer_to_a_question_with_one() -> None:
    with pytest.raises(Invalid) as error:
        meaning(question("1-5"), Node(["4", "5"], "/answers/3"))
    assert complaint(error) == ("/answers/3", "string_type")


# -- about which contact


def about(hidden: dict[str, Any], *others: dict[str, Any], **more: Any) -> dict[str, Any]:
    nodes = [Node(other, "/other") for other in others]
    found = contact(source(**more), Node({"deep": {"id": "d-1"}}), Node(hidden, "/hidden"), "pre-", *nodes)
    return {name: value for name, value in found.items() if value is not None}


def test_hidden_fields_are_found_by_their_usual_names() -> None:
    hidden = {"interaction_id": "c1", "Customer_ID": 7, "agent": "a", "team": "t", "reason": "r", "channel": "SMS"}
    assert about(hidden | {"language": "de"}) == {
        "interaction_id": "pre-c1",
        "customer_id": "7",
        "agent": "a",
        "team": "t",
        "reason": "r",
        "channel": "sms",
        "language": "de",
    }


def test_where_the_configuration_points_nothing_else_is_asked() -> None:
    assert about({"customer_id": "h"}, fields={"customer_id": "deep.id"}) == {"customer_id": "d-1"}
    assert about({"customer_id": "h"}, fields={"customer_id": "deep.none"}) == {}


def test_the_first_place_that_has_a_name_is_taken() -> None:
    assert about({"agent": ""}, {"agent": "second", "team": "x"}, {"agent": "third"}) == {
        "agent": "second",
        "team": "x",
    }


def test_ids_of_people_become_digests_and_labels_readable() -> None:
    found = about({"agent": "kim@example.org", "team": "17"}, labels={"team": {"17": "Billing"}})
    assert found["team"] == "Billing"
    assert found["agent"].startswith("x-")


def test_a_channel_that_is_none_costs_no_score() -> None:
    assert about({"channel": "carrier pigeon"}, channel="email") == {"channel": "email"}
    assert about({"channel": ["sms"]}) == {}


@pytest.mark.parametrize(
    ("raw", "tag"),
    [("de", "de"), ("pt_BR", "pt-BR"), ("ZH-S", "ZH"), ("zh-Hant-TW", "zh-Hant-TW")]
    + [(odd, None) for odd in ("default", "", None, 7, "x", "english (UK)", "dé", "a" * 400)],
)
def test_a_language_that_is_none_costs_no_score_either(raw: Any, tag: str | None) -> None:
    assert language(Node(raw)) == tag
    (said,) = responses(source({"question": "q1", "scale": "1-5"}), answered(about={"language": language(Node(raw))}))
    assert data(said).language == tag
