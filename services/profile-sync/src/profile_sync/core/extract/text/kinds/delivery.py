"""How the customer likes deliveries and appointments. That a driver did not call is a complaint."""

from collections.abc import Iterator

from events.preference import Delivery, Habit
from profile_sync.core.extract.text.kinds.contact_time import CLOCK, DAY_OF, parts
from profile_sync.core.extract.text.reading import STOP
from profile_sync.core.extract.text.rule import By, Hit, Meant, Phrase, Rule

_COME = "(deliver|delivery|come|arriving|visit|pickup|take x|leave (x|anything){0,2} off)"
_BEFORE = f"before (x|you|they|agent|my|i){{0,4}} {_COME}(?! (be|didnt|never))"
_CALL = "(call|calls|inform|ring|sms|message)"
_POINT = "((pickup|collection|parcel|take x) point|(pickup|parcel|point)? pickuppoint)"
_THINGS = "((you|x|my|all|daily){0,3} (parcel|they|delivery|order))"
_BEST = "(be|suit|work|ever|me|a){1,4} (best|easier|suit) (for)? (me)? closed"
_AWAY = "(if (i|x|they|be|my|not|nobody|home|out|available|answer){1,5} ,?)?"
_VISIT = "(delivery|deliver|appointment|pickup|visit)"
_ONE_DELIVERY = """
    today tonight tomorrow tmrw kal aaj heute morgen maintenant ahora now asap immediately soon this monday tuesday
    wednesday thursday friday saturday sunday
"""
"""Words of a wish for one delivery, no habit."""
_ONCE = frozenset(_ONE_DELIVERY.split())


def _once(hit: Hit) -> bool:
    signs, at, to = hit.reading.signs, hit.match.start(), hit.match.end()
    end = signs.find(STOP, to)
    sentence = hit.reading.words[signs.rfind(STOP, 0, at) + 1 : end if end >= 0 else len(signs)]
    return any(word.lower() in _ONCE for word in sentence)


def _as(habit: Habit, confidence: float, *ways: str, by: By = By.ASKED) -> Iterator[Phrase]:
    def means(hit: Hit) -> Iterator[Delivery]:
        if not _once(hit):
            yield Delivery(kind="delivery", value=habit)

    return (Phrase(_written(says), confidence, means, by) for says in ways)


def _when(hit: Hit) -> Iterator[Meant]:
    if _once(hit) or hit.past or (hit.asks and not hit.words("could", "please")):
        return
    for part, weight in parts(hit):
        yield Meant(Delivery(kind="delivery", value=part), weight)
    for word in hit.words("week"):
        day = DAY_OF[word]
        if day in ("weekdays", "weekend"):
            yield Meant(Delivery(kind="delivery", value="weekend" if day == "weekend" else "weekdays"))


def _time(says: str, confidence: float, by: By = By.ASKED) -> Phrase:
    return Phrase(_written(says), confidence, _when, by)


def _written(says: str) -> str:
    names = {"CLOCK": f"({CLOCK}|week)", "DELIVER": "(deliver|delivery|pickup)", "BEFORE": _BEFORE, "CALL": _CALL}
    names |= {"POINT": _POINT, "BEST": _BEST, "AWAY": _AWAY, "THINGS": _THINGS, "VISIT": _VISIT}
    for name, meant in names.items():
        says = says.replace(name, meant)
    return says


