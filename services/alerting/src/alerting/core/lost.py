"""Which later answer says that a lost customer is well again, and the mark that somebody has thought of them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alerting.core.case import Name, Words
from events.scales import SCALES

GOOD_FROM: dict[str, float] = {id_: scale.satisfied_from for id_, scale in SCALES.items()}
"""Scale → the lowest number on it that is the satisfied class."""

GOOD_WORDS: tuple[str, ...] = ("good", "up", "yes", "true")
"""The satisfied answers of two-way scales."""


class FollowUp(BaseModel):
    """Somebody has seen to a lost customer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    by: Name = Field(description="Who has seen to it.")
    note: Annotated[Words | None, Field(description="What was done, at most 500 characters.")] = None
