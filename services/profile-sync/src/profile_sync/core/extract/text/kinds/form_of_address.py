"""How the customer likes to be addressed: a title, a name, formally or not."""

from collections.abc import Iterator

from events.preference import Address, FormOfAddress
from profile_sync.core.extract.text.rule import By, Hit, Phrase, Rule

_TITLES: dict[Address, str] = {
    "dr": "dr doctor", "mr": "mr mister", "mrs": "mrs", "ms": "ms miss", "mx": "mx", "prof": "prof professor",
}  # fmt: skip
_TITLE_OF = {word: title for title, words in _TITLES.items() for word in words.split()}
_ADDRESS = "(address (x)? me|refer to me|call me)"


def _titled(hit: Hit) -> Iterator[FormOfAddress]:
    return (FormOfAddress(kind="form_of_address", value=_TITLE_OF[word]) for word in hit.words("title")[:1])


def _title(says: str, confidence: float, by: By = By.ASKED) -> Phrase:
    return Phrase(says, confidence, _titled, by)


def _as(value: Address, confidence: float, *ways: str, by: By = By.ASKED) -> Iterator[Phrase]:
    return (Phrase(says, confidence, FormOfAddress(kind="form_of_address", value=value), by) for says in ways)


RULE = Rule(
    "form_of_address",
    anchors="title firstname lastname given family surname formal informal siezen duzen vouvoyez tutoyez diamoci",
    phrases=(
        _title("call me [title]", 0.9),
        _title("(address|addressing) (x)? me (x|as){0,2} [title]", 0.93),
        _title("refer to me (x|as){0,2} [title]", 0.9),
        _title("like to be (called|addressed) (x|as)? [title]", 0.88, By.STATED),
        _title("please use (x|my|name){0,3} [title] (?=unknown closed|dot unknown|closed)", 0.84, By.STATED),
        _title("prefer (x|to|be){0,2} (addressed|called) (x|as|by){0,2} [title]", 0.9, By.STATED),
        _title("(?<!folk) prefer a? [title] closed", 0.9, By.STATED),
        _title("(i be|be|they be|i go by) [title] ,? not x? title", 0.88, By.STATED),
        _title("start they be [title] dot? unknown ,? please (closed|use)", 0.84, By.STATED),
        _title("i go by [title] closed", 0.84, By.STATED),
        _title("my honorific be [title] closed", 0.86, By.STATED),
        _title("(not|never) call me title (,|but|x)? (call me)? [title]", 0.9),
        *_as(
            "first-name",
            0.9,
            "(call|address|contact) me (x|by|with|as){0,2} my? (firstname|given) name",
            "(use|please use|i? could? prefer|i could? like) (x|my|to|be|called|by){0,5} (firstname|given) name "
            "(?=closed|instead|not|in|with|when)",
            "firstname name (basis)? (please|only) closed",
        ),
        *_as(
            "last-name",
            0.9,
            "(call|address) me (x|by|with|as){0,2} my? ((lastname|family) name|surname)",
            "(use|i? could? prefer|i could? like) (x|my|to|be|called|by){0,5} ((lastname|family) name|surname)",
            "i? not (like|want) (x|be|to){0,3} (called|calling|addressed) (x|by|with){0,2} my? firstname name",
            "i? hate (x|be){0,2} (called|addressed) (by|with) my? firstname name",
            "(not|never|stop) (use|using|call|calling|address|addressing) (me)? (x|by|my){0,3} firstname name",
        ),
        *_as(
            "formal",
            0.88,
            "(address) me formal",
            "formal address",
            "please (x|be|use|kept|they){0,3} formal (with me|end|lang|address)",
            "(?<!you)(?<!your) siezen (you)? me(?! x? not)",
            "you? could me (x){0,2} siezen",
            "not (me)? duzen closed",
            "duzen you? me x? not",
            "please siezen",
            "you? could me vouvoyez",
            "start vouvoyez",
        ),
        *_as(
            "informal",
            0.88,
            "(address) me informal",
            "please (x|be|use|kept|they){0,3} informal (with me|end|lang|address)",
            "(?<!you)(?<!your) duzen (you)? me(?! x? not)",
            "please duzen",
            "start tutoyez",
            "you? could (you|me){0,2} (x){0,2} (duzen|tutoyez)",
            "please tutoyez",
            "diamoci x{0,2} you",
        ),
    ),
    words={
        "address": "address",
        "addressing": "addressing addressed",
        "firstname": "first firstname vornamen prenom",
        "lastname": "last lastname",
        "given": "given",
        "family": "family",
        "surname": "surname nachnamen",
        "name": "name names",
        "formal": "formally formal",
        "informal": "informally informal casually",
        "siezen": "siezen",
        "duzen": "duzen duzt geduzt",
        "vouvoyez": "vouvoyezmoi vouvoyez vouvoyer",
        "tutoyez": "tutoyezmoi tutoyez tutoyer tutoyeren tutearme tuteame tuteenme",
        "refer": "refer",
        "basis": "basis",
        "go": "go",
        "honorific": "title titel",
        "diamoci": "diamoci",
        "as": "as",
    },
)
