"""Awards each day and week once it is over, exactly once, and shows how the ones under way stand."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.hours import zones
from events.runtime.database import transaction
from events.scorecard import RecognitionAwarded
from scoring.core.facts.customer import REPEAT_WINDOW
from scoring.core.measures import REPEATS, Sums, family_of
from scoring.core.metrics import METRICS
from scoring.core.recognition import words
from scoring.core.recognition.periods import Span, current, due
from scoring.core.recognition.plan import Plan, Rule
from scoring.core.recognition.ranking import Standing, metrics_of, rank
from scoring.core.window import Window
from scoring.recognition.plans import Plans
from scoring.rounds import rounds
from scoring.store import awards, lag, messages, outbox, turn
from scoring.store.awards import Award, Leader
from scoring.store.messages import Message
from scoring.store.panes import Panes

log = structlog.get_logger()

EVERY_SECONDS = 15.0
SETTLING_SECONDS = 180.0
"""Nothing is awarded so soon after a start: by then the consumers read, and are known to be behind if they are."""

SHOWN = 10
"""Places shown of each ranking under way."""


class Awarder:
    """One replica at a time. A period is closed in the transaction that awards it and queues what is told of it."""

    def __init__(
        self,
        engine: AsyncEngine,
        panes: Panes,
        plans: Plans,
        *,
        grace: timedelta,
        now: Callable[[], datetime],
        settling: float = SETTLING_SECONDS,
    ) -> None:
        """``grace``: how long after its end a period is awarded, so that late answers count. ``settling``: seconds."""
        self._engine = engine
        self._panes = panes
        self._plans = plans
        self._grace = grace
        self._now = now
        self._settling = settling

    async def run(self, stop: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        settled = clock() + self._settling
        await rounds(stop, EVERY_SECONDS, lambda: self.once(award=clock() >= settled), "nothing awarded")

    async def once(self, *, award: bool = True) -> None:
        """Whatever is due now, unless the consumers are still catching up. Raises Unavailable."""
        for plan in self._plans.values():
            async with transaction(self._engine) as tx:
                if await turn.mine(tx, "awards"):
                    await self._look_at(tx, plan, award=award and not await lag.is_behind(tx))

    async def _look_at(self, tx: AsyncConnection, plan: Plan, *, award: bool) -> None:
        now, zone, leaders = self._now(), zones.zone(plan.time_zone), list[Leader]()
        for rule in plan.rules:
            last = await awards.newest_round(tx, plan.tenant, rule.name)
            for span in due(rule.period, zone, now, self._grace, last) if award else ():
                await self._award(tx, plan, rule, span, now)
            leaders += await self._leaders(tx, plan.tenant, rule, zone, now)
        await awards.show_leaders(tx, plan.tenant, leaders)

    async def _award(self, tx: AsyncConnection, plan: Plan, rule: Rule, span: Span, now: datetime) -> None:
        """Close the period, unless nothing at all is known of it: it may yet come."""
        found = await self._sums(tx, plan.tenant, rule, Window.between(span.start, span.end), now)
        if not found or not await awards.close_round(tx, plan.tenant, rule.name, span.start):
            return
        winners = [standing for standing in rank(rule, found) if standing.rank == 1]
        earned = [_award(rule, span, standing) for standing in winners]
        await awards.add(tx, plan.tenant, earned)
        await outbox.put(tx, plan.tenant, [_event(award) for award in earned], now)
        await messages.queue(tx, [m for standing in winners for m in _messages(plan, rule, span, standing)])
        log.info("period awarded", rule=rule.name, day=span.day.isoformat(), winners=len(winners))

    async def _leaders(
        self, tx: AsyncConnection, tenant: str, rule: Rule, zone: ZoneInfo, now: datetime
    ) -> list[Leader]:
        start = current(rule.period, zone, now).start
        window = Window.between(start, max(now, start + timedelta(minutes=1)))
        standings = rank(rule, await self._sums(tx, tenant, rule, window, now))
        return [
            Leader(rule.name, rule.title, rule.period, rule.who, one.key, one.rank, one.score, one.figures)
            for one in standings[:SHOWN]
        ]

    async def _sums(
        self, tx: AsyncConnection, tenant: str, rule: Rule, window: Window, now: datetime
    ) -> Mapping[str, Sums]:
        """By key. Whether customers came back is known a week later: there the contacts count whose week has ended in
        the window."""
        wanted = {measure for name in metrics_of(rule) for measure in METRICS[name].measures}
        settled = {measure for measure in wanted if family_of(measure) is REPEATS}
        found: dict[str, dict[str, int]] = {}
        earlier = Window(window.start - REPEAT_WINDOW, window.end - REPEAT_WINDOW)
        for span, measures in ((window, wanted - settled), (earlier, settled)):
            if measures:
                sums = await self._panes.sums(tx, tenant, rule.who, span, now=now, measures=measures)
                for key, of in sums.items():
                    found.setdefault(key, {}).update({measure: of[measure] for measure in measures})
        return {key: {measure: of.get(measure, 0) for measure in wanted} for key, of in found.items()}


def _award_id(rule: Rule, span: Span, standing: Standing) -> str:
    return f"{rule.name}:{span.day.isoformat()}:{standing.key}"


def _award(rule: Rule, span: Span, standing: Standing) -> Award:
    return Award(
        award_id=_award_id(rule, span, standing),
        rule=rule.name,
        title=rule.title,
        period=rule.period,
        start=span.start,
        end=span.end,
        dimension=rule.who,
        key=standing.key,
        score=standing.score,
        shared=standing.shared,
        parts=standing.parts,
        figures=standing.figures,
    )


def _event(award: Award) -> RecognitionAwarded:
    return RecognitionAwarded(
        award_id=award.award_id,
        rule=award.rule,
        title=award.title,
        period=award.period,
        start=award.start,
        end=award.end,
        dimension=award.dimension,
        key=award.key,
        score=award.score,
        figures=dict(award.figures),
    )


def _messages(plan: Plan, rule: Rule, span: Span, standing: Standing) -> list[Message]:
    title = words.award_title(rule, standing)
    body = words.award_text(rule, standing, span.day, words.last_day(span.day, rule.period))
    subject = _award_id(rule, span, standing)
    return [Message(plan.tenant, "award", subject, "destination", name, title, body) for name in rule.tell]
