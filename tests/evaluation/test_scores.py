"""The scorer itself, on cases where the answer is known by hand."""

import pytest

from events.preference import (
    CallBack,
    ContactChannel,
    ContactLanguage,
    Dislike,
    DoNotContact,
    Interest,
    Preference,
)
from profile_sync.commands.scores import ALL, Item, Judged, Labelled, Ratio, Score, item, judge, scores
from profile_sync.core.extract.found import Found

BENGALI, TAMIL = Item("language", "bn"), Item("language", "ta")
PHONE = Item("do_not_contact", "phone")


def judged(stated: set[Item], optional: set[Item], *found: Preference) -> Judged:
    return judge(Labelled("d", "r", frozenset(stated), frozenset(optional)), [Found(each) for each in found])


def counts(stated: set[Item], optional: set[Item], *found: Preference) -> tuple[int, int, int]:
    return tuple(len(each) for each in judged(stated, optional, *found)[1:])  # type: ignore[return-value]


RIGHT, MISSED, WRONG, NOTHING = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)


def test_the_same_kind_and_value_is_right() -> None:
    assert counts({BENGALI}, set(), ContactLanguage(kind="language", value="BN")) == RIGHT


def test_another_value_is_wrong_and_what_was_meant_is_missed() -> None:
    assert counts({TAMIL}, set(), ContactLanguage(kind="language", value="bn")) == (0, 1, 1)


def test_a_value_of_another_kind_is_wrong() -> None:
    assert counts({PHONE}, set(), ContactChannel(kind="contact_channel", value="phone")) == (0, 1, 1)


def test_what_is_not_found_is_missed() -> None:
    assert counts({BENGALI}, set()) == MISSED


def test_what_nobody_stated_is_wrong() -> None:
    assert counts(set(), set(), CallBack(kind="call_back", value=True)) == WRONG


def test_where_people_would_differ_neither_answer_counts() -> None:
    assert counts(set(), {BENGALI}) == NOTHING
    assert counts(set(), {BENGALI}, ContactLanguage(kind="language", value="bn")) == NOTHING


def test_the_same_found_twice_counts_once() -> None:
    twice = [CallBack(kind="call_back", value=True)] * 2
    assert counts({Item("call_back", "true")}, set(), *twice) == RIGHT
    assert counts(set(), set(), *twice) == WRONG


def test_customers_words_need_to_overlap_in_one_that_matters() -> None:
    label = {Item("interest", "the solar panels")}
    assert counts(label, set(), Interest(kind="interest", value="Solar roof")) == RIGHT
    assert counts(label, set(), Interest(kind="interest", value="the roof")) == (0, 1, 1)
    assert counts(label, set(), Dislike(kind="dislike", value="solar panels")) == (0, 1, 1)


def test_two_finds_of_one_label_are_one_right() -> None:
    finds = [Interest(kind="interest", value=words) for words in ("solar", "panels")]
    assert counts({Item("interest", "solar panels")}, set(), *finds) == RIGHT


def phone(*, stop: bool) -> DoNotContact:
    return DoNotContact(kind="do_not_contact", value="phone", stop=stop)


GERMAN, CALL = ContactLanguage(kind="language", value="de"), CallBack(kind="call_back", value=True)


@pytest.mark.parametrize(
    ("found", "is_"),
    [
        (Found(phone(stop=True)), PHONE),
        (Found(phone(stop=False)), Item("do_not_contact", "phone taken-back")),
        (Found(phone(stop=True), taken_back=True), Item("do_not_contact", "phone taken-back")),
        (Found(GERMAN, taken_back=True), Item("language", "de taken-back")),
        (Found(CALL, taken_back=True), Item("call_back", "false")),
        (Found(CallBack(kind="call_back", value=False)), Item("call_back", "false")),
    ],
)
def test_taking_back_is_not_stating(found: Found, is_: Item) -> None:
    assert item(found) == is_


def test_scores_add_up_by_kind_and_over_all() -> None:
    some = [
        judged({BENGALI}, set(), ContactLanguage(kind="language", value="bn")),
        judged({TAMIL}, set()),
        judged(set(), set(), DoNotContact(kind="do_not_contact", value="phone")),
        judged(set(), set()),
    ]
    assert scores(some) == {
        "language": Score(right=1, missed=1),
        "do_not_contact": Score(wrong=1),
        ALL: Score(right=1, missed=1, wrong=1),
    }
    assert list(scores(some))[-1] == ALL


def test_precision_is_of_what_was_found_and_recall_of_what_is_there() -> None:
    score = Score(right=6, missed=2, wrong=4)
    assert (score.precision, score.recall) == (Ratio(6, 10), Ratio(6, 8))
    assert (score.precision.value, score.recall.value) == (0.6, 0.75)


@pytest.mark.parametrize(
    ("ratio", "low", "high"),
    [  # worked out by hand from Wilson's formula; 81 of 263 is a known example of the literature
        (Ratio(0, 10), 0.0, 0.2775),
        (Ratio(10, 10), 0.7225, 1.0),
        (Ratio(5, 10), 0.2366, 0.7634),
        (Ratio(81, 263), 0.2553, 0.3662),
    ],
)
def test_the_interval_is_wilsons(ratio: Ratio, low: float, high: float) -> None:
    assert ratio.interval == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_no_ratio_is_known() -> None:
    assert Ratio(0, 0).value is None
    assert Ratio(0, 0).interval == (0.0, 1.0)
