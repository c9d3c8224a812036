"""Closing an incident. Opening one again is a new incident: what was found stays as it was written."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alerting.core.case import Name

Finding = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class CloseIncident(BaseModel):
    """Say what it was. Cases go on by themselves: whoever has one still calls the customer."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    by: Name = Field(description="Who closes it.")
    finding: Finding = Field(description="What was found and what is done about it, at most 2,000 characters.")
