"""Who works there, on which channels, about what, and what customers say. Plausible, and invented."""

from dataclasses import dataclass

from events.preference import (
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
    """One channel. Seconds throughout; ``share`` of all contacts; ``patience``: how long customers wait on average."""

    channel: Channel
    share: float
    wait: float
    talk: float
    wrap: float
    patience: float
    survey: float
    """The share of contacts whose customer answers a survey."""


LINES: tuple[Line, ...] = (
    Line("phone", 0.42, wait=26, talk=235, wrap=40, patience=190, survey=0.34),
    Line("chat", 0.24, wait=14, talk=420, wrap=20, patience=150, survey=0.42),
    Line("email", 0.16, wait=900, talk=510, wrap=25, patience=90_000, survey=0.20),
    Line("messaging", 0.12, wait=120, talk=300, wrap=15, patience=4_000, survey=0.38),
    Line("social", 0.06, wait=240, talk=190, wrap=15, patience=4_000, survey=0.15),
)

TEAMS: dict[str, tuple[str, ...]] = {
    "billing": ("invoice", "payment failed", "refund"),
    "orders": ("where is my order", "change an order", "cancel an order"),
    "technical": ("no connection", "slow connection", "set up a device"),
    "sales": ("offer", "upgrade"),
    "care": ("complaint", "moving house", "change of name"),
}
AGENTS_PER_TEAM = 8

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
PUBLIC_GOOD = ("They fixed it the same day.", "Great people on the phone.")
NETWORKS = ("trustpilot", "mastodon", "app-store")

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
