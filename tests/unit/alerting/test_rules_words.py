"""Words in comments: whole words, whatever their case, accents and language."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core.answer import Answer
from alerting.core.rules.decision import Reason
from alerting.core.rules.judging import judge
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Surroundings
from alerting.core.wording import COMPLAINTS, LEGAL_THREATS, Lexicon, folded, spotted
from alerting.core.wording.lists import COMPLAINT, HARMLESS, LEGAL

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def reason(comment: str, **settings: Any) -> Reason:
    said = Answer(
        tenant="t", kind="survey", id="r", version=0, event_id="e", event_source="/s", occurred_at=NOW, recorded_at=NOW,
        instrument="csat", scale="1-5", score=5, comment=comment, words=spotted(comment),
    )  # fmt: skip
    found = Circumstances("survey", Surroundings(), answer=said)
    return judge(found, Policy.model_validate({"rules": settings})).reason


@pytest.mark.parametrize(
    "comment",
    [
        "I am going to call my LAWYER about this.",
        "You will hear from our attorneys!",
        "I'll see you in court",
        "Dann gehe ich eben vor Gericht.",
        "Mein ANWÄLTIN meldet sich",
        "Je vais en parler à mon avocat",
        "Voy a poner una denuncia en el juzgado",
        "Mi rivolgo a un avvocato, vie legali",
        "Vou ao PROCON e à justiça, ação judicial",
        "Ik stap naar de rechter",
        "Skieruję sprawę do sądu, pozew",
        "Jag kontaktar Konsumentverket och en jurist",
        "Avukatım sizinle görüşecek",
        "弁護士に相談します",
        "我会找律师起诉你们",
    ],
)
def test_a_legal_threat_is_seen_in_many_languages(comment: str) -> None:
    assert reason(comment) is Reason.LEGAL_THREAT


@pytest.mark.parametrize(
    "comment",
    [
        "This is UNACCEPTABLE.",
        "I want to make a complaint",
        "Ich möchte mich beschweren!",
        "Unverschämt, so etwas",
        "C'est inadmissible",
        "Quiero poner una queja",
        "È una vergogna",
        "Vou fazer uma reclamação",
        "Ik heb een klacht",
        "Złożę skargę",
        "Det är oacceptabelt",
        "二度と利用しません",
        "我要投诉",
    ],
)
def test_words_of_complaint_are_seen_in_many_languages_and_with_a_good_score(comment: str) -> None:
    assert reason(comment) is Reason.COMPLAINT_WORDS


@pytest.mark.parametrize(
    "comment",
    [
        "Sue was lovely, thank you Sue!",
        "No complaints at all.",
        "I can't complain, quick and friendly",
        "Keine Beschwerden, alles gut",
        "Aucune plainte, merci",
        "The rudeboys playlist on hold was fun",
        "Very good advice on my avocado order",
        "Kundige medewerker, snel geholpen",
        "",
        "…!?",
    ],
)
def test_what_only_looks_like_it_is_left_alone(comment: str) -> None:
    assert reason(comment) is Reason.SCORE_NOT_LOW


def test_ones_own_words_are_looked_for_and_ours_may_be_ignored() -> None:
    assert reason("What a farce this is") is Reason.SCORE_NOT_LOW
    assert reason("What a FÁRCE this is", complaint_words={"words": ["farce"]}) is Reason.COMPLAINT_WORDS
    assert reason("My lawyer says hello", legal_threat={"ignore": ["lawyer*"]}) is Reason.SCORE_NOT_LOW
    assert reason("My lawyer will sue you", legal_threat={"ignore": ["lawyer*"]}) is Reason.LEGAL_THREAT


def test_a_stem_takes_any_ending_and_a_word_takes_none() -> None:
    found = Lexicon(["court", "law*", "small claims"])
    assert found.found(folded("Courts and courtesy")) == frozenset()
    assert found.found(folded("the Court, by LAWS and lawful")) == {"court", "law*"}
    assert found.found(folded("small-claims")) == {"small claims"}
    assert found.found(folded("small and claims")) == frozenset()


@pytest.mark.parametrize("entry", ["a*", "ab* cd", "…", "*"])
def test_a_stem_that_fits_half_a_dictionary_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="has a"):
        Lexicon([entry])


@pytest.mark.parametrize("ours", [COMPLAINT, LEGAL])
def test_every_entry_of_our_lists_is_found_in_a_sentence_and_stands_once(ours: tuple[str, ...]) -> None:
    assert len(set(ours)) == len(ours)
    for entry in ours:
        sentence = folded(f"Xx, {entry.replace('*', '').upper()}! yy")
        assert entry in COMPLAINTS.found(sentence) | LEGAL_THREATS.found(sentence), entry


def test_what_is_harmless_hides_only_itself() -> None:
    assert spotted("No complaints before, but now a complaint") == {"complaint*"}
    for entry in HARMLESS:
        assert spotted(entry.replace("*", "")) == frozenset(), entry


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_read_and_a_threat_in_the_middle_is_found(head: str, tail: str) -> None:
    assert "lawyer*" in spotted(f"{head} . my lawyer . {tail}")


@given(st.text(max_size=200))
def test_case_and_accents_make_no_difference(text: str) -> None:
    assert folded(folded(text)) == folded(text)
