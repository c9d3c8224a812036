"""How the desk says what a customer prefers, and how the CRM stands."""

from collections.abc import Mapping
from typing import Any

from alerting.desk.words import known
from alerting.preferences_answers import PreferenceNote, Troubled, Value
from events.preference import Kind

KINDS: Mapping[Kind, str] = {
    "contact_channel": "Channel",
    "do_not_contact": "Do not contact",
    "language": "Language",
    "contact_time": "Time of day",
    "contact_days": "Days",
    "call_back": "Call back",
    "accessibility": "Accessibility",
    "form_of_address": "Form of address",
    "interest": "Interest",
    "delivery": "Delivery",
    "dislike": "Dislike",
    "note": "Note",
}
STATUSES: Mapping[str, str] = {
    "active": "counts",
    "proposed": "waits for a person",
    "superseded": "replaced since",
    "retracted": "taken back",
    "expired": "its time is over",
}
DECISIONS: Mapping[str, str] = {"accepted": "accepted", "rejected": "rejected", "retracted": "taken back"}
FOUND: Mapping[str, str] = {
    "stated": "said in so many words",
    "structured": "chosen in a form",
    "text": "read from the remark",
    "habit": "a hint from what they do",
}
"""How a note was found, by its extractor."""
CRM_STATES: Mapping[str, str] = {
    "pending": "something is still to be written",
    "done": "holds what it should",
    "yielded": "holds what it should, but for what a person wrote there",
    "parked": "set aside: somebody has to look",
}
TROUBLES: Mapping[str, str] = {
    "erasing": "Not forgotten yet",
    "parked": "Set aside",
    "yielded": "A person wrote there",
    "drifted": "Had changed",
}
REASONS: Mapping[str, str] = {
    "throttled": "the CRM asked for quiet",
    "unauthorized": "the CRM does not take our token",
    "forbidden": "the CRM does not let us write there",
    "unknown_profile": "the CRM does not know the customer",
    "rejected": "the CRM would not take what was written",
    "redirected": "the CRM has moved",
    "contended": "somebody else writes all the time",
    "server_error": "the CRM is out of order",
    "timeout": "the CRM takes too long",
    "unreachable": "the CRM cannot be reached",
    "unreadable": "the CRM's answer cannot be read",
    "unaddressable": "the customer's id cannot stand in an address",
}

DONE: Mapping[str, str] = {
    "accept": "Accepted: it counts, and the CRM is told.",
    "reject": "Rejected: it does not count.",
    "retract": "Taken back: it does not count any more.",
    "retry": "The CRM is tried again.",
    "given": "Free text and habits are read from now on.",
    "withdrawn": "Free text and habits are not read any more; what was read from them is taken back and forgotten.",
}
"""What a page says that shows what was just done."""

_CHANNELS: Mapping[str, str] = {"email": "e-mail", "sms": "text message", "in-person": "a visit"}
_LANGUAGES: Mapping[str, str] = {
    "ar": "Arabic", "bn": "Bengali", "cs": "Czech", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi",
    "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "mr": "Marathi",
    "nl": "Dutch", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sv": "Swedish", "ta": "Tamil", "te": "Telugu", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_SAYINGS: Mapping[str, str] = {
    "contact_channel": "Reach them by {}",
    "language": "Speak to them in {}",
    "contact_time": "Reach them in the {}",
    "contact_days": "Reach them on {}",
    "accessibility": "Needs: {}",
    "form_of_address": "Address them by: {}",
    "interest": "Interested in {}",
    "delivery": "Deliveries and appointments: {}",
    "dislike": "Does not want {}",
    "note": "{}",
}
_FLAGS: Mapping[str, tuple[str, str]] = {
    "do_not_contact": ("Never by {}", "By {} again, after all"),
    "call_back": ("Wants to be called back", "Need not be called back"),
}


def sentence(note: PreferenceNote) -> str:
    """What the customer wants, in words; what is newer than this page is said as it is."""
    if note.value is None:
        return f"Takes back what was said: {known(KINDS, note.kind).lower()}" + (f", {note.item}" if note.item else "")
    if note.kind in _FLAGS and isinstance(note.value, bool):
        return _FLAGS[note.kind][not note.value].format(_CHANNELS.get(note.item, note.item))
    said = _word(note.kind, note.value)
    saying = _SAYINGS.get(note.kind)
    return saying.format(said) if saying else f"{known(KINDS, note.kind)}: {said}"


def _word(kind: str, value: Value) -> str:
    said = value if isinstance(value, str) else ("yes" if value else "no")
    if kind == "language":
        return _language(said)
    if kind == "contact_channel":
        return _CHANNELS.get(said, said)
    closed = kind in ("contact_days", "accessibility", "form_of_address", "delivery")
    return said.replace("-", " ") if closed else said


def _language(tag: str) -> str:
    """The language's name, with the tag where that says more."""
    name = _LANGUAGES.get(tag.partition("-")[0].lower())
    return tag if name is None else name if "-" not in tag else f"{name} ({tag})"


def why(troubled: Troubled) -> str:
    if troubled.trouble in ("erasing", "parked"):
        return known(REASONS, troubled.reason or "rejected")
    said = {"drifted": "put right: ", "yielded": "stays: "}.get(troubled.trouble, "")
    return said + ", ".join(troubled.fields)


def held(field: Mapping[str, Any] | None) -> str:
    """What a field of the CRM holds, as we write it."""
    value = None if field is None else field.get("value")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)
