"""Which cause is suggested, and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core.case import CAUSES
from alerting.core.causes import ContactFacts, Facts, History, Suggestion, suggest
from alerting.core.causes.comment import heard, plain
from alerting.core.causes.history import share
from alerting.core.causes.phrases import PHRASES


def said(*comments: str) -> list[str]:
    return list(dict.fromkeys(because.cause for because in heard(comments)))


@pytest.mark.parametrize(
    ("comment", "cause"),
    [
        ("I waited 45 minutes before somebody answered", "staffing"),
        ("On hold for over an hour!!", "staffing"),
        ("I couldn’t get through all morning", "staffing"),
        ("Nobody answers the phone", "staffing"),
        ("They transferred me three times", "routing"),
        ("I was passed from one department to the next", "routing"),
        ("Every agent told me something different", "knowledge"),
        ("got the WRONG information twice", "knowledge"),
        ("He didn't know how to change the address", "training"),
        ("Niemand wusste wie man das macht", "training"),
        ("Nobody ever called me back.", "workflow"),
        ("I had to repeat myself again and again", "workflow"),
        ("still waiting for my refund", "workflow"),
        ("Their system was down again", "information_system"),
        ("I was charged twice", "information_system"),
        ("the phone menu never ends", "ivr"),
        ("the app does not work", "self_service"),
        ("I can't log into my account", "self_service"),
        ("hidden fees everywhere", "product_policy"),
        ("Ich habe eine Stunde in der Warteschleife gewartet", "staffing"),
        ("Ich wurde mehrmals weiterverbunden", "routing"),
        ("Niemand hat mich zurückgerufen", "workflow"),
        ("Jeder sagt etwas anderes", "knowledge"),
        ("J'ai attendu plus d'une heure", "staffing"),
        ("On ne m'a jamais rappelée", "workflow"),
        ("Je n'ai pas été rappelé", "workflow"),
        ("Esperé más de 40 minutos", "staffing"),
        ("Me transfirieron varias veces", "routing"),
        ("Ho aspettato due ore", "staffing"),
        ("Nessuno mi ha richiamato", "workflow"),
        ("Esperei mais de uma hora", "staffing"),
        ("Ninguém atende o telefone", "staffing"),
        ("Ik heb een uur gewacht", "staffing"),
        ("Ik ben nooit teruggebeld", "workflow"),
    ],
)
def test_plain_words_name_a_cause_in_seven_languages(comment: str, cause: str) -> None:
    assert said(comment) == [cause]


@pytest.mark.parametrize(
    "comment",
    [
        "I did not have to wait long",
        "Didn't wait more than 2 minutes, great",
        "No long waiting times at all",
        "The wait was not too long",
        "Die Wartezeit: gewartet habe ich nicht lange",
        "never transferred around",
        "I wasn't transferred twice this time",
        "Without hidden fees",
        "Ich musste nicht lange warten",
        "Keine lange Wartezeit",
        "Je n'ai pas attendu longtemps",
        "No tuve que esperar muchos minutos",
        "Non ho aspettato due ore",
        "Não esperei muitos minutos",
        "Ik heb niet lang gewacht",
    ],
)
def test_what_the_customer_denies_is_not_heard(comment: str) -> None:
    assert said(comment) == []


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "   ",
        "Very good",
        "Terrible service!!!",
        "The agent was rude and hung up",
        "she does not know how to talk to people",
        "I don't know how to use it",
        "👍👍",
        "ok.",
        "مرحبا",
        "1",
        "can't wait to call again",
    ],
)
def test_words_that_name_no_cause_say_nothing(comment: str) -> None:
    assert said(comment) == []


def test_a_denial_reaches_no_further_than_its_own_thought() -> None:
    assert said("It was not the agent. I waited two hours") == ["staffing"]
    assert said("I did not complain, but I waited two hours") == ["staffing"]
    assert said("Not good. Waited two hours") == ["staffing"]
    assert said("Not nice and waited two hours") == ["staffing"]
    assert said("not friendly after all that and I waited two hours") == ["staffing"]


def test_a_day_of_waiting_is_no_queue() -> None:
    found = suggest(Facts(("he told me to wait for 24 hours",)))
    assert found is not None
    assert (found.cause, found.strength) == ("workflow", "weak")


def test_the_reason_quotes_what_was_heard() -> None:
    (because,) = heard(["Well, I WAITED two hours!"])
    assert because.words == "the customer wrote “waited two hours”"


def test_saying_it_twice_weighs_more_but_not_without_end() -> None:
    once, twice, often = (
        sum(because.weight for because in heard([text]))
        for text in (
            "waited two hours",
            "waited two hours. nobody answers the phone",
            "waited two hours. nobody answers the phone. on hold for ages. could not get through",
        )
    )
    assert once < twice == often


def test_no_phrase_accuses_a_person() -> None:
    assert "agent" not in PHRASES
    assert set(PHRASES) == set(CAUSES) - {"agent"}


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert plain(text).startswith(" ")
    assert plain(text).endswith(" ")
    assert {because.cause for because in heard([text])} <= set(PHRASES)


@pytest.mark.parametrize(
    ("contact", "cause"),
    [
        (ContactFacts(channel="phone", wait_seconds=300), "staffing"),
        (ContactFacts(channel="phone", wait_seconds=299), None),
        (ContactFacts(channel="email", wait_seconds=86_400), None),
        (ContactFacts(channel="phone", abandoned=True, reached_queue=True), "staffing"),
        (ContactFacts(channel="phone", abandoned=True, reached_queue=False), "ivr"),
        (ContactFacts(channel="chat", abandoned=True, reached_queue=False), "staffing"),
        (ContactFacts(channel="phone", abandoned=True), "staffing"),
        (ContactFacts(transfers=2), "routing"),
        (ContactFacts(transfers=1), None),
        (ContactFacts(resolved=False, unresolved_before=1), "knowledge"),
        (ContactFacts(resolved=False, unresolved_before=1, same_agent=False), "knowledge"),
        (ContactFacts(resolved=False, unresolved_before=2, same_agent=True), "training"),
        (ContactFacts(resolved=False), None),
        (ContactFacts(resolved=True, unresolved_before=3), None),
        (ContactFacts(opened_for="call_back_missed"), "workflow"),
        (ContactFacts(opened_for="low_score"), None),
    ],
)
def test_the_record_of_the_contact_speaks_for_a_cause(contact: ContactFacts, cause: str | None) -> None:
    found = suggest(Facts(contact=contact))
    assert (found.cause if found else None) == cause
    if found is not None:
        assert (found.strength, found.sources) == ("fair", ("contact",))
        assert all(because.words for because in found.because)


def test_where_nothing_is_known_nothing_is_suggested() -> None:
    assert suggest(Facts()) is None


def test_words_and_record_that_agree_are_strong() -> None:
    found = suggest(Facts(("I waited half an hour",), ContactFacts(channel="phone", wait_seconds=1800)))
    assert isinstance(found, Suggestion)
    assert (found.cause, found.strength, found.sources) == ("staffing", "strong", ("comment", "contact"))
    assert "the customer waited 30 min in the queue" in [because.words for because in found.because]


def test_words_and_record_that_disagree_are_weak_and_the_system_goes_first() -> None:
    found = suggest(Facts(("They transferred me three times",), ContactFacts(resolved=False, unresolved_before=1)))
    assert found is not None
    assert (found.cause, found.strength) == ("knowledge", "weak")


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ({"ivr": 1}, None),
        ({"ivr": 4}, None),
        ({"ivr": 5}, "ivr"),
        ({"ivr": 20}, "ivr"),
        ({"ivr": 6, "routing": 6}, None),
    ],
)
def test_a_few_earlier_choices_are_no_evidence(here: dict[str, int], expected: str | None) -> None:
    found = suggest(Facts(history=History(here, here)))  # type: ignore[arg-type]
    assert (found.cause if found else None) == expected
    if found is not None:
        assert found.strength == "weak"
        assert "times for this team and contact reason in 90 days" in found.because[0].words


def test_history_is_shrunk_towards_what_is_chosen_everywhere() -> None:
    assert share("ivr", History({"ivr": 1})) == pytest.approx((1 + 10 * 0.1) / 11)
    assert share("ivr", History({"ivr": 20})) == pytest.approx(0.7, abs=0.01)
    everywhere = {"ivr": 90, "routing": 10}
    assert share("ivr", History({}, everywhere)) == pytest.approx((90 + 1) / 110)  # type: ignore[arg-type]
    shares = [share(cause, History({"ivr": 3, "agent": 2}, everywhere)) for cause in CAUSES]  # type: ignore[arg-type]
    assert sum(shares) == pytest.approx(1)


def test_what_is_usual_elsewhere_alone_suggests_nothing() -> None:
    assert suggest(Facts(history=History({"ivr": 1}, {"ivr": 500}))) is None


def test_nobody_is_ever_accused_by_suggestion() -> None:
    assert suggest(Facts(history=History({"agent": 50}, {"agent": 50}))) is None


def test_history_agrees_with_what_is_on_record() -> None:
    contact = ContactFacts(transfers=3)
    found = suggest(Facts(contact=contact, history=History({"routing": 12}, {"routing": 12})))
    assert found is not None
    assert (found.cause, found.strength, found.sources) == ("routing", "strong", ("contact", "history"))
    assert [because.source for because in found.because] == ["contact", "history"]
