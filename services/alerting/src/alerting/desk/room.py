"""What every page of the desk works with."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.duty import Duty
from alerting.desk.entrance import Entrance
from alerting.desk.pages import Pages
from alerting.desk.visitor import Access
from alerting.preferences_client import PreferencesClient


@dataclass(frozen=True, slots=True)
class Room:
    """Attributes:
    zone: in which the desk shows times and begins a day.
    duty: the people, schedules and policies of the on-call file.
    preferences: profile-sync, where the desk is told where it is.
    """

    access: Access
    entrance: Entrance
    engine: AsyncEngine
    pages: Pages
    cases: Cases
    duty: Duty
    zone: ZoneInfo
    preferences: PreferencesClient | None = None

    @property
    def tenant(self) -> str:
        return self.access.tenant

    def colleagues(self, others: Iterable[str]) -> list[str]:
        """Everybody a case can be given to: the people of the on-call file, and the others."""
        return sorted({*(person.name for person in self.duty.people.values()), *others}, key=str.casefold)
