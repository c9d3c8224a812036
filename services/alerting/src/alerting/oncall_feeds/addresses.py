"""Where the calendars are: the addresses themselves, out of the file, the environment and the secrets."""

from collections.abc import Mapping

import httpx
from pydantic import SecretStr, TypeAdapter, ValidationError

from alerting.core.oncall.places import Place
from alerting.core.oncall.schedule import Schedule
from events.loopback import is_loopback
from events.problems import Invalid, Problem, message
from events.runtime.named_secret import Secret

_SECRET: TypeAdapter[SecretStr] = TypeAdapter(Secret)

Addresses = Mapping[tuple[str, int], SecretStr]
"""By schedule and layer (from 1)."""


def addresses(schedules: Mapping[str, Schedule]) -> dict[tuple[str, int], SecretStr]:
    """Raises Invalid with every complaint; its pointers are those of the on-call file."""
    found: dict[tuple[str, int], SecretStr] = {}
    problems = []
    for schedule in schedules.values():
        for number, calendar in schedule.calendars:
            try:
                found[schedule.id, number] = _address(calendar.place)
            except ValueError as error:
                pointer = f"/schedules/{schedule.id}/layers/{number - 1}/calendar/url"
                problems.append(Problem(pointer, "address", _words(error)))
    if problems:
        raise Invalid(problems)
    return found


def _address(place: Place) -> SecretStr:
    if place.url is not None:
        said = SecretStr(place.url)
    else:
        kept = {"env": place.env} if place.env is not None else {"file": str(place.file)}
        said = _SECRET.validate_python(kept)
    return SecretStr(_https(said.get_secret_value()))


def _https(url: str) -> str:
    """``webcal:`` is what calendars call https when they want to be subscribed to."""
    if url[:9].lower() == "webcal://":
        url = f"https://{url[9:]}"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise ValueError("is not a URL") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("must be an https URL")
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise ValueError("must be https; plain http is for a calendar on this machine")
    return url


def _words(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return message(error.errors(include_url=False, include_input=False)[0])
    return str(error)
