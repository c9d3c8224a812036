"""``mention.published``: a public remark, such as a review or a social post."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from events import scales
from events.envelope import Revised
from events.scales import RawValue, ScaleId
from events.vocabulary import Identifier, Instant, Label


class Mention(Revised):
    """A public remark as it stands now. Sentiment comes from the sender, or from the rating where there is one."""

    TYPE: ClassVar[str] = "mention.published"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "mention_id": "post-77",
                "network": "trustpilot",
                "author": "sam",
                "text": "Three calls and still no answer.",
                "scale": "1-5",
                "rating": 1,
                "published_at": "2026-03-02T10:00:00Z",
            }
        }
    )

    mention_id: Identifier
    network: Label
    author: Annotated[str, Field(max_length=256)] | None = None
    customer_id: Identifier | None = None
    team: Label | None = None
    text: Annotated[str, Field(max_length=8192)] | None = None
    scale: ScaleId | None = None
    rating: RawValue | None = None
    sentiment: Literal["positive", "neutral", "negative"] | None = None
    url: Annotated[str, Field(max_length=2048, pattern=r"^https?://[^\s<>\"]+$")] | None = None
    published_at: Instant
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")] | None = None

    @model_validator(mode="after")
    def _rating_on_scale(self) -> "Mention":
        if (self.rating is None) != (self.scale is None):
            raise ValueError("rating and scale go together: a rating means nothing without its scale")
        if self.rating is not None and self.scale is not None:
            scales.check("csat", self.scale, self.rating, name="rating")
        return self

    def partition_key(self) -> str:
        return self.customer_id or self.mention_id

    @property
    def stance(self) -> Literal["positive", "neutral", "negative"] | None:
        """The rating's class where there is a rating, else the sender's sentiment, else None."""
        if self.rating is None or self.scale is None:
            return self.sentiment
        found = scales.SCALES[self.scale].sentiment(self.rating)
        return {"satisfied": "positive", "neutral": "neutral", "dissatisfied": "negative"}[found]  # type: ignore[return-value]