RULE = Rule(
    "delivery",
    anchors="deliver delivery door neighbour pickup pickuppoint contactless leave hand porch come arriving appointment "
    "point",
    phrases=(
        *_as(
            "at-the-door",
            0.9,
            "AWAY (leave|kept) THINGS (in|by|on|outside|to) unknown? (in|by|a|my|your|outside|front|of|on|to){0,4} "
            "(door|porch)(?! (be|agent|service))",
            "(deliver) (parcel|x|order){0,3} (by|on|to) (x)? porch",
            "please (x|parcel){0,3} (in|by|before|outside) x? door leave",
            "start my? (parcel|they|delivery) could daily? be left (by|on|in|outside|to) x{0,2} (door|porch) closed",
        ),
        *_as("at-the-door", 0.82, "give (parcel|they){1,2} (in|by) x? porch"),
        *_as(
            "with-a-neighbour",
            0.9,
            "AWAY (leave|give|deliver|hand) THINGS? (with|to|by|beside) (x){0,2} neighbour",
            "please (x|parcel){0,3} (with|in|by|beside) x? neighbour leave",
        ),
        *_as(
            "call-before",
            0.9,
            "please (_){0,3} CALL (me|x|you|and){0,3} BEFORE",
            "start always (please)? CALL (me|x|you|and){0,3} BEFORE",
            "BEFORE ,? please (x)? CALL (me)?",
            "please before x{0,3} delivery (me|x)? call",
            "give me a? (ring|call) (x){0,3} BEFORE",
            "(have|please have) me (know){1,2} (x|number|time|of|in){0,3} BEFORE",
            "(please|(?<!not) want|start have) (x|have|you|your|they|to|agent|delivery|courier){1,4} CALL (me|x)? "
            "BEFORE",
            "(?<!not) want (a|x|to|receive){0,3} (call|calls|ring) (x|me){0,2} BEFORE",
            by=By.STATED,
        ),
        *_as(
            "call-before",
            0.7,
            "should (x|make)? CALL (me|x){0,2} BEFORE",
            by=By.STATED,
        ),
        *_as(
            "call-before",
            0.86,
            "CALL me (x|you){0,2} BEFORE",
            "start (and)? call (x|you|number){0,3} BEFORE closed",
            "(so|and) (call|inform) BEFORE please",
            "(delivery|deliver) x? before call (do|please|give)",
        ),
        *_as("call-before", 0.72, "opening inform before (deliver|delivery)"),
        *_as(
            "contactless",
            0.86,
            "(please|want|prefer|only) (x){0,3} contactless (deliver|delivery) (?=closed|for me|i)",
            "contactless (deliver|delivery) (please|only|end)",
            "no contact (deliver|delivery) please",
        ),
        *_as(
            "in-person",
            0.84,
            "(?<!will)(?<!to) (hand|give|deliver) (parcel|x|they|order){1,3} to me (in person|personally|only)",
            "(not|never) leave (parcel|x|they|order|delivery){1,4} (with|by|in|outside|on|to) (x){0,3} "
            "(neighbour|door|porch|guard|else)",
        ),
        *_as(
            "at-work",
            0.86,
            "(deliver|send) (parcel|x|me|my|all|always){0,4} (to|in|by|on) my (hours|work|workplace) (?=closed|i)",
        ),
        *_as(
            "pickup-point",
            0.86,
            "(deliver|send|leave) (parcel|x|my|all|daily|delivery){0,4} (to|in|by|with) x{0,2} POINT "
            "(?=closed|i|in|on)",
        ),
        *_as(
            "pickup-point",
            0.84,
            "(?<!not) (prefer|rather|like) (to|pickup|parcel|my|x|of|for|a){0,5} (from|in|on|to|by) (x){0,2} POINT",
            by=By.STATED,
        ),
        _time(
            "(please|only|prefer|schedule|could you) (x|you|only|my|schedule|order|parcel|prefer|to){0,4} "
            "DELIVER (parcel|x|order|my|only|me|prefer|come|all|slot){0,4} CLOCK(?! (now|x now|be))",
            0.86,
            By.STATED,
        ),
        _time("(start|and|but) (only)? deliver (parcel|x|order|my|only|me|all){0,4} CLOCK(?! (now|be))", 0.82),
        _time("start (x|for)? (part|week) (and (part|week))? VISIT BEST", 0.86, By.STATED),
        _time("(?<!not)(?<!folk) prefer (x){0,2} (part|week) VISIT closed", 0.86, By.STATED),
        _time("start (only)? (part|week) (delivery|appointment) (please|only) closed", 0.84, By.STATED),
        _time("delivery time should be x? CLOCK", 0.72),
        _time("(deliver only (x){0,2} CLOCK|DELIVER only (x){0,2} CLOCK please)", 0.84),
        _time("i x{0,2} only? (home|available) (x|only|for|to){0,3} CLOCK (_){0,3} (deliver|delivery)", 0.8, By.STATED),
    ),
    words={
        "deliver": """deliver delivering delivr liefern livrer livrez entregar entreguen entreguem consegnare
            bezorgen bezorg""",
        "leave": "leave drop place laissez laisser dejar deixar deixem lasciate abstellen ablegen abgeben",
        "hand": "hand",
        "door": "door doorstep gate tur porte puerta porta deur",
        "porch": "porch balcony mailbox letterbox garage shed lobby reception guard",
        "neighbour": "neighbour neighbor neighbours neighbors nachbarn nachbar voisin vecino vizinho vicino buren",
        "outside": "outside front behind devant",
        "arriving": "arriving arrival arrive visit visiting reaching",
        "contactless": "contactless contactfree",
        "personally": "personally",
        "pickuppoint": "packstation locker lockers paketshop parcelshop abholstation relais",
        "point": "point points",
        "appointment": "appointment appointments bookings",
        "workplace": "workplace",
        "beside": "beim bei chez",
        "anything": "anything",
        "left": "left",
        "parcel": "pakete paketen sendungen",
        "slot": "slot slots",
        "home": "home",
        "else": "else",
    },
)
