"""Which language a customer asks for in their own words. The sentences are ours."""

import pytest

from profile_sync.core.extract.text import find
from profile_sync.core.extract.text.languages import LANGUAGES

ACTIVE = 0.8


def languages(comment: str) -> dict[str, float]:
    return {f.preference.value: f.confidence for f in find(comment) if f.preference.kind == "language"}


def active(comment: str) -> list[str]:
    return [tag for tag, confidence in languages(comment).items() if confidence >= ACTIVE]


@pytest.mark.parametrize(
    ("comment", "tag"),
    [
        ("please give support in Bengali", "bn"),
        ("add Telugu language for customer care", "te"),
        ("only in Hindi", "hi"),
        ("I want to talk in English about my loan", "en"),
        ("why no Malayalam executive", "ml"),
        ("why don't you have Assamese support", "as"),
        ("no Punjabi support at your bank", "pa"),
        ("Please speak Marathi", "mr"),
        ("want agent who speaks Gujarati", "gu"),
        ("can I get help in Odia", "or"),
        ("Tamil please", "ta"),
        ("need tamil customer care", "ta"),
        ("hindhi language", "hi"),
        ("Customer care in Kannada", "kn"),
        ("I only understand Bangla", "bn"),
        ("my mother tongue is Tamil", "ta"),
        ("MALYALAM LANGUAGE OPTION PLEASE", "ml"),
        ("I am comfortable in Hindi", "hi"),
        ("my preferred language is Kannada", "kn"),
        ("Please change my language to French", "fr"),
        ("switch to Spanish please", "es"),
        ("provide Arabic speaking staff in the clinic", "ar"),
        ("Reply in Italian please", "it"),
        ("I speak only Polish", "pl"),
        ("your agent knew no Urdu. Please talk to me in Urdu", "ur"),
        ("hindi me baat karo please", "hi"),
        ("hindi mein bolo", "hi"),
        ("mujhe bengali me baat karni hai", "bn"),
        ("Bitte auf Deutsch", "de"),
        ("Ich spreche nur Englisch", "en"),
        ("En français s'il vous plaît", "fr"),
        ("Je voudrais parler en anglais", "en"),
        ("quiero hablar en español", "es"),
        ("atención en español por favor", "es"),
        ("quero falar em português", "pt"),
        ("parlo solo italiano", "it"),
        ("ik wil graag in het Engels praten", "en"),
        ("कृपया हिंदी में बात करें", "hi"),
        ("मैं हिंदी में बात करना चाहता हूँ", "hi"),
        ("বাংলায় কথা বলুন", "bn"),
        ("বাংলা ভাষায় সাপোর্ট চাই", "bn"),
        ("на русском пожалуйста", "ru"),
        ("please provide bangoli support", "bn"),
        ("plz talk in tamizh", "ta"),
        ("need enlgish speaking agent", "en"),
    ],
)
def test_a_language_asked_for_is_taken(comment: str, tag: str) -> None:
    assert active(comment) == [tag]


@pytest.mark.parametrize(
    ("comment", "tag"),
    [
        ("Tamil speaking staff would help the people of Chennai", "ta"),
        ("Telugu customer service is not working", "te"),
        ("improve the Kannada support team", "kn"),
        ("please provide Hindi support for our parents", "hi"),
        ("Agents should know Sinhala", "si"),
        ("please provide good English speaking staff", "en"),
    ],
)
def test_a_language_for_others_or_in_passing_waits_for_a_person(comment: str, tag: str) -> None:
    assert 0.4 <= languages(comment)[tag] < ACTIVE


def test_several_languages_at_once_all_wait() -> None:
    assert languages("please add Tamil, Telugu and Kannada language").keys() >= {"kn"}
    assert active("please add Tamil, Telugu and Kannada language") == []


@pytest.mark.parametrize(
    "comment",
    [
        "executive doesn't understand English",
        "your English is bad",
        "please improve your English",
        "agent speaks very good Hindi",
        "she spoke Hindi with me and solved it",
        "My English is not good but you helped me",
        "customer care speaks only Hindi",
        "they only speak English",
        "support is only available in English",
        "the staff only understand Hindi",
        "I could not understand his English",
        "His French accent is strong",
        "The letter was in German",
        "great that you support Tamil",
        "it was good to talk in my language",
        "please add other languages",
        "add regional language support",
        "good language",
        "talk in polite language",
        "she told me to speak in Hindi",
        "he asked do you want to talk in Hindi",
        "I don't want to speak in Hindi",
        "Please do not speak Hindi with me",
        "not in English",
        "Nobody speaks English in your call center",
        "Agents need to learn English",
        "They should speak better English",
        "the call was in Hindi",
        "The app changed to Hindi by itself",
        "Danish helped me a lot, thanks",
        "get me Danish please, he knows my case",
        "please add Polish sausages to the menu",
        "chinese product, worst quality",
        "I bought an English breakfast tea",
        "please check my order",
        "please finish the work",
        "Tamil Nadu delivery is slow",
        "Der Mitarbeiter sprach schlecht Deutsch",
        "le conseiller ne parle pas français",
        "el agente no habla español",
        "Hindi nahi aati executive ko",
        "english medium school books are late",
        "my non-English speaking friend was lost",
    ],
)
def test_a_complaint_about_a_language_is_no_wish(comment: str) -> None:
    assert active(comment) == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_language_is_known_by_its_english_name(tag: str) -> None:
    name = LANGUAGES[tag].split()[0]
    assert active(f"please talk to me in {name}") == [tag]


def test_at_least_sixty_languages_are_known() -> None:
    assert len(LANGUAGES) >= 60
