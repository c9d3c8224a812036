"""What a customer says they prefer: a small closed vocabulary with typed values, plus a free note.

For every kind a customer has one preference, the newest; of a kind in MANY they may have several at once, and of
``do_not_contact`` one per channel.
"""

from typing import Annotated, Literal, Union, get_args

from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import Channel

PartOfDay = Literal["morning", "midday", "afternoon", "evening"]
Days = Literal[
    "weekdays", "weekend", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]  # fmt: skip
Need = Literal["hearing", "sight", "speech", "mobility", "slowly", "plain-words", "large-print", "text-only", "other"]
Address = Literal["first-name", "last-name", "formal", "informal", "mr", "mrs", "ms", "mx", "dr", "prof"]
Habit = Literal[
    "call-before", "morning", "midday", "afternoon", "evening", "weekdays", "weekend",
    "at-the-door", "with-a-neighbour", "in-person", "pickup-point", "at-work", "contactless",
]  # fmt: skip
Topic = Annotated[str, Field(min_length=1, max_length=80)]
"""A product or subject, in the customer's words."""


class _Preference(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ContactChannel(_Preference):
    """Reach me this way."""

    kind: Literal["contact_channel"]
    value: Channel


class DoNotContact(_Preference):
    """Never reach me this way; ``phone`` is "do not call". ``stop: false`` takes it back."""

    kind: Literal["do_not_contact"]
    value: Channel
    stop: bool = True


class ContactLanguage(_Preference):
    """Speak to me in this language: a BCP 47 tag such as ``bn`` or ``pt-BR``."""

    kind: Literal["language"]
    value: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]


class ContactTime(_Preference):
    """Reach me at this time of day."""

    kind: Literal["contact_time"]
    value: PartOfDay


class ContactDays(_Preference):
    """Reach me on these days."""

    kind: Literal["contact_days"]
    value: Days


class CallBack(_Preference):
    """``true``: I want to be called back about this. ``false``: no need to. It holds for a fortnight."""

    kind: Literal["call_back"]
    value: bool


class Accessibility(_Preference):
    """What makes it possible to talk with me: ``slowly`` is "speak slowly", ``text-only`` "I cannot take calls"."""

    kind: Literal["accessibility"]
    value: Need


class FormOfAddress(_Preference):
    """How I like to be addressed."""

    kind: Literal["form_of_address"]
    value: Address


class Interest(_Preference):
    """A product or subject I want to hear of."""

    kind: Literal["interest"]
    value: Topic


class Delivery(_Preference):
    """How I like deliveries and appointments: when, where, and whether to be called before."""

    kind: Literal["delivery"]
    value: Habit


class Dislike(_Preference):
    """What I do not want offered or done."""

    kind: Literal["dislike"]
    value: Topic


class Note(_Preference):
    """Anything else, in the customer's words."""

    kind: Literal["note"]
    value: Annotated[str, Field(min_length=1, max_length=500)]


Preference = Annotated[
    Union[  # noqa: UP007  (a list, one line each)
        ContactChannel,
        DoNotContact,
        ContactLanguage,
        ContactTime,
        ContactDays,
        CallBack,
        Accessibility,
        FormOfAddress,
        Interest,
        Delivery,
        Dislike,
        Note,
    ],
    Field(discriminator="kind"),
]
Kind = Literal[
    "contact_channel", "do_not_contact", "language", "contact_time", "contact_days", "call_back", "accessibility",
    "form_of_address", "interest", "delivery", "dislike", "note",
]  # fmt: skip
KINDS: tuple[str, ...] = tuple(
    get_args(member.model_fields["kind"].annotation)[0] for member in get_args(get_args(Preference)[0])
)
MANY: frozenset[str] = frozenset({"accessibility", "interest", "delivery", "dislike"})
"""Kinds of which a customer may have several at once."""
