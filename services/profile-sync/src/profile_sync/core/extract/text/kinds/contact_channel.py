"""How the customer likes to be reached: preferred, the only one, or rather than another."""

from collections.abc import Iterator

from events.preference import ContactChannel
from profile_sync.core.extract.text.channels import CHANNEL_OF
from profile_sync.core.extract.text.closed import OF_A_CHANNEL
from profile_sync.core.extract.text.rule import By, Hit, Meant, Phrase, Rule

_CH = "[(call|calls|calling|email|sms|message|messaging|chat|video){1,2}]"
_BY = "(by|on|in|with)"
_APP = f"{_BY} x{{0,2}} [web]"
_TELL = "(contact out?|call|inform|respond|speak|write)"
_THAN = "(instead of?|rather than?|than|not|over)"
_MINE = "".join(
    f"(?<!{others})"
    for others in (
        *(
            "not",
            "not x",
            "didnt",
            "never",
            "to",
            "have",
            "aurais",
            "unknown",
            "you",
            "they",
            "phone",
            "agent",
            "agent x",
            "customer",
            "customer x",
        ),
        *("folk", "folk x", "folk could", "folk ever"),
    )
)
"""Neither denied nor past nor somebody else's: "most people prefer"."""
_PAST = frozenset({"was", "were", "been", "prefers"})


def _meant(hit: Hit) -> Iterator[Meant]:
    """The last channel named, and the word for one that may be several is doubtful: ``message``."""
    if not _PAST.isdisjoint(hit.reading.words[hit.match.start() : hit.match.end()]):
        return
    named = [name for name in CHANNEL_OF if hit.words(name)]
    sure = [name for name in named if CHANNEL_OF[name] != "phone" and name != "message"] or named
    for name in sure[:1]:
        yield Meant(ContactChannel(kind="contact_channel", value=CHANNEL_OF[name]), 0.75 if name == "message" else 1.0)


