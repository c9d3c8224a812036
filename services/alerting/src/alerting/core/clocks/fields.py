"""What stands in the section ``clocks``, word by word."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from alerting.core.clocks.customers import MIDNIGHT
from alerting.core.lengths import Length
from events.hours.business import Hours, Opening
from events.hours.calendar_file import calendars
from events.problems import Invalid, Problem

LONGEST = timedelta(days=30)
_QUIET_SAID = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)

Place = tuple[str | int, ...]


def complained(complaints: Iterable[tuple[Place, str]]) -> ValidationError:
    """Complaints about places inside of what is being validated: to be raised by a validator."""
    return ValidationError.from_exception_data(
        "clocks",
        [
            InitErrorDetails(type=PydanticCustomError("value_error", "{error}", {"error": text}), loc=place, input=None)
            for place, text in complaints
        ],
    )


def _calendar(said: Any) -> Hours:
    try:
        return calendars({"default": "this", "calendars": {"this": said}}).default
    except Invalid as error:
        raise complained((_place(problem), problem.message) for problem in error.problems) from error


def _place(problem: Problem) -> Place:
    steps = problem.pointer.split("/")[3:]  # after /calendars/this
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _quiet(said: Any) -> Opening:
    found = _QUIET_SAID.fullmatch(said) if isinstance(said, str) else None
    if found is None:
        raise ValueError("must be hours such as 21:00-09:00")
    numbers = [int(group) for group in found.groups()]
    start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
    if max(start, end) > MIDNIGHT:
        raise ValueError("must lie between 00:00 and 24:00")
    if start % MIDNIGHT == end % MIDNIGHT:
        raise ValueError("must leave some of the day")
    return Opening(start % MIDNIGHT, end)


def _some_time(length: timedelta) -> timedelta:
    if not timedelta(0) < length <= LONGEST:
        raise ValueError(f"must be more than nothing, at most {LONGEST.days}d")
    return length


Target = Annotated[Length, AfterValidator(_some_time)]
Calendar = Annotated[Hours, BeforeValidator(_calendar)]
Quiet = Annotated[Opening, BeforeValidator(_quiet)]
