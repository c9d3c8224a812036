"""What the customer does not want offered or done, in their own words: of things a company can leave off."""

from collections.abc import Iterator

from events.preference import Dislike
from profile_sync.core.extract.text.rule import By, Hit, Meant, Phrase, Rule
from profile_sync.core.extract.text.topic import sold, topic

_KNOWN = "(bot|courier|survey|substitute|packaging|upselling|music)"
_WHAT = f"[(x|more|third|party|plastic|recorded|promo){{0,2}} {_KNOWN}]"
_OFFERED = "[(x|more|your|any|credit|such|phone){0,3} (deals|upselling|promo|survey)]"
_ANY = "[((?!,|and|but|again|please)_){1,4}]"
_STRAY = "(?! (calls|email|sms|message|by|in|to|for|with|on|available|be))"


def _meant(hit: Hit) -> Iterator[Dislike]:
    if not hit.asks and (thing := topic(hit.text)):
        yield Dislike(kind="dislike", value=thing)


def _offered(hit: Hit) -> Iterator[Meant]:
    """``Give me`` may be about anything."""
    if "give" not in hit.reading.words[hit.match.start() : hit.at]:
        for dislike in _meant(hit):
            yield Meant(dislike, 1.0 if sold(dislike.value) else 0.83)


def _says(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    says = says.replace("WHAT", _WHAT).replace("OFFERED", _OFFERED).replace("ANY", _ANY).replace("STRAY", _STRAY)
    return Phrase(says, confidence, _meant, by)


RULE = Rule(
    "dislike",
    anchors="bot courier survey substitute packaging promo upselling music human give sell deals",
    phrases=(
        _says(
            "i? (x|ever)? (not|never) (want|like|wish) (x|to|be|ever)? (speak|spoken|chat|deal|message) "
            "(to|with|x){0,2} [(x|a)? bot]",
            0.86,
        ),
        _says("i? ne want (pas) (speak|contact|deal) x{0,2} [x? bot]", 0.86),
        _says("no want (speak) (x|with){0,2} [x? bot]", 0.86),
        _says("not with [x? bot] (speak|spoken)", 0.84, By.ASKED),
        _says("not have me (speak|chat|deal) (to|with)? [x? bot]", 0.86, By.ASKED),
        _says(
            "i (x|ever)? (hate|not like|cannot stand|dislike) (x|to){0,2} (speak|spoken|deal|chat) (x|to|with){0,2} "
            "[(x)? bot]",
            0.84,
        ),
        _says("i (x|ever)? (hate|not like|cannot stand|dislike) (x)? [bot] closed", 0.7),
        _says(
            "(not|never) (x)? (send|use|play) (me|x|to me|by|with|any|my|order|again|parcel){0,4} WHAT",
            0.84,
            By.ASKED,
        ),
        _says("(please|want) no more? WHAT (?=closed|in my|with my|for|by|from|sent)", 0.84),
        _says("start no more WHAT closed", 0.82),
        _says("no WHAT please", 0.84),
        _says("first no WHAT last", 0.6),
        _says("i? (not|never) want (x|to|any|receive|have|more|your){0,4} WHAT closed", 0.84),
        _says("stop (x)? (send|sending|use|with)? (me)? (x|your|such)? WHAT (?=closed|to me|on|again)", 0.84, By.ASKED),
        _says(
            "(want|like|prefer) (x|to|speak|contact|chat|with){0,5} (human|agent) ,? (not|no|instead of|rather "
            "than) [(x|a)? bot]",
            0.86,
        ),
        # offers
        _says("(not|never|stop) (x|ever)? (try to)? (give|sell|push|send) me OFFERED (?=closed|again)", 0.84, By.ASKED),
        Phrase(
            f"(not|never) (x|ever)? (give|sell|push) me {_ANY} (again|more please|please)", 0.84, _offered, By.ASKED
        ),
        _says("i? (not|never) (ever)? (want|wish|like) (ever)? to be (given|sold) ANY (again|please|end)", 0.84),
        _says("i? (not|never) (ever)? (want|wish|like) (ever)? to be (given|sold) OFFERED (?=closed|again)", 0.84),
        _says("i? (not|never) want (x|receive|your|any|more|such|to){0,4} [promo] STRAY (?=closed|again)", 0.82),
        _says("i? want not [x? promo] (more|closed)", 0.82),
        _says("i? ne want (pas|more) (x){0,2} [promo] closed", 0.82),
        _says("(start|please) not [promo] (more|please) closed", 0.82),
    ),
    words={
        "courier": "courier couriers",
        "survey": "surveys survey feedback questionnaire questionnaires",
        "substitute": "substitutes substitutions substitution",
        "packaging": "packaging wrapping",
        "plastic": "plastic",
        "third": "third thirdparty",
        "party": "party",
        "recorded": "recorded prerecorded",
        "upselling": "upselling upsells crossselling",
        "music": "music",
        "human": "human humans",
        "hate": "hate dislike detest",
        "deal": "deal",
        "play": "play ship",
        "sell": "sell selling offering",
        "push": "push pushing",
        "given": "offered given",
        "sold": "sold",
        "sent": "sent",
        "credit": "credit debit",
    },
)
