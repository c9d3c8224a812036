"""Which clocks a case is worked under: decided once, when it opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from alerting.core.case import Play
from alerting.core.clocks.clock import Clocks
from events.hours.business import ALWAYS, Hours
from events.preference import PartOfDay


@dataclass(frozen=True, slots=True)
class Rule:
    """The first rule a case fits says what its clocks are; an empty set fits every case.

    Attributes:
        preferred: the hours to wait for with customers who prefer that part of the day.
    """

    clocks: Clocks = field(default_factory=Clocks)
    teams: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    plays: frozenset[Play] = frozenset()
    preferred: Mapping[PartOfDay, Hours] = field(default_factory=dict)

    def fits(self, *, team: str | None, channel: str | None, tier: str | None, play: Play) -> bool:
        said = ((self.teams, team), (self.channels, channel), (self.tiers, tier), (self.plays, play))
        return all(not wanted or found in wanted for wanted, found in said)


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """``default`` is for the cases that no rule fits."""

    default: Rule = field(default_factory=Rule)
    rules: tuple[Rule, ...] = ()

    @property
    def waits_for_preferred_time(self) -> bool:
        """Whether ``contact_time`` changes anything: whether it need be looked up at all."""
        return any(rule.preferred for rule in (self.default, *self.rules))

    def clocks(
        self,
        *,
        team: str | None,
        channel: str | None,
        tier: str | None,
        play: Play,
        contact_time: PartOfDay | None = None,
    ) -> Clocks:
        """The clocks of a case that opens now. ``contact_time`` is when the customer says they like to be reached."""
        found = (rule for rule in self.rules if rule.fits(team=team, channel=channel, tier=tier, play=play))
        rule = next(found, self.default)
        if contact_time is None:
            return rule.clocks
        return replace(rule.clocks, preferred=rule.preferred.get(contact_time, ALWAYS))
