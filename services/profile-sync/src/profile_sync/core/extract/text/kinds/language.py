"""Which language to speak: asked for, or the only one they speak. That an agent speaks one badly is a complaint."""

from collections.abc import Iterator

from events.preference import ContactLanguage
from profile_sync.core.extract.text.languages import ALSO_SOMETHING_ELSE, LANGUAGES
from profile_sync.core.extract.text.reading import STOP
from profile_sync.core.extract.text.rule import By, Hit, Meant, Phrase, Rule
from profile_sync.core.extract.text.spelling import plain

_TAGS = {plain(name): tag for tag, names in LANGUAGES.items() for name in names.split()}
_DOUBTFUL = frozenset(ALSO_SOMETHING_ELSE.split())
_FOR_OTHERS = 0.66
_GRADED = 0.5
_NEAR, _FAR = 3, 8
"""So many words around, in which one says how well it is spoken, and for whom."""

_SERVES = "(lang|spoken|agent|service|customer|translation|spoken folk|call|calls|chat|email|sms|message)"
_IN = "(in|me|with|by|to)"
_ASKS = "(please|(?<!not)(?<!didnt)(?<!never)want|could (i|you|someone|me)|prefer)"
_TONGUE = "[tongue (,{0,1} and? tongue){0,6}]"
_ALONE = "(?!(lang? (unknown|product|parcel|part)|to (?!me)|with your))"
"""Not "German cars", "Japanese yen", "English to each other"."""
_OFF = "cannot|didnt|know|but|poor|not|never|said|of|product|a have"
_OURS = "".join(
    f"(?<!{others})"
    for others in ("not", "not x", "didnt", "never", "to", "have", "unknown", "you", "they", "folk", "folk x", "agent")
)
_NO_SPEAKER = frozenset({"manager", "managers"})
""""An English manager" is of England, "an English agent" speaks it."""


def _meant(hit: Hit) -> Iterator[Meant]:
    if hit.to < len(hit.reading.words) and hit.reading.words[hit.to] in _NO_SPEAKER:
        return
    for word in hit.words("tongue"):
        if word not in _DOUBTFUL or not _names(hit).isdisjoint(hit.reading.signs[max(0, hit.at - 1) : hit.to + 1]):
            yield Meant(ContactLanguage(kind="language", value=_TAGS[word]), _weight(hit))


def _names(hit: Hit) -> set[str]:
    """Signs beside which the word can only be the language."""
    return {hit.signs[name] for name in ("lang", "in", "speak", "know", "only", "spoken", "speaks")}


def _weight(hit: Hit) -> float:
    """Less where it is asked for others, where it is and where it is about how well it is spoken."""
    signs, around = hit.signs, hit.reading.signs
    sentence = (
        around[around.rfind(STOP, 0, hit.at) + 1 : hit.at],
        around[hit.at : hit.to],
        around[hit.to :].partition(STOP)[0],
    )
    far = sentence[0][-_FAR:] + sentence[1] + sentence[2][:_FAR]
    near = around[max(hit.match.start(), hit.at - _NEAR) : hit.at] + sentence[2][:2]
    if signs["poor"] in near:
        return _GRADED
    return (
        _FOR_OTHERS
        if signs["folk"] in far.replace(signs["spoken"] + signs["folk"], "") and signs["mothertongue"] not in far
        else 1.0
    )


