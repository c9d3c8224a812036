"""What is doubtful waits for a person; a person's word, time and what else was said decide about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_sync.core.habits import Seen
from profile_sync.core.habits import report as habit
from profile_sync.core.lifetimes import expires_at
from profile_sync.core.merge import Book, merge, statuses
from profile_sync.core.preferences import (
    Customer,
    Decision,
    Note,
    Report,
    ResponseId,
    Said,
    Slot,
    Stamp,
    Status,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHO = Customer("default", "cus-42")
CHANNEL, LANGUAGE, CALL_BACK = Slot("contact_channel"), Slot("language"), Slot("call_back")
NO_PHONE = Slot("do_not_contact", "phone")
ACTIVE, PROPOSED, SUPERSEDED, RETRACTED, EXPIRED = Status


def answer(name: str, *said: tuple[Slot, Any, float], hours: float = 0, by: str = "text/1") -> Report:
    id_, stamp, at = ResponseId("default", "/survey", name), Stamp(0, f"e-{name}"), START + timedelta(hours=hours)
    notes = []
    for slot, value, confidence in said:
        one = Said(slot, value, by, confidence)
        notes.append(Note(id_, stamp, WHO, one, at, at, expires_at(one, at)))
    return Report(id_, stamp, at, tuple(notes))


def became(*reports: Report, decided: dict[Note, Decision] | None = None, days: float = 1) -> list[Status]:
    """The status of each note, in the order of the reports."""
    decisions = {note.id: decision for note, decision in (decided or {}).items()}
    found = statuses(merge(Book(decisions=decisions), reports), START + timedelta(days=days))
    return [found[note.id] for report in reports for note in report.notes]


def test_from_the_threshold_on_a_note_is_active_and_below_it_is_proposed() -> None:
    assert became(answer("a", (LANGUAGE, "bn", 0.8))) == [ACTIVE]
    assert became(answer("a", (LANGUAGE, "bn", 0.79))) == [PROPOSED]


def test_a_doubtful_word_does_not_replace_a_sure_one_and_is_proposed_beside_it() -> None:
    sure, doubtful = answer("a", (LANGUAGE, "bn", 0.9)), answer("b", (LANGUAGE, "hi", 0.6), hours=1)
    assert became(sure, doubtful) == [ACTIVE, PROPOSED]


def test_a_doubt_that_a_later_sure_word_answered_needs_nobody() -> None:
    doubtful, sure = answer("a", (LANGUAGE, "hi", 0.6)), answer("b", (LANGUAGE, "bn", 0.9), hours=1)
    assert became(doubtful, sure) == [SUPERSEDED, ACTIVE]


def test_repeats_strengthen_each_answer_counting_once() -> None:
    one, two = answer("a", (LANGUAGE, "bn", 0.6)), answer("b", (LANGUAGE, "bn", 0.6), hours=1)
    assert became(one, two) == [SUPERSEDED, ACTIVE]  # 1 - 0.4 * 0.4 = 0.84
    other = answer("c", (LANGUAGE, "hi", 0.6), hours=2)
    assert became(one, other) == [PROPOSED, PROPOSED]


def test_what_is_contradictory_in_one_answer_is_all_proposed() -> None:
    assert became(answer("a", (LANGUAGE, "bn", 1.0), (LANGUAGE, "hi", 0.9))) == [PROPOSED, PROPOSED]
    assert became(answer("a", (CHANNEL, "phone", 1.0), (NO_PHONE, True, 0.9))) == [PROPOSED, PROPOSED]
    assert became(answer("a", (CALL_BACK, True, 0.9), (NO_PHONE, True, 0.9))) == [PROPOSED, PROPOSED]
    assert became(answer("a", (CHANNEL, "email", 1.0), (NO_PHONE, True, 0.9))) == [ACTIVE, ACTIVE]


def test_of_a_contradiction_the_accepted_side_holds_and_the_other_is_settled() -> None:
    said = answer("a", (LANGUAGE, "bn", 1.0), (LANGUAGE, "hi", 0.9))
    first, second = said.notes
    assert became(said, decided={second: Decision.ACCEPTED}) == [SUPERSEDED, ACTIVE]
    assert became(said, decided={first: Decision.REJECTED}) == [RETRACTED, ACTIVE]


def test_a_person_accepts_rejects_and_retracts() -> None:
    doubtful = answer("a", (LANGUAGE, "bn", 0.4))
    (note,) = doubtful.notes
    assert became(doubtful, decided={note: Decision.ACCEPTED}) == [ACTIVE]
    assert became(doubtful, decided={note: Decision.REJECTED}) == [RETRACTED]
    before, sure = answer("b", (LANGUAGE, "hi", 0.9)), answer("c", (LANGUAGE, "bn", 0.9), hours=1)
    assert became(before, sure, decided={sure.notes[0]: Decision.REJECTED}) == [ACTIVE, RETRACTED], "it never was said"
    assert became(before, sure, decided={sure.notes[0]: Decision.RETRACTED}) == [SUPERSEDED, RETRACTED]
    after = answer("d", (LANGUAGE, "de", 0.9), hours=2)
    assert became(sure, after, decided={sure.notes[0]: Decision.RETRACTED}) == [RETRACTED, ACTIVE]


def test_what_is_retracted_is_over_also_where_it_held_only_by_repetition() -> None:
    first, again = answer("a", (LANGUAGE, "bn", 0.9)), answer("b", (LANGUAGE, "bn", 0.6), hours=1)
    assert became(first, again) == [SUPERSEDED, ACTIVE]
    assert became(first, again, decided={again.notes[0]: Decision.RETRACTED}) == [SUPERSEDED, RETRACTED]


def test_an_accepted_note_gives_way_to_what_is_said_later() -> None:
    accepted, later = answer("a", (LANGUAGE, "bn", 0.4)), answer("b", (LANGUAGE, "hi", 1.0), hours=1)
    assert became(accepted, later, decided={accepted.notes[0]: Decision.ACCEPTED}) == [SUPERSEDED, ACTIVE]


def test_taking_back_retracts_what_was_said_before_and_not_what_is_said_after() -> None:
    before, back = answer("a", (LANGUAGE, "bn", 0.9)), answer("b", (LANGUAGE, None, 0.9), hours=1)
    after = answer("c", (LANGUAGE, "hi", 0.9), hours=2)
    assert became(before, back) == [RETRACTED, RETRACTED]
    assert became(before, back, after) == [SUPERSEDED, SUPERSEDED, ACTIVE]


def test_a_wish_for_a_channel_does_not_lift_do_not_contact_by_itself() -> None:
    stop, wish = answer("a", (NO_PHONE, True, 0.95)), answer("b", (CHANNEL, "phone", 0.95), hours=1)
    assert became(stop, wish) == [ACTIVE, PROPOSED]
    assert became(stop, answer("b", (CALL_BACK, True, 0.95), hours=1)) == [ACTIVE, PROPOSED]
    assert became(stop, wish, decided={wish.notes[0]: Decision.ACCEPTED}) == [ACTIVE, ACTIVE]
    email = answer("d", (CHANNEL, "email", 0.95), hours=-1)
    assert became(email, stop, wish) == [ACTIVE, ACTIVE, PROPOSED]
    lifted = answer("c", (NO_PHONE, False, 0.95), hours=0.5)
    assert became(stop, wish, lifted) == [SUPERSEDED, ACTIVE, ACTIVE]


def test_do_not_contact_silences_an_earlier_wish_for_that_channel_and_what_was_left_before_stays_left() -> None:
    email, phone = answer("a", (CHANNEL, "email", 0.95)), answer("b", (CHANNEL, "phone", 0.95), hours=1)
    stop = answer("c", (NO_PHONE, True, 0.95), hours=2)
    assert became(email, phone, stop) == [SUPERSEDED, SUPERSEDED, ACTIVE]
    assert became(phone, stop, decided={phone.notes[0]: Decision.ACCEPTED}) == [SUPERSEDED, ACTIVE]


def test_a_decision_holds_for_newer_reports_of_the_same_words_and_not_for_others() -> None:
    said = answer("a", (LANGUAGE, "bn", 0.9))
    again = replace(
        said, stamp=Stamp(1, "e-2"), notes=tuple(replace(note, stamp=Stamp(1, "e-2")) for note in said.notes)
    )
    rejected = {said.notes[0]: Decision.REJECTED}
    assert became(said, again, decided=rejected) == [RETRACTED, RETRACTED]
    assert became(again, said, decided=rejected) == [RETRACTED, RETRACTED]
    assert became(again, answer("b", (LANGUAGE, "bn", 0.9)), decided=rejected) == [RETRACTED, ACTIVE]


def test_a_guess_contradicts_nothing_that_is_sure() -> None:
    assert became(answer("a", (NO_PHONE, True, 1.0), (CALL_BACK, True, 0.7))) == [ACTIVE, PROPOSED]
    assert became(answer("a", (LANGUAGE, "bn", 0.9), (LANGUAGE, "hi", 0.5))) == [ACTIVE, SUPERSEDED]


def test_capitals_make_no_contradiction() -> None:
    solar = Slot("interest", "solar")
    assert sorted(became(answer("a", (solar, "Solar", 1.0), (solar, "solar", 0.9)))) == [ACTIVE, SUPERSEDED]


def test_a_guess_does_not_become_sure_by_being_repeated_and_a_free_note_never_does() -> None:
    guesses = [answer(str(n), (LANGUAGE, "bn", 0.5), hours=n) for n in range(5)]
    assert became(*guesses) == [PROPOSED] * 5
    notes = [answer(str(n), (Slot("note"), "always ring twice", 0.7), hours=n) for n in range(5)]
    assert became(*notes) == [PROPOSED] * 5
    assert became(answer("a", (Slot("note"), "Ring twice.", 1.0), by="stated/1")) == [ACTIVE]


def test_what_is_said_counts_more_than_an_accepted_habit_however_long_that_goes_on() -> None:
    noted, goes_on = habit(seen(3, "chat"), START), habit(seen(9, "chat", days=12), START + timedelta(12))
    assert noted is not None
    assert goes_on is not None
    accepted = {noted.notes[0]: Decision.ACCEPTED}
    assert became(noted, decided=accepted) == [ACTIVE]
    email = answer("a", (CHANNEL, "email", 1.0), hours=240)
    assert became(email, goes_on, decided=accepted, days=13) == [ACTIVE, SUPERSEDED]
    stop = answer("b", (Slot("do_not_contact", "chat"), True, 1.0), hours=240)
    assert became(stop, goes_on, decided=accepted, days=13) == [ACTIVE, SUPERSEDED]


def test_what_tells_of_health_is_decided_by_a_person_unless_it_was_ticked() -> None:
    need = Slot("accessibility", "hearing")
    assert became(answer("a", (need, "hearing", 1.0))) == [PROPOSED]
    assert became(answer("a", (need, "hearing", 1.0), by="structured/1")) == [ACTIVE]


def test_a_wish_to_be_called_back_runs_out_after_a_fortnight() -> None:
    said = answer("a", (CALL_BACK, True, 0.9))
    assert became(said, days=13.9) == [ACTIVE]
    assert became(said, days=14) == [EXPIRED]
    assert became(said, decided={said.notes[0]: Decision.ACCEPTED}, days=14) == [EXPIRED]


def seen(contacts: int, *channels: str, noted: tuple[str, float] | None = None, days: float = 0) -> Seen:
    at = None if noted is None else (noted[0], START + timedelta(days=noted[1]))
    return Seen(WHO, contacts, frozenset(channels), START + timedelta(days=days), at)


def test_a_habit_is_a_hint_that_is_proposed_never_active_and_expires() -> None:
    noted = habit(seen(3, "chat"), START)
    assert noted is not None
    assert became(noted) == [PROPOSED]
    assert became(noted, days=90) == [EXPIRED]
    assert became(noted, answer("a", (CHANNEL, "email", 0.9), hours=1)) == [SUPERSEDED, ACTIVE]
    assert became(noted, answer("a", (CHANNEL, "chat", 0.7), hours=1)) == [PROPOSED, PROPOSED], "it lifts nothing"


@pytest.mark.parametrize("few", [seen(2, "chat"), seen(5, "chat", "phone"), seen(4, "other")])
def test_what_is_no_habit_is_not_noted_and_ends_one_that_was(few: Seen) -> None:
    assert habit(few, START) is None
    ended = habit(few._replace(noted=("chat", START)), START + timedelta(days=1))
    noted = habit(seen(3, "chat"), START)
    assert ended is not None
    assert noted is not None
    assert became(noted, ended) == [RETRACTED]


def test_a_habit_that_goes_on_is_noted_anew_once_a_week_as_the_same_note() -> None:
    assert habit(seen(4, "chat", noted=("chat", 0), days=6), START) is None
    noted, again = (
        habit(seen(3, "chat"), START),
        habit(seen(9, "chat", noted=("chat", 0), days=8), START + timedelta(8)),
    )
    assert noted is not None
    assert again is not None
    book = merge(merge(Book(), [noted]), [again])
    (note,) = book.notes.values()
    assert note.stated_at == START + timedelta(days=8)
    assert merge(book, [noted]) == book


SAID = st.tuples(
    st.sampled_from([CHANNEL, LANGUAGE, NO_PHONE, CALL_BACK]),
    st.sampled_from(["phone", True, None]),
    st.sampled_from([0.5, 0.7, 0.9]),
)


@given(st.lists(st.tuples(st.lists(SAID, max_size=3), st.integers(0, 3)), max_size=6), st.data())
def test_any_order_ends_the_same_and_one_note_at_most_is_active_in_a_slot(
    heard: list[Any], data: st.DataObject
) -> None:
    reports = [answer(str(n), *said, hours=hours) for n, (said, hours) in enumerate(heard)]
    notes = sorted({note.id for report in reports for note in report.notes})
    chosen = data.draw(st.dictionaries(st.sampled_from(notes), st.sampled_from(list(Decision)))) if notes else {}
    now = START + timedelta(days=1)
    found = statuses(merge(Book(decisions=chosen), reports), now)
    book = Book(decisions=chosen)
    for report in data.draw(st.permutations(reports)):
        book = merge(book, [report])
    assert statuses(book, now) == found
    active = [book.notes[id_].said for id_, status in found.items() if status is ACTIVE]
    assert len({said.slot for said in active}) == len(active)
    assert all(said.value is not None for said in active)
