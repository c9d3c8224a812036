"""Which channels the customer does not want to be reached on, and which they want back."""

from collections.abc import Iterator

from events.preference import DoNotContact
from events.vocabulary import Channel
from profile_sync.core.extract.text.channels import CHANNEL_OF
from profile_sync.core.extract.text.closed import FOR_GOOD, OF_ALL
from profile_sync.core.extract.text.rule import By, Hit, Phrase, Rule

_CH = "(call|calls|calling|email|sms|message|messaging|chat|social)"
_WRITTEN = "(email|sms|message|messaging|chat)"
_REACH = "(calling|contacting|email|sms|message|messaging)"
_UNWANTED = "(a|your|this|all|of|promo|more|these|receive|such|me|daily|every|calls|new){0,4}"
_WHEN = "(if|before|after|part|week|between|x part|x week|back|sir|hour)"


def channels(hit: Hit) -> list[Channel]:
    """The channels named, each once. ``phone call`` is one channel; ``call`` gives way to what else is named."""
    named = [CHANNEL_OF[name] for name in CHANNEL_OF for _ in hit.words(name)]
    return list(dict.fromkeys(named))


def _stop(hit: Hit) -> Iterator[DoNotContact]:
    return (DoNotContact(kind="do_not_contact", value=channel) for channel in channels(hit))


def _resume(hit: Hit) -> Iterator[DoNotContact]:
    return (DoNotContact(kind="do_not_contact", value=channel, stop=False) for channel in channels(hit))


def _no(says: str, confidence: float, by: By = By.ASKED) -> Phrase:
    says = says.replace("CH", _CH).replace("WRITTEN", _WRITTEN).replace("DISTURB", _REACH)
    says = says.replace("FOR_GOOD", FOR_GOOD).replace("ALL", OF_ALL)
    return Phrase(says.replace("UNWANTED", _UNWANTED).replace("WHEN", _WHEN), confidence, _stop, by)


def _yes(says: str, confidence: float) -> Phrase:
    return Phrase(says.replace("CH", _CH), confidence, _resume, By.STATED)


def _always(channel: Channel, says: str, confidence: float, by: By = By.ASKED, *, stop: bool = True) -> Phrase:
    return Phrase(says, confidence, DoNotContact(kind="do_not_contact", value=channel, stop=stop), by)


_LIST = "(sms|email|calls|call|message|messaging)"
_MORE = f"(and x? {_LIST}|, {_LIST}(?! (please|only|instead|me))){{0,3}}"

