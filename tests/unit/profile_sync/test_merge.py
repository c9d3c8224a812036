"""What a customer wants follows from what was said, not from the order in which we heard of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from profile_sync.core.merge import Book, merge, statuses
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp, Status

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(days=1)
CHANNEL, LANGUAGE, NO_PHONE = Slot("contact_channel"), Slot("language"), Slot("do_not_contact", "phone")


def report(
    response: str, version: int, said: dict, *, event="e", customer="cus-42", hours=0, source="/survey"
) -> Report:
    id_, stamp, who = ResponseId("default", source, response), Stamp(version, event), Customer("default", customer)
    at = START + timedelta(hours=hours)
    notes = (Note(id_, stamp, who, Said(slot, value, "stated/1"), at, START) for slot, value in said.items())
    return Report(id_, stamp, START, tuple(notes))


def wants(*reports: Report, customer: str = "cus-42") -> dict:
    book = merge(Book(), reports)
    return {
        book.notes[id_].said.slot: book.notes[id_].said.value
        for id_, status in statuses(book, NOW).items()
        if status is Status.ACTIVE and book.notes[id_].customer.customer_id == customer
    }


def became(*reports: Report) -> list[Status]:
    """The status of each note, in the order of the reports; the same words of a response are one note."""
    found = statuses(merge(Book(), reports), NOW)
    return [found[note.id] for said in reports for note in said.notes]


def test_the_latest_statement_wins_and_the_earlier_one_is_superseded() -> None:
    early = report("r1", 0, {CHANNEL: "phone"}, event="a", hours=0)
    late = report("r2", 0, {CHANNEL: "email"}, event="b", hours=1)
    assert wants(late, early) == {CHANNEL: "email"}
    assert became(early, late) == [Status.SUPERSEDED, Status.ACTIVE]


def test_a_newer_report_of_a_response_replaces_what_the_older_one_said() -> None:
    first = report("r1", 1, {CHANNEL: "phone", LANGUAGE: "bn"}, event="a")
    second = report("r1", 2, {CHANNEL: "email"}, event="b")
    assert wants(first, second) == wants(second, first) == {CHANNEL: "email"}
    assert became(first, second) == [Status.SUPERSEDED, Status.RETRACTED, Status.ACTIVE]


def test_a_response_dismissed_later_says_nothing_and_what_was_said_before_it_holds_again() -> None:
    other = report("r0", 0, {CHANNEL: "chat"}, event="z", hours=-1)
    said = report("r1", 1, {CHANNEL: "phone"}, event="a")
    dismissed = report("r1", 2, {}, event="b")
    assert wants(other, said) == {CHANNEL: "phone"}
    assert wants(dismissed, said, other) == {CHANNEL: "chat"}
    assert became(other, said, dismissed) == [Status.ACTIVE, Status.RETRACTED]


def test_do_not_contact_is_taken_back_by_a_later_word_and_not_by_an_earlier_one() -> None:
    stop = report("r1", 0, {NO_PHONE: True}, event="a", hours=1)
    back = report("r2", 0, {NO_PHONE: False}, event="b", hours=2)
    never = report("r3", 0, {NO_PHONE: False}, event="c", hours=0)
    assert wants(stop, back, never) == {NO_PHONE: False}
    assert wants(stop, never) == {NO_PHONE: True}


def test_do_not_contact_is_kept_apart_for_each_channel() -> None:
    sms = Slot("do_not_contact", "sms")
    found = wants(report("r1", 0, {NO_PHONE: True}, event="a"), report("r2", 0, {sms: True}, event="b"))
    assert found == {NO_PHONE: True, sms: True}


def test_a_response_that_moves_to_another_customer_leaves_the_first_one() -> None:
    wrong = report("r1", 1, {CHANNEL: "phone"}, event="a", customer="cus-1")
    right = report("r1", 2, {CHANNEL: "phone"}, event="b", customer="cus-2")
    assert wants(right, wrong, customer="cus-1") == {}
    assert wants(right, wrong, customer="cus-2") == {CHANNEL: "phone"}
    assert became(wrong, right) == [Status.RETRACTED, Status.ACTIVE]


def test_equal_times_are_told_apart_by_version_then_by_identity() -> None:
    low, high = report("r1", 3, {CHANNEL: "sms"}, event="z"), report("r2", 4, {CHANNEL: "email"}, event="a")
    assert wants(low, high) == wants(high, low) == {CHANNEL: "email"}
    one, other = report("r1", 3, {CHANNEL: "sms"}, event="a"), report("r2", 3, {CHANNEL: "email"}, event="b")
    assert wants(one, other) == wants(other, one) == {CHANNEL: "email"}


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Few responses, customers and times, so that they collide."""
    response, version, event = (draw(st.integers(0, 2)) for _ in range(3))
    said = draw(st.dictionaries(st.sampled_from([CHANNEL, LANGUAGE, NO_PHONE]), st.sampled_from(["a", "b"])))
    return report(
        f"r{response}",
        version,
        said,
        event=f"{response}-{version}-{event}",  # one event is about one version of one response
        customer=f"cus-{draw(st.integers(0, 1))}",
        hours=draw(st.integers(0, 2)),
    )


def reference(heard: list[Report]) -> dict:
    """The same, as plainly as it can be said: forget all but the newest report of each response, then take turns."""
    newest: dict = {}
    for said in heard:
        if said.response not in newest or said.stamp > newest[said.response].stamp:
            newest[said.response] = said
    notes = [note for said in newest.values() for note in said.notes]
    notes.sort(key=lambda n: (n.stated_at, n.stamp.version, n.response.source, n.stamp.event_id))
    return {(note.customer, note.said.slot): note for note in notes}


@given(st.lists(reports(), max_size=12, unique_by=lambda r: r.stamp.event_id), st.data())
@settings(max_examples=300, deadline=None)
def test_any_order_with_any_repetition_and_any_batches_ends_the_same(heard: list[Report], data: st.DataObject) -> None:
    arrivals = data.draw(st.permutations(heard))
    if heard:
        arrivals = [*arrivals, *data.draw(st.lists(st.sampled_from(heard), max_size=6))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(arrivals)), max_size=4)))
    book = Book()
    for start, end in zip([0, *cuts], [*cuts, len(arrivals)], strict=True):
        book = merge(book, arrivals[start:end])
    found = statuses(book, NOW)
    active = {
        (book.notes[i].customer, book.notes[i].said.slot): book.notes[i] for i, s in found.items() if s is Status.ACTIVE
    }
    assert active == reference(heard)
    assert sum(status is Status.ACTIVE for status in found.values()) == len(active)
    assert found == statuses(merge(Book(), heard), NOW)
