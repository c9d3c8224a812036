"""Whether the customer wants to be called back. That nobody called, or called too often, is a complaint."""

from events.preference import CallBack
from profile_sync.core.extract.text.rule import By, Phrase, Rule

_YES = CallBack(kind="call_back", value=True)
_NO = CallBack(kind="call_back", value=False)
_ME = "(me|to me)"
_TO = "(to|you|could|do|now|just|back|again|someone|agent|have|on|my|number|i|that|also)"
_THEN = (
    "(end|back (?!if)|now|again (end|please|now|i|on|in|part)|on (?!hour again)|in|by|for|and|but|part|week|hour"
    "|number|please|sir (end|please|and|i)|to|after|before|between|with|this|my|i|instead|do|only|thanks|soon|as soon"
    "|so|they be)"
)
"""What may follow "call me": "call me Al" is a name, "call me customer" is no sentence, "call me if" a condition."""
_BACK = (
    "(?=(end|please|now|and|but|on|in|at|me|to (me|my|this)|number|i|with|for|part|week|hour|thanks|sir|this"
    "|my x? number|as soon|so))"
)
"""What may follow "call back": "call back the product" is a recall."""
_OTHERS = ("not", "didnt", "never", "no", "ne", "they", "folk", "agent", "customer", "unknown")
_WANTED = "".join(f"(?<!{other})" for other in _OTHERS)


def _yes(says: str, confidence: float, by: By = By.ASKED) -> Phrase:
    for name, pattern in (("ME", _ME), ("THEN", _THEN), ("BACK", _BACK), ("TO", _TO), ("WANTED", _WANTED)):
        says = says.replace(name, pattern)
    return Phrase(says, confidence, _YES, by)


def _no(says: str, confidence: float) -> Phrase:
    return Phrase(says, confidence, _NO, By.STATED)


