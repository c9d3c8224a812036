"""When the customer likes to be reached: the time of day, and the days. "Tomorrow morning" is about tomorrow."""

import re
from collections.abc import Iterator

from events.preference import ContactDays, ContactTime, PartOfDay
from profile_sync.core.extract.text.rule import By, Hit, Meant, Phrase, Rule
from profile_sync.core.extract.text.spelling import plain
from profile_sync.core.extract.text.times import DAYS, PARTS, REGULAR

PART_OF = {plain(word): part for part, words in PARTS.items() for word in words.split()}
DAY_OF = {plain(word): day for day, words in DAYS.items() for word in words.split()}
_HOUR = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?\s?([ap])?")
_LONG = 5
"""Hours between more than so many hours apart are no part of the day."""
_AWAKE = 5
"""Nobody asks to be rung before so many o'clock."""
_ONE_DAY = 0.72
"""``On Monday`` may mean the next one only."""


def hours(hit: Hit) -> Iterator[tuple[float, bool]]:
    """The hours named, from 0 to 24, and for each whether it is said which half of the day it is in."""
    for word in hit.words("hour", "number"):
        if match := _HOUR.match(word):
            hour = int(match[1]) + int(match[2] or 0) / 60
            half = match[3] or ("a" if "am" in word else None)
            if half == "p" and hour < 12:
                hour += 12
            yield hour, half is not None or hour > 12


def part_of(hour: float) -> PartOfDay:
    if 5 <= hour < 12:
        return "morning"
    return "midday" if 12 <= hour < 14 else "afternoon" if 14 <= hour < 17 else "evening"


def parts(hit: Hit) -> Iterator[tuple[PartOfDay, float]]:
    """The part of the day meant, and how much of the confidence is left."""
    for word in hit.words("part"):
        yield _beside(PART_OF[word], hit), 1.0
    if (hit.words("hours") or hit.words("work")) and hit.words("after"):
        yield "evening", 0.95
    found = list(hours(hit))
    if not found or any(hour > 24 for hour, _ in found):
        return
    said = any(sure for _, sure in found)
    if any(sure and hour < _AWAKE for hour, sure in found):
        return
    clock = [hour + 12 if not said and hour < 8 else hour for hour, _ in found]
    if said and len(clock) == 2 and clock[0] + 12 < clock[1] and not found[0][1]:
        clock[0] += 12
    if len(clock) > 1 and clock[-1] - clock[0] > _LONG:
        return
    late = bool(hit.words("after") or hit.words("not", "never"))
    if len(clock) == 1:
        clock[0] += 1 if late else -1 if hit.words("before") else 0
    early = late and clock[0] < 13
    weight = 0.65 if early or (clock[0] > 21 and hit.words("before")) else 1.0 if said else 0.9
    yield part_of(sum(clock) / len(clock) % 24), weight


def _beside(part: PartOfDay, hit: Hit) -> PartOfDay:
    """Before noon is the morning, after noon the afternoon."""
    if part != "midday":
        return part
    return "morning" if hit.words("before") else "afternoon" if hit.words("after") else part


def _times(hit: Hit) -> Iterator[Meant]:
    if hit.past or (hit.asks and not hit.words("please", "ring", "contact")):
        return iter(())
    return (Meant(ContactTime(kind="contact_time", value=part), weight) for part, weight in parts(hit))


def _days(hit: Hit) -> Iterator[Meant]:
    if hit.past or (hit.asks and not hit.words("please")):
        return
    named = dict.fromkeys((DAY_OF[word], word in REGULAR) for word in hit.words("week"))
    if {day for day, _ in named} == {"saturday", "sunday"}:
        named = {("weekend", True): None}
    only = bool(hit.words("only"))
    for day, regular in named:
        yield Meant(ContactDays(kind="contact_days", value=day), 1.0 if regular or only else _ONE_DAY)


_H = "(hour|number)"
CLOCK = (
    f"((after|before)? x? part|(after|before) x? {_H}|(between|from) x? {_H} _? {_H}|{_H} (to|till|and)? hour|hour"
    f"|after (x|my){{0,2}} (hours|work) hours?)"
)
_GAP = "(me|back|x|only|please|you|or|and|contact|call|do|number|prefer|week|ever|again){0,5}"
_ENDED = (
    "(x? (calls|call|time|hours))? (?=closed|i|so|after|before|between|on week|by phone|by call|for (me|a? call|calls)|"
    "to (call|speak|contact|me)|instead|rather|only|call|week|not|hour|number)"
)
_BEST = (
    "(be|are|suit|work|ever|me|a){1,4} (best|easier|suit) (for|to)? me? "
    "((for|to) (x|my|call|speak|contact|me){1,3})? closed"
)
_NEAR = "(me|back|in|on|by|for|a|my|only|please|you|again|ever|or|and){0,4}"
_MINE = "(?<!not)(?<!to)(?<!have)(?<!didnt)(?<!folk)(?<!customer)(?<!they)(?<!agent)(?<!you)"
_CAN_TALK = "(be|x|only|time|if){1,5} i could (speak|take|answer|receive|call)"


