"""Who acts over the API: a key, and the person they say they act for."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.runtime.api_keys import ApiKey
from profile_sync.deciding import Person

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
DANA = {"by": "Dana"}
"""An example of a body."""


class Act(BaseModel):
    """What is done is written down with the person and the id of the API key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    by: Name = Field(description="Who does it.")

    def person(self, key: ApiKey) -> Person:
        return Person(self.by, key.id)
