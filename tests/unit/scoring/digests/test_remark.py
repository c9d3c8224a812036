"""What is kept of customers' words."""

from typing import Any

from events import codec
from events.quick.consumed import decode
from scoring.core.digest.remark import LONGEST, Kept, newest
from scoring.core.facts.pseudonym import digest
from support.happened import NOON, answered, csat, event, stamp


def one(*said: dict[str, Any], type_: str = "survey.answered") -> Kept:
    (found,) = newest([event(type_, data) for data in said])
    return found


def test_events_are_heard_as_the_service_reads_them() -> None:
    told = [
        event("survey.answered", csat(1, comment="Nobody called back.", customer_id="cus-42")),
        event("mention.published", mention(text="Fast and friendly.", scale="1-5", rating=5)),
    ]
    found = newest([decode(*codec.encode(one)) for one in told])
    assert len(found) == 2
    assert found == newest(told)


def mention(**said: Any) -> dict[str, Any]:
    return {"mention_id": "m-1", "network": "trustpilot", "published_at": stamp(NOON), **said}


def test_a_comment_is_kept_with_the_class_of_its_answer_and_whom_the_survey_names() -> None:
    found = one(csat(1, comment="Nobody called back.", team="billing", reason="invoice", customer_id="cus-42"))
    assert (found.id, found.class_, found.text) == ("response/r-1", "dissatisfied", "Nobody called back.")
    assert (found.team, found.reason, found.interaction) == ("billing", "invoice", "i-1")
    assert found.customer == digest("default", "cus-42")
    assert "cus-42" not in repr(found)


def test_a_comment_is_masked_before_it_is_cut() -> None:
    secret = "jane.doe@example.com"
    found = one(csat(5, comment="x" * (LONGEST - 6) + " " + secret))
    assert found.text is not None
    assert "jane" not in found.text
    assert len(found.text) <= LONGEST


def test_a_mention_is_of_the_class_of_its_rating_and_keeps_no_author() -> None:
    found = one(mention(text="Fast and friendly.", scale="1-5", rating=5, author="sam"), type_="mention.published")
    assert (found.id, found.class_, found.channel) == ("mention/m-1", "satisfied", "social")
    assert "sam" not in repr(found)


def test_the_newest_version_wins_in_any_order_and_the_first_of_equal_ones() -> None:
    new, old = csat(5, comment="as it stands now", revision=2), csat(5, comment="as it was", revision=1)
    assert one(new, old).text == one(old, new).text == "as it stands now"
    assert one(csat(5, comment="first"), csat(5, comment="second")).text == "first"


def test_a_later_version_without_words_is_kept_so_that_older_words_cannot_come_back() -> None:
    assert one(csat(5, revision=2)).text is None
    assert one(csat(5, comment="gone with its answer", status="dismissed", revision=2)).text is None


def test_the_first_version_without_words_is_nothing_to_keep() -> None:
    assert newest([event("survey.answered", csat(5)), event("interaction.reported", answered())]) == []


def test_words_without_a_class_are_not_kept() -> None:
    assert newest([event("mention.published", mention(text="Just saying."))]) == []
    assert newest([event("survey.answered", csat(None, comment="left half way", status="partial"))]) == []
