"""What the customer wants to hear of, in their own words. Wanting to know about one's order is not that."""

from collections.abc import Iterator

from events.preference import Dislike, Interest
from profile_sync.core.extract.text.rule import By, Hit, Meant, Phrase, Rule
from profile_sync.core.extract.text.topic import sold, topic

_DOUBTFUL = 0.7
_CASE = ("the", "this", "that", "my", "our", "these", "those", "to")
"""``the …`` may be the thing of the case."""
_BREAK = ",|but|please|if|i|thanks|again|i be|i could"
_TOPIC = f"[((?!{_BREAK}|(and|also) (please|i|could))_){{1,9}}] (again)? (?=end|but|please|if|i|thanks|and|also)"
_THING = "((?!order|agent|service|someone|delivery|parcel|i|they|you|if)_){1,6}"
_TELL = "(inform|have) (me|x){1,2} (know|x)? (if|now|as|soon){1,3}"


def _open(hit: Hit) -> Iterator[Meant]:
    """As sure as the thing is one that is sold: ``5G plans``, but not ``the manager``."""
    if not hit.past and not hit.asks and (thing := topic(hit.text)):
        doubtful = hit.text.split()[0].lower() in _CASE or not sold(thing)
        yield Meant(Interest(kind="interest", value=thing), _DOUBTFUL / 0.86 if doubtful else 1.0)


def _in_stock(hit: Hit) -> Iterator[Meant]:
    if thing := topic(hit.text):
        yield Meant(Interest(kind="interest", value=thing))


def _back(hit: Hit) -> Iterator[Meant]:
    yield Meant(Interest(kind="interest", value=hit.text[:80]))


def _not_meant(hit: Hit) -> Iterator[Meant]:
    if not hit.past and not hit.asks and (thing := topic(hit.text)):
        yield Meant(Dislike(kind="dislike", value=thing))


def _says(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    return Phrase(says.replace("TOPIC", _TOPIC), confidence, _open, by)


def _stock(says: str, by: By = By.ASKED, confidence: float = 0.86) -> Phrase:
    says = says.replace("TELL", _TELL).replace("THING", _THING)
    return Phrase(says, confidence, _in_stock, by)


RULE = Rule(
    "interest",
    anchors="interested interestme inform know stock posted send hear available launch",
    phrases=(
        _says(
            "(?<!not)(?<!no)(?<!didnt)(?<!they) (i could? be?|estoy) (x|ever|very|too){0,2} interested "
            "(in|by|for|on|to a) (?!(receive|know|speak|learn|contact)) TOPIC",
            0.86,
        ),
        _says("i interestme me for TOPIC", 0.86),
        _says("start me interestme TOPIC", 0.82),
        _says("i (be)? (x|ever|very|too){0,2} interested to (buy|purchase|try|order|upgrade) x? TOPIC", 0.72),
        _says("first interested (in|by|for) TOPIC", 0.6),
        _stock(
            "TELL (?!they|this|my) [THING] be (x|back|again|in){0,3} (stock|launch|sale|available again) again? closed"
        ),
        _stock("TELL (?!they|this|my) [THING] be available closed", confidence=_DOUBTFUL),
        _stock("TELL (?!they|this) [THING] (launch|restocked) again? closed"),
        _stock("please could you TELL (?!they|this) [THING] be (x|back|again){0,3} stock again? closed", By.STATED),
        Phrase(f"{_TELL} (they|this) be? [(back|again|in){{1,3}} stock] again? closed", 0.84, _back, By.ASKED),
        _says(
            "inform me (of|x|when|if|about|now){1,2} [(new|future) (x|_){0,3} "
            "(promo|deals|sale|products|models|collection|stock|launch|discount)] closed",
            0.82,
            By.ASKED,
        ),
        _says(
            "(keep) me (posted|updated|informed) (x|now){1,2} [(new|future|x) (_){0,3} "
            "(deals|product|sale|products|models|collection|launch|discount|promo|plans)] closed",
            0.82,
            By.ASKED,
        ),
        _says(
            "(like|want) to (know|hear|learn) more (now|x){1,2} [(new|upcoming|x)? (_){0,3} "
            "(deals|product|products|models|collection|plans|plan|insurance|loans|cards|package|subscription)] closed",
            0.78,
        ),
        _says("(?<!to) i? could? (like|want) (x){0,2} to hear more? (now (?=your|new)|more now) TOPIC", 0.84),
        _says("i could? (like|want) (x){0,2} to (know|learn) more (now) (?=your|new) TOPIC", 0.78),
        _says(
            "send me (_){0,3} (information|detail|brochure|promo|catalogue) (now|x){1,2} [(your|new|x)? (_){0,3} "
            "(deals|product|products|models|collection|plans|plan|insurance|loans|cards|package|subscription)] closed",
            0.72,
            By.ASKED,
        ),
        Phrase(
            (
                "(i be?|first) (not|no) (x|ever){0,2} interested (in|by) "
                "(?!(receive|know|speak|learn|your|excuses)) x? TOPIC"
            ).replace("TOPIC", _TOPIC),
            0.72,
            _not_meant,
            By.STATED,
        ),
    ),
    words={
        "interested": """interested intrested intersted interessiert interesse interesado interesada interessado
            interesse interessata geinteresseerd""",
        "interestme": "interessiere interesa interesan interessa interessano",
        "estoy": "estoy estou",
        "stock": "stock restocked restock",
        "launch": "launch launches launched released release",
        "sale": "sale",
        "order": "order orders ordered refund replacement money complaint complaints query exchange policy policies",
        "solve": "solve resolve solved resolved resolving solving",
        "question": "question questions fraud status excuses",
        "buy": "buy purchase upgrade",
        "try": "try trying",
        "posted": "posted updated",
        "new": "new upcoming latest",
        "deals": """deals discounts discount models collection plans plan insurance loans loan cards card
            subscription subscriptions""",
        "brochure": "brochure catalogue catalog",
    },
)