RULE = Rule(
    "do_not_contact",
    anchors="no_calls newsletter called ring phone calls calling contact contacting contacted email sms "
    "message messaging chat unsubscribe "
    "list social dnd opt resubscribe resume",
    phrases=(
        _no("stop DISTURB (x)? (me FOR_GOOD|my x? (number|phone|home) ALL)", 0.92),
        _no("stop DISTURB (x)? (on|at) (my|_)", 0.6),
        _no("stop x? contacting me (by|on|with|x){0,2} CH", 0.92),
        _no("(start|please) (x)? stop (x)? calling (?=(end|please|now|and|again))", 0.85),
        _no(f"stop UNWANTED (calls|email|sms|message|calling){_MORE} (me)? ALL", 0.86),
        _no(
            "(please|start) stop (x)? (sending|send) (me|x|your|promo|more|these|such|daily|every){0,4} "
            "(email|sms|message|calls) ALL",
            0.92,
            By.STATED,
        ),
        _no("stop (sending|send) (me|to me) (x|your|promo|more|these|such){0,3} (email|sms|message)", 0.92),
        _no("(not|never) (please|ever|x)? call (to|do)? me(?! (WHEN|, if)) FOR_GOOD", 0.9),
        _no("never call (me)? again", 0.92),
        _no("not call again(?! (x)? (again|customer))", 0.8),
        _no("(not|never) (x|ever)? (email|sms|message|messaging|chat) me(?! WHEN) FOR_GOOD", 0.9),
        _no(
            "please (x|you){0,2} (not|never) (ever|you|again)? call ((me|again|more)(?! (WHEN|_ WHEN)) FOR_GOOD|end)",
            0.9,
            By.STATED,
        ),
        _no("(not|never) contact me (x|again){0,2} (by|on|with|over|x) (x)? CH", 0.92),
        _always("phone", "(not|never) contact me(?! _{0,3} (email|sms|message|messaging|chat|if|before|after))", 0.66),
        _always("phone", "stop contacting me(?! _{0,3} (email|sms|message|messaging|chat))", 0.7),
        _no(
            "(not|never) (x|ever)? send (me|to me|x) UNWANTED (email|sms|message|messaging)(?! (otp|now|if|for this))",
            0.9,
        ),
        _no("not send UNWANTED (email|sms|message)(?! (otp|now|if))", 0.72),
        _no(
            "(please|start|want|and|but) no more (x|promo|call|your|of){0,3} (calls|calling|email|sms|message)"
            + _MORE
            + " promo? ALL",
            0.92,
            By.STATED,
        ),
        _no("(please|start|want|and|but) no more call (end|please|from|to)", 0.85),
        _no(
            "(start|please) no (x|promo|call){0,3} (calls|email|sms|message|messaging|calling)" + _MORE + " ,? please",
            0.9,
            By.STATED,
        ),
        _no("please (x)? no (promo|x|call){0,3} (calls|email|sms|message|messaging|calling)", 0.9, By.STATED),
        _no("start no (promo|call){1,2} (calls|email|sms|message)(?! (receive|back|x receive))", 0.82),
        _no("start no (calls|sms) (?=(, (only|just|email|sms|message|messaging)|only|just|email|sms))", 0.88),
        _no("first no (calls|sms) last", 0.62),
        _no(
            "i (x|ever)? (not|never) (want|like|wish) "
            "(x|to|receive|have|any|more|your|these|such|promo|send|daily|phone){0,5} "
            f"(email|sms)? (calls|email|sms|message|calling){_MORE} ALL",
            0.88,
            By.STATED,
        ),
        _no(
            "not (want|like|wish) (x|to|receive|have|more|your|these|such|promo|send){1,5} "
            "(calls|email|sms|message) ALL",
            0.8,
            By.STATED,
        ),
        _no("i (x)? not (want|like) (x|to){0,2} (chat|sms|email)(?! _{0,3} (bot|back))", 0.68, By.STATED),
        _always(
            "phone",
            "(start|i|and|but|please) (x|ever|do)? (not|didnt|never) (want|like|wish) "
            "(x|you|to|receive|more|call){0,4} "
            "(called|contacted)"
            "(?=(x? (end|again|more)|please|and|,|on|again|by (you|your|a? call|phone)))(?! by x? (email|sms|chat))",
            0.88,
            By.STATED,
        ),
        _no("(not|didnt) want you to (call|email|sms|message) me", 0.9, By.STATED),
        _always(
            "email",
            "(please|start) (x)? unsubscribe (me)? (end|from (x|your|all|this){0,3} (email|list|newsletter))",
            0.86,
            By.STATED,
        ),
        _no("unsubscribe (me)? (x|your|promo|from){1,4} (calls|sms|message|messaging|email)", 0.88),
        _always("email", "unsubscribe me(?! from (_){0,3} (calls|sms|message|messaging))", 0.85),
        _always(
            "email",
            "i (x)? (want|like) to unsubscribe(?! from (?!x{0,2} (email|list|newsletter|promo)))",
            0.82,
            By.STATED,
        ),
        _no("(want|like|please) (x)? opt out (x|promo|your){0,4} (calls|sms|message|email|calling)", 0.88, By.STATED),
        _no("opt me out (x|promo|your){0,4} (calls|sms|message|email|calling)", 0.88),
        _no(
            "(remove|take) (me|my|number|email|x|name){1,3} (x|off|your|from){1,4} "
            "[(call|calls|calling|email|sms|message)] (list)",
            0.9,
        ),
        _always("phone", "remove my? call? number (from|off) (x|your){0,2} (list)", 0.88),
        _always("phone", "(give|activate) (me|my|number|this|x){1,3} (to|on|x|do){0,4} (dnd|not call) list?", 0.86),
        _always("phone", "(use|give|activate|please) (x)? dnd", 0.8),
        _no("first not call last", 0.82),
        _no("(start|please) no (call) please", 0.82),
        # complaints that come close
        _no(
            "(they|you|agent|your|folk) (x|kept)? (call|calls|calling) me (x|and|again){0,3} (daily|every|again "
            "and again|many)",
            0.5,
            By.STATED,
        ),
        _no("kept of? receive? your (x|promo){0,2} (calls|email|sms|message)", 0.5, By.STATED),
        _no("(too many|promo) promo? (calls|sms|message)", 0.5, By.STATED),
        _no(
            "i (x)? receive (x|too|many|so|promo|your){1,4} (promo|many|daily) (calls|sms|email|message)",
            0.5,
            By.STATED,
        ),
        # other languages
        _no("call you? me (please|by)? not (more|again|a|please){0,3} FOR_GOOD", 0.9),
        _no("(no|not) me call (more|again|a){0,2} (?=(end|please|and|but))", 0.88),
        _no("ne pas me? call me? (end|please)", 0.9),
        _no("ne me? (me)? call (me)? pas (?=(end|please|and|but|a? (more|again)|on|by (phone|call)))", 0.9),
        _no("not call me? more FOR_GOOD", 0.88),
        _no("call you? me (not|never) (more|again|a){0,3} FOR_GOOD", 0.9),
        _no("no (me)? call (me)? more", 0.88),
        _always(
            "phone", "(i|and|start) (want|will) i? not more? (x? call)? called x? (end|please|and|,)", 0.9, By.STATED
        ),
        _always("phone", "(ne|no) want pas? be called (more|pas)? (end|please|and|,)", 0.9, By.STATED),
        _no(
            "(no|not|ne) want (pas|more){0,2} que (me|you){1,2} [call] (more|pas|again)? (end|please|and|,)",
            0.9,
            By.STATED,
        ),
        _no("please do? me (not|never) call (end|more|again)", 0.9, By.STATED),
        _no(
            f"i no unknown (want|like) (to|receive|x|your|promo|these){{0,4}} (calls|email|sms|message){_MORE} ALL",
            0.86,
            By.STATED,
        ),
        _always("phone", "no_calls", 0.9),
        _always(
            "email",
            "(start|please) (stop|cancel) (x|your|sending|send|me){0,3} newsletter (please|end|to me|by email)",
            0.84,
        ),
        _no(
            "i x? (receive|have) _{0,3} many (x|of|your|promo){0,3} (email|calls|sms|message) "
            "(,|and|so|please){1,3} stop",
            0.86,
            By.STATED,
        ),
        _no("stop (x|bloss|with){0,3} me? call me{0,2} (?=(end|please|and|,|again|more|by|on))", 0.86),
        _no("(please)? (not) (more)? (calls) (more)", 0.9),
        _no("(please|start) not (x)? (calls|email|sms)(?= (more|end))", 0.85),
        _no("(pas|more|stop|no more) (of|x){0,2} (calls|call)(?= (end|please))", 0.8),
        _no("(pas|no|stop) (of) (call|email|sms) (please|end)", 0.85),
        _no("ne (me|x){0,2} send (me)? pas (_){0,3} (email|sms|message)", 0.9),
        _no(
            "(not|no) (me)? send (me)? (more)? (x|more|promo){0,3} (email|sms|message)(?! (otp|now|if|for this))", 0.88
        ),
        _no("(call|email|sms|message|messaging) (x|send|me)? not (do|send|more)", 0.9),
        _no("(call|email|sms|message) (do|send)? (x)? stop (do|x do)", 0.9),
        _no("(call) not (give)", 0.85),
        _no("(not|no) (x|more){0,2} promo (by|on) CH", 0.88),
        _no("(call|email|sms|message) do not end", 0.9),
        _no("i (x)? hate (x|your|promo|phone){0,3} (calls|sms)", 0.62, By.STATED),
        _no("(call|email|sms|message) send? do band do", 0.9),
        # taken back
        _yes("you (could|please) (x)? (call|email|sms|message|messaging) me again", 0.86),
        _yes(
            "(could|please) (x|you)? (give|resume) (calling|sms|email|message|sending me) "
            "(me|x|email|sms|message){0,2} again",
            0.85,
        ),
        _yes("(please|want|like) (x|to)? (receive|have) (x|your)? (calls|email|sms|message) again", 0.84),
        _yes("(please)? resume (x|your|promo){0,3} (calls|email|sms|message)", 0.8),
        _always("email", "(please|want|like) (x|to)? resubscribe", 0.8, By.STATED, stop=False),
        _always("phone", "(remove|take) (me|my|number|x){1,3} (x|from|off){1,2} dnd", 0.85, stop=False),
    ),
    words={
        "unsubscribe": "unsubscribe unsubcribe abmelden desabonner desinscrire",
        "newsletter": "newsletter newsletters",
        "home": "house",
        "cancel": "cancel",
        "no_calls": """aramayin aramayiniz aramayın aramayınız 電話しないで 電話をしないで 不要打电话 不要再打电话
            不要给我打电话 不要再给我打电话 别打电话 别再打电话 别给我打电话 别再给我打电话
            不要打電話 不要再打電話 别打电话给我 別打電話 別打电话 別再打電話""",
        "opt": "opt",
        "remove": "remove delete",
        "dnd": "dnd",
        "activate": "activate register",
        "kept": "keep kept keeps tired fed sick",
        "bloss": "bloss dem",
        "otp": "otp otps code codes",
        "liar": "liar",
        "resume": "resume begin",
        "resubscribe": "resubscribe",
    },
)
