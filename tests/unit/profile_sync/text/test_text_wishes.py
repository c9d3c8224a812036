"""Accessibility, form of address, interests, deliveries, dislikes, notes: and what only looks like them."""

import pytest

from profile_sync.core.extract.text import find

ACTIVE = 0.8


def active(comment: str) -> dict[str, object]:
    return {f.preference.kind: f.preference.value for f in find(comment) if f.confidence >= ACTIVE}


@pytest.mark.parametrize(
    ("comment", "need"),
    [
        ("I am hard of hearing", "hearing"),
        ("I'm deaf, please write", "hearing"),
        ("I wear hearing aids", "hearing"),
        ("I'm hearing impaired", "hearing"),
        ("my hearing is bad, please write", "hearing"),
        ("I need a sign language interpreter at the clinic", "hearing"),
        ("I am blind", "sight"),
        ("I am visually impaired", "sight"),
        ("I have poor eyesight", "sight"),
        ("I have a speech impediment, please be patient", "speech"),
        ("I stutter, so please be patient", "speech"),
        ("I use a wheelchair", "mobility"),
        ("I need a wheelchair at the gate", "mobility"),
        ("please speak slowly", "slowly"),
        ("can you please speak more slowly", "slowly"),
        ("Sprechen Sie bitte langsam", "slowly"),
        ("please send letters in large print", "large-print"),
        ("please use plain words", "plain-words"),
        ("I am dyslexic", "plain-words"),
        ("I cannot take calls at work", "text-only"),
        ("I can't talk on the phone", "text-only"),
        ("Ich bin schwerhörig", "hearing"),
        ("je suis sourd", "hearing"),
        ("soy sorda", "hearing"),
        ("sono cieco", "sight"),
    ],
)
def test_a_need_of_the_customer(comment: str, need: str) -> None:
    assert active(comment)["accessibility"] == need


@pytest.mark.parametrize(
    ("comment", "address"),
    [
        ("call me Dr", "dr"),
        ("please call me Dr. Meyer", "dr"),
        ("Address me as Professor", "prof"),
        ("please address me as Mrs Smith", "mrs"),
        ("I prefer to be called Ms", "ms"),
        ("it's Mrs not Miss", "mrs"),
        ("use my first name", "first-name"),
        ("please use my last name", "last-name"),
        ("please be formal with me", "formal"),
        ("Bitte duzen Sie mich", "informal"),
    ],
)
def test_a_form_of_address(comment: str, address: str) -> None:
    assert active(comment) == {"form_of_address": address}


@pytest.mark.parametrize(
    ("comment", "topic"),
    [
        ("I am interested in 5G plans", "5G plans"),
        ("I'm interested in home insurance", "home insurance"),
        ("I would be interested in a family plan", "family plan"),
        ("let me know when it is back in stock", "back in stock"),
        ("tell me when the red shoes are back in stock", "red shoes"),
        ("keep me posted about new plans", "new plans"),
        ("would like to hear more about your savings accounts", "savings accounts"),
    ],
)
def test_an_interest_in_the_words_of_the_customer(comment: str, topic: str) -> None:
    assert active(comment) == {"interest": topic}


@pytest.mark.parametrize(
    ("comment", "habit"),
    [
        ("leave it at the door", "at-the-door"),
        ("please leave the package outside the front door", "at-the-door"),
        ("put it in the garage", "at-the-door"),
        ("leave the parcel with my neighbour", "with-a-neighbour"),
        ("Please call before delivery", "call-before"),
        ("call me before coming", "call-before"),
        ("deliver only in the evening", "evening"),
        ("deliver after 6 pm please", "evening"),
        ("please deliver on weekends only", "weekend"),
        ("deliver to my office", "at-work"),
        ("please deliver to a locker", "pickup-point"),
        ("contactless delivery please", "contactless"),
        ("hand it to me personally", "in-person"),
    ],
)
def test_a_delivery_habit(comment: str, habit: str) -> None:
    assert active(comment) == {"delivery": habit}


@pytest.mark.parametrize(
    ("comment", "dislike"),
    [
        ("I don't want to talk to a bot", "bot"),
        ("no third-party couriers please", "third-party couriers"),
        ("please do not send me any offers", "offers"),
        ("no more surveys please", "surveys"),
        ("I hate talking to bots", "bots"),
        ("I want a human not a bot", "bot"),
        ("please don't use plastic packaging", "plastic packaging"),
    ],
)
def test_a_dislike_in_the_words_of_the_customer(comment: str, dislike: str) -> None:
    assert dislike in str(active(comment)["dislike"])


def test_a_standing_wish_becomes_a_note_that_waits() -> None:
    (found,) = find("in future please always ring my bell twice")
    assert found.preference.kind == "note"
    assert found.confidence < ACTIVE


@pytest.mark.parametrize(
    "comment",
    [
        "I am deaf to your excuses by now",
        "are you deaf?",
        "you people are blind to our problems",
        "I am blind with rage",
        "my father is deaf and your staff was kind",
        "hearing the same answer again and again",
        "the wheelchair I ordered is broken",
        "she needs a wheelchair",
        "the plane must leave our gate",
        "I can't get to a phone",
        "I ordered a hearing aid and it is defective",
        "she spoke slowly and clearly",
        "very slow delivery",
        "agent speaks too fast",
        "large queue at the counter",
        "simple process",
        "large font in the app looks good",
        "Dr Meyer was wonderful",
        "Mr Smith called me yesterday",
        "I really appreciate Ms Rao for her help",
        "doctor should be on time",
        "first name on the invoice is wrong",
        "she called me by my first name",
        "He addressed me rudely",
        "Miss you",
        "Interested to know about your fraud",
        "the agent was not interested in helping me",
        "I am interested",
        "I want to know about my refund",
        "let me know when my refund arrives",
        "let me know the status",
        "the customer is not interested in historical data",
        "inform me about the order",
        "The delivery boy left the parcel at the door without ringing",
        "the driver didn't call before delivery",
        "you left it with a neighbour I don't know",
        "The neighbour received my parcel",
        "delivered in the evening although I asked for the morning",
        "deliver on time please",
        "please deliver it soon",
        "deliver before 5 pm was promised",
        "please check the product before delivery",
        "I had to collect it from the pickup point",
        "chatbots are useless",
        "the bot was helpful",
        "Only robots answer",
        "packaging was poor",
        "no surveys were sent",
        "third party courier lost it",
        "please note that I am very disappointed",
        "always good service",
        "you always cut my call",
        "In future I will not buy",
        "please remember customers matter",
    ],
)
def test_what_only_looks_like_a_wish(comment: str) -> None:
    assert find(comment) == ()
