"""What is shown around a case."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from alerting.core.clocks import BestMoment, Clocks, best_moment
from alerting.core.clocks.customers import outside
from alerting.core.context import (
    Context,
    OtherCase,
    PastAnswer,
    PastContact,
)
from alerting.core.preferences import Noted, Preferences, Stated, preferences
from events.hours.business import Hours, Opening
from events.preference import (
    KINDS,
    Accessibility,
    CallBack,
    ContactChannel,
    ContactDays,
    ContactLanguage,
    ContactTime,
    Delivery,
    Dislike,
    DoNotContact,
    FormOfAddress,
    Interest,
    Note,
    Preference,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
CASE = UUID(int=1)
MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)


def channel(value: Any) -> ContactChannel:
    return ContactChannel(kind="contact_channel", value=value)


def never(value: Any, *, stop: bool = True) -> DoNotContact:
    return DoNotContact(kind="do_not_contact", value=value, stop=stop)


def time(value: Any) -> ContactTime:
    return ContactTime(kind="contact_time", value=value)


EVERY_KIND: dict[str, Preference] = {
    "contact_channel": channel("chat"),
    "do_not_contact": never("phone"),
    "language": ContactLanguage(kind="language", value="bn"),
    "contact_time": time("evening"),
    "contact_days": ContactDays(kind="contact_days", value="monday"),
    "call_back": CallBack(kind="call_back", value=True),
    "accessibility": Accessibility(kind="accessibility", value="slowly"),
    "form_of_address": FormOfAddress(kind="form_of_address", value="dr"),
    "interest": Interest(kind="interest", value="heat pumps"),
    "delivery": Delivery(kind="delivery", value="with-a-neighbour"),
    "dislike": Dislike(kind="dislike", value="leaflets"),
    "note": Note(kind="note", value="Ring twice"),
}
SHOWN = {
    "contact_channel": "Prefers chat.",
    "do_not_contact": "Not by phone: they asked not to be.",
    "language": "Wants to be spoken to in bn.",
    "contact_time": "Prefers to be reached in the evening.",
    "contact_days": "Prefers to be reached on Mondays.",
    "call_back": "Wants to be called back.",
    "accessibility": "Wants to be spoken to slowly.",
    "form_of_address": "Wants to be addressed as Dr.",
    "interest": "heat pumps",
    "delivery": "Deliveries and appointments: leave it with a neighbour.",
    "dislike": "leaflets",
    "note": "Ring twice",
}


def said(day: int, *what: Preference, response: str = "", revision: int = 0) -> list[Noted]:
    at, where = MARCH + timedelta(days=day), response or f"r-{90 - day}"
    return [Noted(each, revision + number, at, "/survey", where, "stated/1") for number, each in enumerate(what)]


def stated(value: str, day: int, response: str) -> Stated:
    return Stated(value, MARCH + timedelta(days=day), response, "/survey", "stated/1")


def test_the_newest_word_counts_for_each_kind_apart_and_says_where_it_comes_from() -> None:
    language = ContactLanguage(kind="language", value="bn")
    found = preferences([*said(3, channel("email")), *said(1, channel("phone"), time("evening")), *said(2, language)])
    assert found.channel == stated("email", 3, "r-87")
    assert found.time == stated("evening", 1, "r-89")
    assert found.language == stated("bn", 2, "r-88")
    assert (found.note, found.never, found.contact_time) == (None, (), "evening")


def test_of_two_words_at_the_same_time_the_one_that_was_told_last_counts() -> None:
    first, second = said(1, channel("phone"), response="a", revision=2), said(1, channel("chat"), response="b")
    assert preferences([*first, *second]) == preferences([*second, *first])
    assert preferences([*first, *second]).channel == stated("phone", 1, "a")


def test_never_stands_until_it_is_taken_back_in_so_many_words() -> None:
    banned = said(1, never("phone"), never("sms"))
    assert [each.value for each in preferences([*banned, *said(2, channel("phone"))]).never] == ["phone", "sms"]
    taken_back = said(3, never("phone", stop=False))
    assert [each.value for each in preferences([*taken_back, *banned]).never] == ["sms"]
    again = said(4, never("phone"))
    assert [each.said_at.day for each in preferences([*again, *taken_back, *banned]).never] == [6, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_there_is_is_shown(kind: str) -> None:
    given = EVERY_KIND[kind]
    found = preferences(said(1, given))
    assert found != Preferences()
    words = " ".join(context(preferences=found).advice)
    quoted = [each.value for each in (*found.interests, *found.dislikes, *filter(None, [found.note]))]
    assert SHOWN[kind] in words or SHOWN[kind] in quoted


def test_of_kinds_of_which_there_may_be_many_all_are_kept() -> None:
    many = [said(1, Interest(kind="interest", value=value)) for value in ("Solar", "heat pumps", "SOLAR")]
    found = preferences(each for some in many for each in some)
    assert [each.value for each in found.interests] == ["heat pumps", "SOLAR"]


def test_without_statements_nothing_is_known() -> None:
    assert preferences([]) == Preferences()


def past_contact(days_ago: float) -> PastContact:
    at = MARCH - timedelta(days=days_ago)
    return PastContact("call", "phone", "billing", "a-1", None, at, None, 60, 250, 0, False, True, False)


def past_answer(score: Any, case: UUID | None = None, scale: str | None = "1-5") -> PastAnswer:
    return PastAnswer("survey", "r", MARCH, None, "phone", "csat", scale, score, None, case)


def other_case(**changes: Any) -> OtherCase:
    about = {
        "id": uuid4(), "play": "recover", "reason": "low_score", "state": "closed", "opened_at": MARCH,
        "closed_at": MARCH, "outcome": "not_recovered", "cause": "information_system", "remedy": "A voucher.",
    }  # fmt: skip
    return OtherCase(**{**about, **changes})


def context(*, customer: str | None = "cus-1", moment: BestMoment | None = None, **known: Any) -> Context:
    return Context(CASE, customer, None, moment or BestMoment(MARCH), **known)


def by_night(now: datetime, prefers: Any = None) -> BestMoment:
    office = Hours(BERLIN, ((Opening(8 * 60, 20 * 60),),) * 5 + ((), ()))
    return best_moment(Clocks(team=office, customer=outside(Opening(21 * 60, 9 * 60), NEW_YORK)), prefers, now)


EVENING_IN_CHAT = preferences(said(-9, channel("chat"), time("evening")))


@pytest.mark.parametrize(
    ("moment", "stated", "advice"),
    [
        (  # Tuesday, 22:40 in New York; the team in Berlin is there from 08:00, and that is in the night there
            by_night(datetime(2026, 3, 4, 3, 40, tzinfo=UTC)),
            preferences(said(-9, channel("chat"), time("evening"))),
            "Prefers chat, in the evening; it is 22:40 where they are: quiet until 09:00.",
        ),
        (
            by_night(datetime(2026, 3, 4, 15, 5, tzinfo=UTC)),
            preferences(said(-9, time("morning"))),
            "Prefers to be reached in the morning; it is 10:05 where they are.",
        ),
        (
            by_night(datetime(2026, 3, 4, 15, 5, tzinfo=UTC), "midday"),
            preferences(said(-9, time("midday"))),
            "Prefers to be reached at midday; it is 10:05 where they are: best from 11:00.",
        ),
        (  # Friday evening: the team is back on Monday, and Saturday morning is no use
            by_night(datetime(2026, 3, 6, 22, 0, tzinfo=UTC), "morning"),
            Preferences(),
            "It is 17:00 where they are: best from Mon 09:00.",
        ),
        (
            BestMoment(MARCH, NEW_YORK, good_at=MARCH + timedelta(days=20)),
            Preferences(),
            "It is 07:00 where they are: best from 2026-03-22 08:00.",
        ),
        (BestMoment(MARCH, good_at=MARCH), EVENING_IN_CHAT, "Prefers chat, in the evening."),
        (BestMoment(MARCH, good_at=MARCH), preferences(said(1, channel("chat"))), "Prefers chat."),
    ],
)
def test_advice_says_how_and_when_they_like_to_be_reached(moment: BestMoment, stated: Preferences, advice: str) -> None:
    assert context(moment=moment, preferences=stated).advice == (advice,)


def test_advice_begins_with_what_must_not_be_done() -> None:
    language = ContactLanguage(kind="language", value="pt-BR")
    note = Note(kind="note", value="<b>Ring twice</b>")
    stated = preferences(said(1, channel("phone"), never("sms"), never("phone"), language, note))
    assert context(preferences=stated).advice == (
        "Not by phone or sms: they asked not to be.",
        "Wants to be spoken to in pt-BR.",
    )


def test_advice_tells_what_was_before() -> None:
    contacts = tuple(past_contact(days) for days in (0, 2, 6.9, 7.1))
    answers = (past_answer(1, CASE), past_answer(2, uuid4()), past_answer(5), past_answer(4), past_answer(None))
    found = context(contacts=contacts, answers=answers, cases=(other_case(), other_case()))
    assert found.advice == (
        "3 contacts in the last 7 days.",
        "2 other cases; the last ended not recovered (information system).",
        "2 of 3 other answers satisfied.",
    )
    assert context(contacts=(past_contact(0), past_contact(8))).advice == ()
    open_still = other_case(state="claimed", outcome=None, cause=None, closed_at=None)
    dismissed = other_case(outcome="dismissed", cause=None)
    assert context(cases=(open_still,)).advice == ("1 other case; the last is claimed.",)
    assert context(cases=(dismissed,)).advice == ("1 other case; the last ended dismissed.",)
    assert context(answers=(past_answer(5),)).advice == ("1 of 1 other answer satisfied.",)


def test_of_a_customer_nobody_knows_that_is_said() -> None:
    assert context(customer=None).advice == ("Nobody has said who this customer is.",)


@pytest.mark.parametrize(
    ("score", "scale", "percent", "sentiment"),
    [(1, "1-5", 0, "dissatisfied"), (9, "0-10", 90, "satisfied"), ("up", "thumbs", 100, "satisfied"),
     (None, "1-5", None, None), (None, None, None, None)],
)  # fmt: skip
def test_scores_of_all_scales_are_shown_beside_each_other(
    score: Any, scale: str | None, percent: float | None, sentiment: str | None
) -> None:
    answer = past_answer(score, scale=scale)
    assert (answer.percent, answer.sentiment) == (percent, sentiment)