def _says(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    says += " ALONE" if says.endswith("TONGUE") and not says.endswith("in TONGUE") else ""
    return Phrase(
        says.replace("OFF", _OFF)
        .replace("ALONE", _ALONE)
        .replace("OURS", _OURS)
        .replace("TONGUE", _TONGUE)
        .replace("SERVES", _SERVES)
        .replace("ASKS", _ASKS),
        confidence,
        _meant,
        by,
    )


RULE = Rule(
    "language",
    anchors="tongue",
    phrases=(
        _says(
            f"(?!please speak (to|with) (your|my))ASKS ((?!cannot|but|not|never|didnt|said)_){{0,5}} "
            f"speak x{{0,3}} {_IN}? a? TONGUE",
            0.92,
        ),
        _says("ASKS x{0,3} TONGUE (lang)? (speak|do)", 0.9),
        _says(
            f"(start|and|but|please) speak (to|with)? (me|us)? x? {_IN}? TONGUE lang? (please|only|end)", 0.86, By.ASKED
        ),
        _says(
            "(?!please speak (to|with) (your|my)|please lang? of)ASKS ((?!OFF|unknown)_){0,6} in TONGUE",
            0.88,
        ),
        _says(
            "(?!please speak (to|with) (your|my))(ASKS|could like) ((?!OFF)_){0,4} "
            "(speak|contact|service|agent|call|me|inform|informed|customer|answered) ((?!OFF|unknown)_){0,3} in TONGUE",
            0.88,
        ),
        _says("please (only|use|in)? TONGUE", 0.88),
        _says(f"(?<!a unknown){_IN} TONGUE lang? (only|by? please)(?! (end)? x? (available|speaks))", 0.85, By.ASKED),
        _says("(start|call|contact|service) only (in|by)? TONGUE lang? end", 0.85),
        _says("start (in)? TONGUE lang? only end", 0.85),
        _says("(?<!know)(?<!speak) TONGUE lang? ,? please end", 0.88),
        _says(
            "(give|(?<!not)(?<!didnt)(?<!never)want|please|have) "
            "(x|service|agent|customer|give|have|should|lang|option|poor|more|separate|only){0,6} TONGUE x{0,4} "
            "SERVES",
            0.9,
        ),
        _says(
            "(give|(?<!not)(?<!didnt)(?<!never)want|please) "
            "(x|service|agent|customer|give|have|should|lang|option|separate){0,4} TONGUE "
            "(too|please|end)",
            0.84,
        ),
        _says("TONGUE SERVES{1,3} x{0,2} (should|please|want|needed) (give|be|have|x){0,3}", 0.86),
        _says("(?<!know)(?<!speak) TONGUE SERVES{0,3} x? (please|needed|want) (give|do|end)", 0.86),
        _says("lang (x|like){0,2} TONGUE (please|end|too)", 0.66),
        _says("why x{0,2} (no|not|didnt|only)? (have|give|x){0,2} TONGUE SERVES", 0.84),
        _says("TONGUE (lang|spoken|agent|service|customer){1,3} x{0,2} (no|not|didnt)? (x|give)? why", 0.82),
        _says(
            "(no|cannot|without) (x|find|see|have|give|speak){0,3} TONGUE (lang|agent|service|customer|spoken "
            "(agent|service|customer|end))",
            0.82,
        ),
        _says(
            "(not|didnt) (x|find|have|give|see){1,3} TONGUE (lang|agent|service|customer|spoken "
            "(agent|service|folk|end))(?!_{0,3} know)",
            0.8,
        ),
        _says(
            "TONGUE (lang|spoken|agent|service|customer){1,5} x{0,2} (not|no|didnt|cannot) "
            "(x|give|have|end){0,2}(?!_? (know|speak|poor|work))",
            0.8,
        ),
        _says("TONGUE (lang|spoken|agent|service|customer){1,4} _? (not|no|didnt) work", 0.55),
        _says(
            "OURS (i (x|_)?)? OURS prefer "
            "(x|speak|spoken|agent|lang|service|contact|email|call|calls|receive){0,5} TONGUE",
            0.95,
        ),
        _says("my? prefer (x|lang|contact){0,4} TONGUE", 0.92),
        _says("TONGUE (lang)? be? (my|x)? prefer", 0.82),
        _says("i (x|more|ever|many){0,2} comfortable (x|speak|spoken|only|more){0,3} TONGUE", 0.9),
        _says("my folk? (lang|mothertongue){1,2} be (only)? TONGUE", 0.9),
        _says("i (could|x)? only (speak|know|could|x){1,3} TONGUE", 0.9),
        _says("i could be (x|easier|comfortable|unknown){1,2} spoken (to|with|me|in){0,2} TONGUE", 0.86),
        _says(
            "ASKS (to|x|have|contact){0,3} speak (to|with) (a|customer|service|agent|unknown){1,4} "
            "(in|as)? TONGUE (end|please)",
            0.86,
        ),
        _says("ASKS ((?!cannot|didnt|know|but|poor|not|never|said)_){1,7} as TONGUE (end|please|lang)", 0.84),
        _says("should? (agent|someone) they? (speak|speaks|know) TONGUE should? be available", 0.7),
        _says(
            "(have|kept|should) x{0,3} (agent|someone) they (speak|speaks|know) x? TONGUE (x|be){0,2} available", 0.84
        ),
        _says("i could? (speak|know) (only)? x? TONGUE only", 0.9),
        _says("i (speak|know) only (x)? TONGUE", 0.9),
        _says("i (know|speak) TONGUE(?! (poor|x poor|but|too|and))", 0.66),
        _says("i be x{0,2} TONGUE(?= (_){0,14} my x? lang)", 0.7),
        _says("(use|give x? use) (x|lang|my|service|to){0,4} TONGUE", 0.88, By.ASKED),
        _says("(agent|someone) (they|x)? (speak|speaks|know) x{0,2} TONGUE", 0.7),
        _says(
            "(give|want|please|have|need) (x|_){0,4} (agent|someone) (they|x|could|should){0,2} "
            "(speak|speaks|know) x{0,2} TONGUE",
            0.9,
        ),
        _says("should (speak|know) x? TONGUE", 0.72),
        _says("should speak (to|with)? (me|customer)? in TONGUE", 0.82),
        _says("lang (should|needed)? be TONGUE end", 0.82),
        _says("first TONGUE lang problem last", 0.6),
        _says("first in TONGUE lang? last", 0.7),
        _says("TONGUE lang x{0,2} give (end|please)", 0.86),
        _says("TONGUE (lang)? {SPOKEN}".replace("{SPOKEN}", "spoken (agent|service|customer|folk)"), 0.72),
        _says("selected x{0,2} TONGUE (lang)? (prefer|lang|but)?", 0.62),
        _says("improve x? TONGUE (lang|agent|service|customer)", 0.6),
        _says("first x? TONGUE lang (x|service|agent|customer|call){0,5} last", 0.8),
        _says("first x? TONGUE (service|agent|customer|call|spoken){1,4} last", 0.72),
        _says("first TONGUE last", 0.5),
        _says("start (agent|service|customer|speak|call){1,4} in TONGUE lang? (last|please)", 0.82),
        _says(f"TONGUE {_IN} (speak|contact|call|service|send|message) (?!does)(do|want|to)", 0.9, By.ASKED),
        _says(f"TONGUE lang? {_IN} speak ((?!didnt|does|speaks)_){{0,3}} (want|needed|do|give)", 0.88),
        _says(f"TONGUE {_IN}? x? (speak)? bolo", 0.9, By.ASKED),
        _says("(start|please) bolo (with|me|x){0,4} TONGUE", 0.9),
        _says(f"(me|i) TONGUE {_IN} (_){{0,3}} (want|do|speak)", 0.9),
        _says("TONGUE (lang)? want", 0.8),
        _says("(start|please) TONGUE lang? (speak|service) (speak|do|please|end)", 0.9),
        _says("(change|switch) x{0,3} lang x{0,3} TONGUE", 0.9),
    ),
    words={
        "tongue": " ".join(_TAGS),
        "lang": """language languages langauge langague lenguage languge lauguage langage langues lang
            languag sprache sprachen langue idioma lingua lingue taal bhasha bhasa basha भाषा ভাষা
            ভাষায় भाषामें язык""",
        "comfortable": "comfortable comfortble",
        "mothertongue": "tongue muttersprache",
        "separate": "separate dedicated",
        "answered": "answered served attended atiendan atender atendido",
        "translation": "translation translated",
    },
)