def _time(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    return Phrase(_written(says), confidence, _times, by)


def _day(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    return Phrase(_written(says), confidence, _days, by)


def _written(says: str) -> str:
    for name, meant in (("CLOCK", CLOCK), ("WEEK", "week (x)? week?"), ("ENDED", _ENDED), ("BEST", _BEST)):
        says = says.replace(name, meant)
    return says.replace("MINE", _MINE).replace("CAN_TALK", _CAN_TALK)


RULE = Rule(
    "contact_time",
    anchors="part hour hours week number",
    phrases=(
        _time(
            f"(call|contact|inform|sms|message) (with|to)? me (?!(_){{0,3}} now part){_GAP} CLOCK(?! (now|_ "
            f"now|otp|week|be|of))",
            0.88,
            By.ASKED,
        ),
        _time(f"(please|only) (x)? (call|contact) (?!(_){{0,3}} now part){_GAP} CLOCK(?! (now|be))", 0.85, By.ASKED),
        _time(f"start (call|contact) {_NEAR} CLOCK (?=by? closed|i|or|on)", 0.85),
        _time(f"if you should? (call|contact) me? ,? (please|do|it){{0,2}} {_NEAR} CLOCK ENDED", 0.84),
        _time("i could only (speak|take|answer|receive|call) (x|calls|phone|by){0,2} CLOCK ENDED", 0.86),
        _time("please (only|x|me|you){0,3} part (x|me){0,2} (call|contact)", 0.86),
        _time("(could|please) (contact|erreichen) (you|me|x){0,3} part closed", 0.86),
        _time("best erreichen (you|me|x){1,3} part closed", 0.86),
        _time(f"me (?!(now|x now|_ now)){_GAP} CLOCK (x|by|to|in){{0,2}} (call|contact) (do|give)", 0.86),
        _time(f"start me call (?!(now|x now|_ now)){_GAP} CLOCK by? closed", 0.84),
        _time("MINE prefer (x|contact|call|called|contacted|time|be){0,5} CLOCK ENDED", 0.9),
        _time(
            "(best|easier|poor) x? time x{0,2} (to|for) (x|to|me|call|contact|calls|speak|with){1,4} "
            "(be|only|x|on|in|dot){0,3} CLOCK ENDED(?! now)",
            0.84,
        ),
        _time("(best|easier) time (x){0,2} (for|to) me (be|x|on|in|dot){0,3} CLOCK ENDED", 0.84),
        _time(
            "(?<!not)(i|my) x? only? (free|available|reachable) (x|only|for|to|call|speak){0,4} CLOCK ENDED(?! now)",
            0.88,
        ),
        _time("start (in|on)? part (only|prefer|please) closed", 0.8),
        _time("(start|please) (only|but only) after x? hour closed", 0.82),
        _time("(start|please) (only|but only) after x? number closed", 0.7),
        _time("start (not|never) before x? hour closed", 0.8),
        _time("start (only)? available only? (on|in|at|for|x){0,2} only? CLOCK", 0.82),
        _time("(start|and) (x|in)? part (and x? part)? BEST", 0.84),
        _time("start (x|in){0,2} part CAN_TALK", 0.84),
        _time("start after x? (hour|number) (in x? part)? CAN_TALK", 0.84),
        _time("(opening|call|contact) only (in|on|by|for|a|call){0,3} CLOCK (please|end)", 0.8),
        _day(f"(call|contact) (with|to)? me (?!(_){{0,3}} now part)(?!{_GAP} not){_GAP} WEEK", 0.88, By.ASKED),
        _day(f"(please|only) (x)? (call|contact) (?!{_GAP} not){_GAP} WEEK", 0.85, By.ASKED),
        _day(f"start (call|contact) {_NEAR} WEEK closed", 0.85),
        _day("i could only (speak|take|answer|receive|call) (x|calls|phone|by){0,2} WEEK ENDED", 0.86),
        _day("MINE prefer (x|contact|call|called|contacted|time|be){0,5} WEEK ENDED", 0.9),
        _day(
            "(?<!not)(i|my) (x)? (only)? (free|available|reachable) (x|only|for|to|call|speak|part){0,4} WEEK ENDED",
            0.86,
        ),
        _day("(opening|call|contact) only (in|on|by|for|a|call){0,3} week (please|end)", 0.84),
        _day("(start|please|call|contact) (in|on|by){0,2} week only closed", 0.86),
        _day("(start|i) (only)? available only? (on|in|at|for|x){0,2} only? WEEK", 0.82),
        _day("(start|and) (x|in)? week (and x? week)? BEST", 0.82),
        _day("start (x|in|on){0,2} week CAN_TALK", 0.84),
    ),
    words={
        "free": "free disponible disponibile erreichbar beschikbaar joignable",
        "time": "time timing zeit day days",
        "best": "besten",
        "are": "r",
        "suit": "suit suits fits",
        "erreichen": "erreichen erreicht joindre",
    },
)
