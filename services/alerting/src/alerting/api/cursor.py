"""Where a page of a list ends, as the caller gets it and hands it back."""

import base64
import binascii
from datetime import datetime
from uuid import UUID

from events.problems import Problem
from events.runtime.problem_details import ProblemError
from events.vocabulary import parse_instant

Place = tuple[datetime, UUID]
"""What the list is sorted by, and the id."""


def cursor(place: Place) -> str:
    """``place`` as one word for an address."""
    at, id_ = place
    return base64.urlsafe_b64encode(f"{at.isoformat()} {id_}".encode()).decode()


def place(cursor: str | None) -> Place | None:
    """The place in a cursor. Raises ProblemError 422 for anything that ``cursor`` did not make."""
    if cursor is None:
        return None
    try:
        at, _, id_ = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = parse_instant(at)
        return moment, UUID(id_)
    except (ValueError, binascii.Error) as error:
        problem = Problem("/query/after", "cursor", "is not the `next` of an earlier page")
        raise ProblemError(422, "The request does not fit the contract", problems=[problem]) from error