RULE = Rule(
    "call_back",
    anchors="ring phone contact called back bell",
    phrases=(
        # please call me
        _yes("please TO{0,3} call back? ME (?=THEN) back?(?! (_)? (poor|title|daily|wali))", 0.93, By.STATED),
        _yes("request (you|x){1,2} call ME (?=THEN)", 0.93, By.STATED),
        _yes("please TO{0,2} call back BACK", 0.9, By.STATED),
        _yes("please TO{0,2} call (?=end|now|on (this|my|number)|number)", 0.82, By.STATED),
        _yes("call (end)? ME ,? please", 0.92),
        _yes("start call ME (?=THEN)(?! (x (be|liar)))", 0.9),
        _yes("(and|but) call ME back?(?= (back|now|end|on|again|number))", 0.8),
        _yes("(?<!to)(?<!will)(?<!you) call ME back? last", 0.75),
        _yes("please call (and|to) (solve|explain)", 0.84, By.STATED),
        _yes("start call now last", 0.8),
        _yes("WANTED want a? ring back? from (?!delivery|me)", 0.82, By.STATED),
        _yes("please contact (?=end|now)", 0.6, By.STATED),
        _yes("(do call do|call do last)", 0.72),
        _yes("(and|but|just) call ME back(?! if)", 0.86),
        _yes("call back (me|please)", 0.9),
        _yes("first call (me)? back last", 0.75),
        _yes("call back ,? (please|needed|want)", 0.85),
        _yes("start call back now", 0.85),
        # somebody should
        _yes(
            "(could|please) (you|someone|agent|your|my|from|x){1,5} (please|back)? call ME (?=THEN)(?! (_)? "
            "(title|daily))",
            0.9,
            By.STATED,
        ),
        _yes("you (should|please) call ME (?=THEN)", 0.82, By.STATED),
        _yes("WANTED(want|could like) (you|someone|agent|your|x|customer){1,4} call ME (?=THEN)", 0.9, By.STATED),
        _yes("(?<!to)(have|please have|want) (x|your|you)? (someone|agent|customer){1,3} (x)? call ME", 0.88),
        _yes("(agent|someone|customer|service) (x)? should call ME", 0.68, By.STATED),
        _yes("could (you|i) please? have x? (someone|agent) call ME", 0.92, By.STATED),
        _yes("start could call me (?=(end|please|back|now))", 0.84),
        # a call
        _yes("could be x? poor to have a? phone? (ring back|ring end)(?! x? detail)", 0.8, By.STATED),
        _yes(
            "WANTED(want|could like) (a|to have|to receive|now|your){0,3} call back"
            "(?! (x)? (recording|detail|folk))(?! and have)",
            0.86,
            By.STATED,
        ),
        _yes(
            "i (want|could like|ever want|also want|now want) (a|to have|to receive|your|now|quick|promo){0,4} "
            "phone? "
            "ring(?= (end|back|please|from|now|on|in|at|and|but|with "
            "(you|your|a|agent|someone|my)|for|as|i|part|week|hour|this|to (me|my|number|solve|explain)))"
            "(?! (x|_)? (recording|detail|service|customer|folk|agent|number|me))",
            0.8,
            By.STATED,
        ),
        _yes("start (want|needed) a? now? phone? ring(?= (end|back|please|now|by))(?! x? recording)", 0.72),
        _yes("ring back? be? (needed|want) (end|please|now|by)?(?! x? folk)", 0.7),
        _yes("waiting for (your|my) phone? ring back?", 0.72, By.STATED),
        _yes("waiting for a? ring back(?! from)", 0.7, By.STATED),
        _yes(
            "(give|please give) me a? (quick|now)? call back?(?! (x|_)? "
            "(recording|detail|service|customer|agent|number))",
            0.9,
        ),
        _yes(
            "please (have|give) (x|now|me){0,3} call back?(?! (x|_)? (recording|detail|service|customer|agent|number))",
            0.85,
            By.STATED,
        ),
        _yes("please have (x|me){0,2} call(?= (end|with|for|back|now))", 0.8, By.STATED),
        _yes("return my call", 0.88),
        _yes("(please|start) (x)? give me a bell", 0.86),
        # contact me
        _yes(
            "please (x|you|could|have|should|agent|someone){0,3} contact (back)? (with|to)? me (back)? (x){0,2} "
            "(call|phone_only|number)",
            0.85,
            By.STATED,
        ),
        _yes(
            "please (x|you|could|have|should|agent|someone|touch){0,4} contact (back)? (with|to|out to)? me(?! "
            "_{0,3} (email|message|sms|messaging|chat|if))",
            0.66,
            By.STATED,
        ),
        _yes(
            "(start|and|but) contact (with|to)? me(?! _{0,3} (email|message|sms|messaging|chat|option|service|folk))",
            0.6,
        ),
        _yes("(start|please) (x){0,2} (have|come) back (to|with) me", 0.6),
        _yes("WANTED(want|could like) to? be? called(?= (back|end|on|when|now|by (you|agent|phone)))", 0.86, By.STATED),
        # Hindi and Bengali, also in Latin letters
        _yes(
            "(?<!number)(?<!again) me (x|now|back|again|please|part|number|my|on){0,4} call (x|back|now)? (do|give)",
            0.9,
        ),
        _yes(
            "(start|please) (now|back|my|number|on|once){0,3} call back? do(?! (not|stop|band|x (but|not)|want|if))",
            0.8,
        ),
        _yes("me (x|now|back|please|number|my|on){0,4} call (want|needed)", 0.88),
        _yes("call back do", 0.85),
        # the bigger languages of Europe
        _yes(
            "please TO{0,3} call you? me (a|on|back|now|please|again|number|in|part|hour|x number){0,3} "
            "(?=(end|and|but|for|to|i))(?<!hour again)",
            0.92,
            By.STATED,
        ),
        _yes("call you (please|x)? me (please)?(?! (not|never))", 0.88),
        _yes("could x? you me (please|x){0,3} call", 0.9, By.STATED),
        _yes("(please|start) (que|to)? me call(?= (end|please|back|again|now|by|on|to|number|for|but))", 0.85),
        _yes(
            "WANTED(want (que|you){1,3}|please (que|to|you|of|unknown){0,2}) me (que|now|back|in|on|x? "
            "number|part|hour|again){0,3} call (?=(end|and|but|for|to|i|back|please|now|again|on|part|hour|in))",
            0.88,
            By.STATED,
        ),
        _yes("please on a? ring (?=end|please)", 0.88, By.STATED),
        _yes("(want|like) x? ring (needed|want)", 0.85, By.STATED),
        # no need to
        _no("(no|not) x? (want|need_not) (x|please|again|your){0,3} call (x|you)? (me|me back|back)", 0.9),
        _no("(no|not) x? (want|need_not) (x|you){0,2} contact me", 0.66),
        _no(
            "(no|not) x? (want|need_not) (x|you|again){0,2} call(?= (please|end|again end))(?! _{0,4} "
            "(customer|service|again _))",
            0.62,
        ),
        _no(
            "(not|no) x{0,2} (want|need_not) (x|have|a|receive|your){0,4} call back(?! (x)? (option|request))",
            0.86,
        ),
        _no("you (not|no) (want|have) to? call (me)? back?", 0.86),
        _no("call back? (x|to me)? (be)? (not|no) (want|needed|need_not)", 0.86),
        _no("no call back (needed|need_not|want|please)", 0.9),
        _no("not (unknown|contact) calling me? back", 0.86),
        _no("you brauchen me not call", 0.88),
        _no("no (call) (needed|need_not)", 0.75),
        _no("not call (me) back", 0.85),
        _no("me? call do? x{0,2} (need_not|want) x? (not|didnt|no)", 0.85),
        _no("(not|pas|no) (x)? need_not (x|me|to){0,3} (me)? call", 0.85),
        _no("not (me|you|x){0,3} call (back|you|me){0,3} need_not", 0.8),
    ),
    words={
        "recording": "recording recordings record log logs history drops forwarding charges duration quality barrier",
        "detail": "details detail button feature",
        "wali": "wali wala wale",
        "waiting": "waiting awaiting expecting",
        "quick": "quick",
        "return": "return",
        "touch": "touch",
        "not want": "neednt",
        "brauchen": "brauchen braucht mussen musst",
        "bell": "bell buzz tinkle",
        "que": "que dass dat che ca",
    },
)
