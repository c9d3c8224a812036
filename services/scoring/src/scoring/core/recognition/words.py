"""What people are told: plain text, with the numbers that earned it."""

from collections.abc import Mapping
from datetime import date, timedelta

from events.scorecard import Figure
from scoring.core.metrics import METRICS
from scoring.core.recognition.plan import Rule
from scoring.core.recognition.ranking import Standing


def award_title(rule: Rule, standing: Standing) -> str:
    return f"{rule.title}: {standing.key}"


def award_text(rule: Rule, standing: Standing, first: date, last: date) -> str:
    """Who, for which days, and every figure with its sample size and interval."""
    days = f"{first:%d %B %Y}" if last == first else f"{first:%d %B %Y} to {last:%d %B %Y}"
    whom = f"{rule.who.capitalize()} {standing.key}" + (" (shared)" if standing.shared else "")
    lines = [f"{whom}, {days}.", "", *figure_lines(standing.figures), "", _how(rule)]
    return "\n".join(lines)


def figure_lines(figures: Mapping[str, Figure]) -> list[str]:
    return [f"{METRICS[name].title}: {_figure(METRICS[name].unit, figure)}" for name, figure in figures.items()]


def praise_title(agent: str, *, for_manager: bool) -> str:
    return f"Praise for {agent}" if for_manager else "A customer says thank you"


def praise_text(agent: str, comment: str, channel: str | None, *, for_manager: bool) -> str:
    whom = f"to {agent}" if for_manager else "to you"
    after = f" after a contact by {channel}" if channel else ""
    return f"A customer gave the top score {whom}{after}, and wrote:\n\n{comment}\n\nThank you!"


def last_day(first: date, period: str) -> date:
    return first if period == "day" else first + timedelta(days=6)


def _how(rule: Rule) -> str:
    weights = ", ".join(f"{METRICS[name].title} {weight:.0%}" for name, weight in rule.weights.items())
    return f"Ranked by the cautious end of each 95 % interval, with samples of {rule.min_n} or more: {weights}."


def _figure(unit: str, figure: Figure) -> str:
    if figure.value is None:
        return f"no data (n = {figure.n})"
    shown = _number(unit, figure.value)
    if figure.low is not None and figure.high is not None:
        shown += f", 95 % sure {_number(unit, figure.low)} to {_number(unit, figure.high)}"
    return f"{shown} (n = {figure.n})"


def _number(unit: str, number: float) -> str:
    match unit:
        case "ratio":
            return f"{number:.1%}"
        case "seconds":
            return f"{number:.0f} s"
    return f"{number:.1f}" if number % 1 else f"{number:.0f}"