def _says(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    says += " CLOSED" if says.endswith("CH") else ""
    for name, pattern in (
        ("CLOSED", OF_A_CHANNEL),
        ("MINE", _MINE),
        ("THAN", _THAN),
        ("CH", _CH),
        ("BY", _BY),
        ("APP", _APP),
        ("TELL", _TELL),
    ):
        says = says.replace(name, pattern)
    return Phrase(says, confidence, _meant, by)


RULE = Rule(
    "contact_channel",
    anchors="ring phone calls calling emailed texted email sms message messaging chat web video",
    phrases=(
        _says(
            "MINE (i (x|could|always|ever)?)? MINE prefer "
            "(x|be|contacted|receive|contact|speak|spoken|inform|write|respond|called|que|me|you|it|have){0,6} CH",
            0.92,
        ),
        _says(
            "prefer (_){0,9} (receive|inform|contact|contacted|answer|speak|respond|information|use) (_){0,8} APP", 0.84
        ),
        _says(
            "(could|i) (x|ever|many)? rather "
            "(x|have|be|you|receive|contacted|inform|write|speak|send|me|use|respond|someone|agent){0,7} CH",
            0.9,
        ),
        _says("my? prefer (x|contact|way|lang|number){0,4} (be|by) (x)? CH", 0.94),
        _says("CH be (a|my)? prefer (way|x)?", 0.86),
        _says("CH (could|should)? be x? (best|easier) (for me|end|way)", 0.82),
        _says("(best|easier) way (x|to|contact|me){0,5} (be|by) x? CH", 0.86),
        _says(
            "please (you|could|only|me|daily|do|just|from|now|on|in|future|too){0,4} TELL (with|to|you)? "
            "(me|back|only|now|daily){0,3} "
            "BY (x|only){0,2} CH",
            0.9,
        ),
        _says("please send (me|all|x){0,3} (inform|information|everything) BY x? CH", 0.86),
        _says("please send (me|x){1,4} BY x? CH", 0.55),
        _says("(start|and|only) (contact|respond|inform) (to)? me? (x|only)? BY (x|only){0,2} CH", 0.86, By.ASKED),
        _says(
            "start (a|my)? CH (work|suit) (x|me|ever|many){0,3} (best|easier) (for me|end|me|please|than x? CH)", 0.88
        ),
        _says("start (a|my)? CH be fine (,|but|and){1,2} x{0,2} (call|calls|email|sms|chat) be? not", 0.86),
        _says("best (x|way|to|be){0,4} contact me BY x? CH", 0.84),
        _says(
            "(you (could|please)|could you) (daily|only|best|always)? (contact|message) me "
            "(only|best|easier)? BY x? CH",
            0.84,
        ),
        _says("please daily [(ring|phone)] me (?=(end|instead|not|and not))", 0.82),
        _says("i (could)? (like|prefer) CH (best|most)", 0.86),
        _says("(send|write|drop|give) me a? CH (instead|rather|(in|x)? future)", 0.86, By.ASKED),
        _says("rather you [(emailed|texted)] me", 0.9),
        _says("(please|start) [(sms|email|chat|messaging)] me? (,|and|but|please|x){0,2} not (call|contact)", 0.88),
        _says("(like|want) CH (easier|more|rather) than", 0.86),
        _says("CH service? be easier than x{0,2} (call|calls|calling|email|sms|message|messaging|chat)", 0.84),
        _says("(start|please) (give|send) me? (respond|inform|information) BY x? CH", 0.84),
        _says("please solve (x|my|problem){0,3} BY x? CH", 0.84),
        _says("i want to [chat] (end|with)", 0.6),
        _says("(want|like) to (speak|contact) (_){0,7} BY x? CH THAN", 0.9),
        _says("kept me (posted|informed) BY x? CH", 0.86, By.ASKED),
        _says(
            "(?<!not)(?<!didnt)(?<!never)(?<!they)(?<!folk)(?<!unknown)(?<!unknown "
            "only)(want|like|should) (x|to|you|be|me|have|receive){0,4} "
            "(contacted|contact|inform|informed|respond|answer) (me|x){0,2} BY (x|only)? CH",
            0.88,
        ),
        _says("CH me (x|now)? instead", 0.92, By.ASKED),
        _says("(please|only) [(email|sms|messaging|chat)] me(?! (x|the|my|your) _)", 0.8),
        _says("(start|just|and|but|x) [(email|sms|messaging)] me (only|instead|end|please)", 0.78, By.ASKED),
        _says("[message] me (x|only){0,2} end", 0.8, By.ASKED),
        _says(
            "(message|send me _{0,2}|write me|write|send) _? BY x? [(messaging|sms|email)] (only|please|instead)", 0.86
        ),
        _says("(please|could) (you)? (message|write) (me)? (BY) x? [(messaging|email)]", 0.88),
        _says("message me BY x? [messaging]", 0.86, By.ASKED),
        _says(
            "(start|contact me|please|respond|reach|calls? ,) (x|but)? (only|just) (by|on|with|over|in|a){0,2} CH "
            "(?=(end|please|and|,|not|no|from))",
            0.88,
        ),
        _says(
            "(opening|please) (by|on|x){0,2} CH only (end|please|from now|x? future|in future|for "
            "(me|all|everything)|i)",
            0.86,
        ),
        _says("please (by|on) x? [(email|messaging|sms|chat|phone)] (end|please|instead|and not|not)", 0.84),
        _says("(email|sms|chat|messaging) only please", 0.9),
        _says(
            "start no (calls|sms|email|more calls) (,|please|and? (only|just)|but|by){1,3} CH "
            "(please|end|only|instead)",
            0.86,
        ),
        _says("not call (me)? (,|and|please|but|just|only|x){1,3} CH (me|please|only|instead|end)", 0.9),
        _says(
            "(want|like|prefer|could) (x|to|receive|me){0,3} CH THAN (x|of|by|being){0,3} "
            "(call|calls|calling|called|email|sms|chat|message|messaging|web|service|bot)",
            0.92,
        ),
        _says(
            "(start|please|by|me|and) CH THAN (x|of|by|send){0,3} "
            "(call|calls|calling|called|email|sms|chat|message)(?! service)",
            0.86,
        ),
        _says(
            "instead of (x)? (call|calls|calling|email|sms|chat|message) (me|x)? ,? "
            "(please|just|you|could|x|send|use|me|a|by){0,4} CH",
            0.88,
        ),
        _says("not (by|on) x? (call|email|sms|chat) ,? (but|please|only) (by|on|x){0,2} CH", 0.84),
        _says("opening (by|on) x? CH please", 0.84),
        _says(
            "(want|like|prefer|could) (_){0,5} APP (instead|rather|only|than) (_){0,3} (call|calls|email|sms|chat)",
            0.85,
        ),
        _says("(contact|inform|message|respond) me (only)? (in|on|by) (x)? web", 0.82, By.ASKED),
        _says("why cannot (_){1,4} (sent|send|be) BY CH", 0.66),
        _says("should be done BY CH", 0.6),
        _says("[ring] (instead of|without) chat end", 0.55),
        _says("(want|prefer) (x|to){0,2} (speak|contact) (x|you|agent|customer|service|with){0,4} BY (x)? CH", 0.84),
        _says("(me|my) (x)? (messaging|email) (by)? (x)? (message|contact|call|send|inform) (do)", 0.9),
        _says(
            "(only)? (messaging|email|sms) (by|on) (only)? (message|contact|inform|send|speak|answer|call) (do|send)?",
            0.84,
            By.ASKED,
        ),
        _says(
            "(please|could) (x|you)? (send|write) (me)? (_){0,2} (a|x)? [(email|sms|messaging)] "
            "(end|instead|only|please)",
            0.68,
        ),
        _says(
            "i? (want|prefer) (x)? (by|in) [(email|messaging|chat|sms|call)] (contacted|inform|informed|contact)", 0.88
        ),
        _says("(please|only) (x)? (by|on|in) [(email|messaging|chat|sms)]", 0.86),
        _says("write (me|you|please|to me){1,4} (by|x){0,2} [(email|messaging|sms)] ?", 0.8, By.ASKED),
    ),
    words={
        "best": "best easiest ideal",
        "suit": "suits suit",
        "aurais": "aurais jaurais hubiera avrei teria",
        "fine": "fine ok okay",
        "most": "most",
        "nothing": "nothing",
        "sent": "sent",
        "way": "way method mode channel medium means form",
        "write": """write schreiben schreibt ecrivez escribir escriban escreva escrevam scrivere
            schrijf""",
        "write me": "escribanme scrivetemi",
        "information": "information infos updates news statements bills invoices",
        "everything": "everything",
    },
)
