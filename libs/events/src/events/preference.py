"""What a customer says they prefer: a small closed vocabulary with typed values, plus a free note."""

from typing import Annotated, Literal, Union, get_args

from pydantic import BaseModel, ConfigDict, Field

from events.vocabulary import Channel

PartOfDay = Literal["morning", "midday", "afternoon", "evening"]


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


class Note(_Preference):
    """Anything else, in the customer's words."""

    kind: Literal["note"]
    value: Annotated[str, Field(min_length=1, max_length=500)]


Preference = Annotated[
    Union[ContactChannel, DoNotContact, ContactLanguage, ContactTime, Note],  # noqa: UP007  (a list, one line each)
    Field(discriminator="kind"),
]
KINDS: tuple[str, ...] = tuple(
    get_args(member.model_fields["kind"].annotation)[0] for member in get_args(get_args(Preference)[0])
)
