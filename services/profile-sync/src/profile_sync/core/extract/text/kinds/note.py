"""A standing wish that has no field of its own. Always doubtful: a person reads it."""

from collections.abc import Iterator

from events.preference import Note
from profile_sync.core.extract.text.rule import By, Hit, Phrase, Rule

_LONGEST = 500


def _sentence(hit: Hit) -> Iterator[Note]:
    yield Note(kind="note", value=hit.text[:_LONGEST].strip())


def _says(says: str, confidence: float, by: By = By.STATED) -> Phrase:
    return Phrase(says, confidence, _sentence, by)


RULE = Rule(
    "note",
    anchors="noted future always allergic",
    phrases=(
        _says("[please noted (?=(_){0,8} (never|only|prefer|every|always|allergic))((?!if)_){2,20}]", 0.5),
        _says("[(for|in) (x)? future ,? (please|always|not|never) ((?!product|they)_){0,6} (me|my) (_){0,10}]", 0.5),
        _says("[i be (x|ever|very){0,2} allergic (x){1,4}] closed", 0.5),
        _says("[please always (?!product) (_){0,4} (me|my) (_){0,10}]", 0.5),
        _says("i always prefer [to ((?!buy|shop|but)_){2,20}] (?=end|but)", 0.5),
    ),
    words={
        "noted": "note remember",
        "allergic": "allergic allergy",
        "shop": "shopping",
    },
)
