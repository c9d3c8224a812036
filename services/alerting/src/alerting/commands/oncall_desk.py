"""Where the commands of ``oncall`` work, and what they make of the words they are given."""

import argparse
import getpass
import os
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall.schedule import Schedule
from alerting.store.oncall_views import OncallViews
from events.hours import zones
from events.problems import from_validation_error
from events.vocabulary import parse_instant

M = TypeVar("M", bound=BaseModel)


class CommandError(Exception):
    """Ends the command with exit code 1; the text says what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a command works. ``now``: by the database's clock."""

    tx: AsyncConnection
    tenant: str
    views: OncallViews
    now: datetime
    public_url: str

    @property
    def zones(self) -> dict[str, ZoneInfo]:
        """By schedule."""
        return {schedule.id: schedule.zone for schedule in self.views.schedules.values()}

    def schedule(self, name: str) -> Schedule:
        if (found := self.views.schedules.get(name)) is None:
            known = ", ".join(self.views.schedules) or "none"
            raise CommandError(f"there is no schedule of that name; the on-call file has {known}")
        return found


def valid(kind: type[M], **said: object) -> M:
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        raise from_validation_error(error, said) from error


def moment(said: str, schedule: Schedule) -> datetime:
    """An instant, or a time by the schedule's clocks."""
    try:
        local = datetime.fromisoformat(said)
        return zones.instant(local, schedule.zone) if local.tzinfo is None else parse_instant(local)
    except (ValueError, OverflowError):
        raise CommandError("a time must be such as 2026-03-02T09:00, or with an offset 2026-03-02T09:00Z") from None


def by(asked: argparse.Namespace) -> str:
    if asked.by:
        return str(asked.by)
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return f"uid {os.getuid()}"
