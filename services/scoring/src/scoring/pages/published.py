"""What the operator chose to publish, from a YAML file. Without one nothing is public."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from events.envelope import DEFAULT_TENANT
from events.problems import Invalid, from_validation_error
from events.runtime import plain_yaml
from events.runtime.errors import Stuck
from events.runtime.reloading import EVERY_SECONDS, Reloading
from events.runtime.service import Job
from events.vocabulary import Identifier

FEWEST = 5
"""A number over fewer answers is never shown; see docs/metrics.md."""

_SITE = re.compile(r"\*|https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


def _site(text: str) -> str:
    if not _SITE.fullmatch(text):
        raise ValueError("must be *, or a site such as https://www.example.com or https://*.example.com")
    return text


class Published(BaseModel):
    """What anybody may see at ``/public/csat``.

    Attributes:
        metrics: the first of them is on the badge.
        minimum_n: over fewer answers "not enough answers yet" is shown instead of a number.
        frame_ancestors: the sites whose pages may hold the widget; none: no site may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")] = (
        "What our customers say about our service"
    )
    metrics: Annotated[tuple[Literal["csat", "approval_rate", "nps"], ...], Field(min_length=1, max_length=3)] = (
        "csat",
    )
    window: Literal["24h", "7d", "30d"] = "30d"
    tenant: Identifier = DEFAULT_TENANT
    minimum_n: Annotated[int, Field(ge=FEWEST)] = 30
    frame_ancestors: tuple[Annotated[str, AfterValidator(_site)], ...] = ("*",)


def read_published(path: Path) -> Published:
    """Raises Stuck with every complaint."""
    try:
        document = plain_yaml.load(path)
        return Published.model_validate({} if document is None else document)
    except OSError as error:
        raise Stuck(f"published numbers: {path.name} cannot be read: {type(error).__name__}") from error
    except Invalid as error:
        raise Stuck(f"published numbers: {path.name} {error.problems[0].message}") from error
    except ValidationError as error:
        raise Stuck(f"published numbers: {path.name}: {from_validation_error(error, document)}") from error


class Publication:
    """What is published now; a change of the file is taken up without a restart.

    Args:
        path: None publishes nothing.

    Raises:
        Stuck: the file is wrong, with every complaint.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.now: Published | None = read_published(path) if path is not None else None

    def jobs(self, *, every: float = EVERY_SECONDS) -> tuple[Job, ...]:
        """Keeps to what stands in the file; no job without one."""
        if (path := self._path) is None:
            return ()
        return (Reloading("published numbers", lambda: [path], lambda: read_published(path), self._swap, every=every),)

    def _swap(self, published: Published) -> None:
        self.now = published
