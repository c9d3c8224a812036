"""Who wants to be called back, and who complains of not having been."""

import pytest

from profile_sync.core.extract.text import find

ACTIVE = 0.8


def call_back(comment: str) -> dict[bool, float]:
    return {f.preference.value: f.confidence for f in find(comment) if f.preference.kind == "call_back"}


@pytest.mark.parametrize(
    "comment",
    [
        "Please call me back",
        "call me",
        "Call me back please, I have a question about my claim",
        "pls cal me",
        "PLEASE CALLLLL ME BACKKKK!!!",
        "plzcallme",
        "They disconnected please call me",
        "He was rude but please call me back",
        "I request you to call me on my alternate number",
        "Please give me a call tomorrow",
        "I want someone to call me",
        "Ask your manager to call me",
        "pls call me asap my account is blocked",
        "phone me please",
        "ring me back",
        "I would appreciate a call back",
        "I'd like a callback about my mortgage",
        "please have someone call me",
        "can you call me?",
        "could you have someone call me back about my luggage",
        "it would be great to get a callback",
        "Have your manager call me",
        "Kindly arrange a call back at the earliest",
        "Please contact me by phone",
        "call back requested",
        "mujhe call kijiye",
        "phone karo mujhe",
        "call back kijiye",
        "Bitte rufen Sie mich zurück",
        "Rufen Sie mich bitte morgen an",
        "Bitte um Rückruf",
        "Rappelez-moi s'il vous plaît",
        "Merci de me rappeler",
        "Pouvez-vous me rappeler ?",
        "Por favor llámenme",
        "quiero que me llamen",
        "Por favor me liguem",
        "Richiamatemi per favore",
        "Bel me terug aub",
        "मुझे कॉल करें",
        "আমাকে কল করুন",
        "Перезвоните мне пожалуйста",
        "请给我打电话",
    ],
)
def test_a_call_asked_for_is_wanted(comment: str) -> None:
    found = call_back(comment)
    assert found.keys() == {True}
    assert found[True] >= ACTIVE


@pytest.mark.parametrize(
    "comment",
    [
        "please contact me",
        "please reach out to me",
        "need a callback urgently",
        "waiting for your call",
        "get back to me please",
    ],
)
def test_a_call_that_may_be_meant_waits_for_a_person(comment: str) -> None:
    assert 0.4 <= call_back(comment)[True] < ACTIVE


@pytest.mark.parametrize(
    "comment",
    [
        "no need to call back",
        "You don't need to call me back",
        "please don't call me back, all is resolved",
        "There is no need to call me, thanks",
        "you do not need to ring me back",
    ],
)
def test_a_call_declined_is_not_wanted(comment: str) -> None:
    found = call_back(comment)
    assert found.keys() == {False}
    assert found[False] >= ACTIVE


@pytest.mark.parametrize(
    "comment",
    [
        "nobody called me",
        "they never called",
        "no call back after disconnect",
        "no call back received yet",
        "agent didn't call me back",
        "I was told I would get a call back",
        "they promised to call me back",
        "he said he would call me",
        "he told me, call me back tomorrow",
        "I asked them to call me back but nobody did",
        "You never call me when you say you will",
        "thank you for calling me back",
        "Thanks for the call",
        "Call me wali bahut acchi thi",
        "Nice call me customer",
        "just call me crazy",
        "call me old fashioned but I like shops",
        "they call me a liar",
        "call me Dr Khan",
        "Why do you call me so late",
        "when you call me the line is bad",
        "please call the seller and ask",
        "please record the call",
        "Please don't cut the call",
        "pls pick the call",
        "please connect call fast",
        "please improve call quality",
        "I want to talk to the manager",
        "I want a phone with good camera",
        "Please repair my phone",
        "need call recording",
        "want direct call facility",
        "please give me contact number of the driver",
        "waiting for the call for 3 hours then disconnected",
        "I have to call again and again",
        "it took two hours to call me back",
        "I am waiting for someone to call me back",
        "some machine will call me back in an hour",
        "why don't you have a call back feature",
        "I like the call back system",
        "why would I need to call for that",
        "No need to call customer care, everything is in the app",
        "I contacted customer care",
        "I called 3 times",
        "she told me to contact the bank",
        "Your contact us page does not work",
        "call me before you deliver",
        "do not call me",
        "mujhe call nahi aaya",
        "usne call kiya tha",
        "10 baar call karo phir bhi kuch nahi",
        "Niemand hat mich zurückgerufen",
        "Personne ne m'a rappelé",
        "Nadie me llamó",
        "Ninguém me ligou",
        "Nessuno mi ha richiamato",
        "Niemand heeft mij teruggebeld",
        "किसी ने मुझे कॉल नहीं किया",
        "আমাকে কেউ কল করেনি",
    ],
)
def test_a_report_or_complaint_is_no_wish_to_be_called(comment: str) -> None:
    assert call_back(comment) == {}


def test_a_call_on_a_condition_waits_for_a_person() -> None:
    assert call_back("If anything changes then call me")[True] < ACTIVE


def test_a_quoted_request_waits_for_a_person() -> None:
    assert call_back('the form has a box "please call me back" and nothing else')[True] < ACTIVE


def test_what_is_too_doubtful_is_not_even_proposed() -> None:
    assert find("If there is doubt the agent should call me") == ()
