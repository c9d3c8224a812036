"""Where a page of a list ends, as the caller gets it and hands it back."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from events.problems import Problem
from events.runtime.problem_details import ProblemError
from events.vocabulary import parse_instant

Id = TypeVar("Id", UUID, str)
Place = tuple[datetime, UUID]
"""What the list is sorted by, and the id."""


def cursor(place: tuple[datetime, UUID | str]) -> str:
    """``place`` as one word for an address."""
    at, id_ = place
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id_}".encode()).decode()


def place_by(kind: Callable[[str], Id], cursor: str | None) -> tuple[datetime, Id] | None:
    """The place in a cursor. Raises ProblemError 422 for anything that ``cursor`` did not make.

    Args:
        kind: makes the id of its text; raises ValueError for what cannot be one.
    """
    if cursor is None:
        return None
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return parse_instant(at), kind(id_)
    except (ValueError, binascii.Error) as error:
        problem = Problem("/query/after", "cursor", "is not the `next` of an earlier page")
        raise ProblemError(422, "The request does not fit the contract", problems=[problem]) from error


def place(cursor: str | None) -> Place | None:
    """The place in a cursor of a list whose ids are UUIDs. Raises ProblemError 422."""
    return place_by(UUID, cursor)
