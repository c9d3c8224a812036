"""Who works there, on which channels, about what, and what customers say. Plausible, and invented."""

from dataclasses import dataclass

from events.preference import (
    CallBack,
    ContactChannel,
    ContactLanguage,
    ContactTime,
    DoNotContact,
    Note,
    Preference,
)
from events.vocabulary import Channel


@dataclass(frozen=True, slots=True)
class Line:
    """One channel. Seconds throughout.

    Attributes:
        share: of all contacts.
        patience: how long customers wait on average.
        asked: the share of contacts after which a survey is sent; ``answers``: of those, who answer it.
        written: the customer writes, so that there is a first response.
        bot: the share that a bot answers first, and hands over.
    """

    channel: Channel
    share: float
    wait: float
    talk: float
    wrap: float
    patience: float
    asked: float
    answers: float
    written: bool = True
    bot: float = 0.0


LINES: tuple[Line, ...] = (
    Line("phone", 0.42, wait=26, talk=235, wrap=40, patience=190, asked=0.75, answers=0.45, written=False),
    Line("chat", 0.24, wait=14, talk=420, wrap=20, patience=150, asked=0.80, answers=0.52, bot=0.5),
    Line("email", 0.16, wait=900, talk=510, wrap=25, patience=90_000, asked=0.60, answers=0.33),
    Line("messaging", 0.12, wait=120, talk=300, wrap=15, patience=4_000, asked=0.75, answers=0.50, bot=0.3),
    Line("social", 0.06, wait=240, talk=190, wrap=15, patience=4_000, asked=0.50, answers=0.30),
)

TEAMS: dict[str, tuple[str, ...]] = {
    "billing": ("invoice", "payment failed", "refund"),
    "orders": ("where is my order", "change an order", "cancel an order"),
    "technical": ("no connection", "slow connection", "set up a device"),
    "sales": ("offer", "upgrade"),
    "care": ("complaint", "moving house", "change of name"),
}
AGENTS_PER_TEAM = 6

BAD_WORDS = (
    "Third time I get in touch about the same thing.",
    "I was passed on twice and nobody knew anything.",
    "Friendly, but it is still not solved.",
    "Waited far too long.",
    "I was promised an answer within two days. That was last week.",
    "The amount on the invoice is still wrong.",
)
GOOD_WORDS = (
    "Quick and kind, thank you.",
    "She understood at once what was wrong.",
    "Solved in five minutes.",
    "Best service I have had in a long time.",
)
PUBLIC_BAD = ("Three weeks and still no answer.", "Support keeps asking the same questions.")
PUBLIC_NEUTRAL = ("Called them about my contract today.", "Their opening hours have changed.")
PUBLIC_GOOD = ("They fixed it the same day.", "Great people on the phone.")
NETWORKS = ("trustpilot", "mastodon", "app-store")

SAID_IN_WORDS: dict[str, Preference] = {
    "Please speak Bengali with me next time.": ContactLanguage(kind="language", value="bn"),
    "Next time write me an e-mail instead of calling.": ContactChannel(kind="contact_channel", value="email"),
    "And please stop calling me.": DoNotContact(kind="do_not_contact", value="phone"),
    "Please call me back.": CallBack(kind="call_back", value=True),
}
"""Clear enough to be acted upon by themselves."""
SAID_IN_DOUBT = (
    "I am hard of hearing, so please speak slowly.",
    "Many people here would be glad of support in Malayalam.",
)
"""A person decides about these."""

PREFERENCES: tuple[Preference, ...] = (
    ContactChannel(kind="contact_channel", value="email"),
    ContactChannel(kind="contact_channel", value="phone"),
    ContactChannel(kind="contact_channel", value="messaging"),
    DoNotContact(kind="do_not_contact", value="phone"),
    DoNotContact(kind="do_not_contact", value="phone", stop=False),
    DoNotContact(kind="do_not_contact", value="sms"),
    ContactLanguage(kind="language", value="bn"),
    ContactLanguage(kind="language", value="de"),
    ContactLanguage(kind="language", value="pt-BR"),
    ContactTime(kind="contact_time", value="morning"),
    ContactTime(kind="contact_time", value="evening"),
    Note(kind="note", value="Please spell things out in writing."),
    Note(kind="note", value="Hard of hearing: speak slowly."),
)
