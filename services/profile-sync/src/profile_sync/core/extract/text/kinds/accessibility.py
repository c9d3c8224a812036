"""What makes it possible to talk with the customer, said of themselves: "are you deaf?" is a complaint."""

from collections.abc import Callable, Iterator

from events.preference import Accessibility, Need
from profile_sync.core.extract.text.rule import By, Hit, Phrase, Rule

_REPLYING = {"answer", "reply", "respond", "response", "assist", "guide"}


def _of_oneself(need: Need) -> Callable[[Hit], Iterator[Accessibility]]:
    def means(hit: Hit) -> Iterator[Accessibility]:
        if not hit.past and not (need == "slowly" and _REPLYING & set(hit.words("speak"))):
            yield Accessibility(kind="accessibility", value=need)

    return means


def _says(need: Need, confidence: float, *ways: str, by: By = By.STATED) -> Iterator[Phrase]:
    return (Phrase(f"{says} (?=by? closed|i|so)", confidence, _of_oneself(need), by) for says in ways)


RULE = Rule(
    "accessibility",
    anchors="see disability impaired hear slow deaf hearing blind sight slowly large words wheelchair speech stammer "
    "dyslexic sign screen ring phone calls mute walk stand paralysed font jargon eyes simple",
    phrases=(
        *_says(
            "hearing",
            0.93,
            "i be (ever|x|very|bit){0,2} deaf (in (one|x) eyes)?",
            "opening be (x|ever)? deaf",
            "i be (ever|x|very|bit){0,4} hard of hearing",
            "i be (ever|x|very|bit){0,2} hearing impaired",
            "i have (ever|x|very|bit){0,3} hearing (loss|impairment|disability|problem|difficult)",
            "i (have|suffer) (from|ever|x|very|bit){0,4} (difficult|trouble|problem|loss) (with|in|of)? hearing",
            "i suffer from hearing loss",
            "i (ever)? (use|suffer|have) (x|number){0,2} hearing aid",
        ),
        *_says(
            "hearing",
            0.85,
            "my hearing (be)? (x|very|ever)? (poor|weak|impaired|not (x)? poor)",
            "(please|want|have) (_){0,3} sign (lang|interpreter) (interpreter|service)? (for me|(in|on|by) x{1,2})?",
            "sign lang (interpreter)? (please|needed)",
        ),
        *_says("hearing", 0.6, "i cannot hear (poor|x poor|very)"),
        *_says(
            "sight",
            0.93,
            "opening be (x|ever)? blind",
            "i be (x|ever|very|bit){0,2} blind",
            "i be (x){0,3} (sight|blind) (impaired|sighted)",
            "i use a? screen reader",
        ),
        *_says(
            "sight",
            0.85,
            "my (sight|eyes|vision) (be)? (x|very|ever)? (poor|weak|low|failing)",
            "i (have|suffer) (x|from|very|ever){0,3} (poor|low|weak|impaired) (sight|vision)",
            "i cannot see (poor|very poor|x poor)",
        ),
        *_says(
            "speech",
            0.92,
            "i (x|have|suffer|from){0,3} (stammer|speech (impediment|problem|impairment|disability|difficult))",
            "i be (x)? (mute|nonverbal)",
        ),
        *_says(
            "mobility",
            0.92,
            "i (ever)? (use|be (x|ever){0,2} in|be (x|ever){0,2} on) (a|my) wheelchair",
            "i be (a|x)? wheelchair (bound|user)",
            "(i want|please|could (i|you)) (x|have|give){0,3} wheelchair (service)? ((on|to) x (x|door))?",
            "i be (x)? (paralysed|bedridden|housebound)",
        ),
        *_says(
            "mobility",
            0.85,
            "i cannot (walk|stand) (for? far|poor|very poor)?",
            "i cannot walk x? stairs",
            "i (x|have){1,2} (difficult|trouble|problem) (in|with)? walk",
        ),
        *_says(
            "slowly",
            0.88,
            "please (x|you|could|they|have|agent){0,3} (speak|bolo|parlez) (with|me|bit|x|more|tongue|pas|you){0,4} "
            "slowly",
            "could (you|i|they|someone) (please|have|someone|you){0,2} speak (with|me|bit|x|more|tongue){0,4} slowly",
            "(?<!no)(?<!folk) want (you|your|agent|someone|x){1,3} to? speak (me|bit|x|more|tongue){0,4} slowly",
            "speak (to|with)? me (x|bit|more){0,3} slowly",
            "(start|please) (x|bit|more){0,3} slowly (speak|do|bolo)",
            "(start|please) slowly speak",
            "speak you? please slowly",
            "start (x|bit|more){0,2} slowly (,|in tongue)? please",
        ),
        *_says("slowly", 0.6, "(agent|they|you) should speak (x|bit|more|in|tongue){0,3} slowly"),
        *_says(
            "slowly",
            0.8,
            "start (speak|bolo|parlez) (x|bit|more|tongue|in|pas){0,3} slowly",
            "slowly speak (please|do)?",
            by=By.ASKED,
        ),
        *_says("slowly", 0.7, "please slow down", "start speak slow"),
        *_says(
            "large-print",
            0.86,
            "(please|(?<!no) want|have|send) (x|me|in|letters|email|_){0,5} large (print|letters|font|type)",
            "large (print|type){1,2} (please|only)",
            "increase x? (font|letters|print) size?",
        ),
        *_says(
            "plain-words",
            0.86,
            "(please|(?<!no) want|could you) (_){0,5} (simple|plain|easy) (words|lang|tongue)",
            "(simple|plain|easy) (words|lang|tongue) (only|please)",
            "(please) (_){0,3} (without|no|avoid|not use) (x)? jargon",
            "i be (x)? dyslexic",
            "i have (x)? dyslexic",
        ),
        *_says("other", 0.84, "i be (x|ever){0,2} (disability|impaired)"),
        *_says(
            "text-only",
            0.84,
            "i cannot (take|receive|answer|speak|use|do) (x|your|by|on|pick){0,2} "
            "(calls|call|calling){1,2} (?!i)((on|in) x{0,2} (work|hours|x))?",
            "i cannot (speak|hear) (by|on|over) (x)? call",
            "i cannot use x? call(?! i)",
        ),
    ),
    words={
        "deaf": """deaf gehorlos taub sourd sourde sordo sorda surdo surda doof schwerhorig malentendant
            malentendante slechthorend behra बहरा""",
        "hearing": "hearing",
        "hear": "hear listen",
        "aid": "aid aids",
        "hard": "hard",
        "impaired": "impaired impairment handicapped challenged",
        "loss": "loss",
        "difficult": "difficulty difficulties difficult",
        "disability": "disability disabled",
        "trouble": "trouble",
        "problem": "problem problems issue issues",
        "suffer": "suffer wear",
        "very": "very",
        "sign": "sign",
        "interpreter": "interpreter interpreters",
        "blind": "blind aveugle ciego ciega cego cega cieco cieca sehbehindert andha अंधा",
        "sight": "visually partially eyesight",
        "eyes": "eyes eye ear ears vision",
        "sighted": "sighted",
        "low": "low failing",
        "screen": "screen",
        "reader": "reader",
        "trust": "trust follow",
        "speech": "speech",
        "stammer": "stammer stutter stammering stuttering",
        "impediment": "impediment",
        "mute": "mute nonverbal",
        "wheelchair": "wheelchair",
        "walk": "walk climb walking climbing",
        "stand": "stand",
        "far": "far long",
        "user": "user bound",
        "stairs": "stairs steps",
        "paralysed": "paralysed paralyzed bedridden housebound",
        "slowly": """slowly slower langsam langsamer lentement despacio devagar lentamente langzaam dhire
            dheere धीरे ধীরে""",
        "slow": "slow",
        "parlez": "parlez hable fale parli spreek",
        "down": "down",
        "bit": "bit little",
        "large": "large larger big bigger",
        "size": "size sizes",
        "print": "print font fonts letters lettering type",
        "simple": "simple plain easy simpler",
        "words": "words terms wording",
        "jargon": "jargon",
        "dyslexic": "dyslexic dyslexia",
    },
)
