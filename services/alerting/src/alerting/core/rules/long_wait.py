"""A customer of a named group who waited too long for an answer. Off until turned on for somebody."""

from typing import Annotated

from pydantic import Field

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Rule, RuleSettings


class Settings(RuleSettings):
    """Attributes:
    seconds: a wait of exactly this long is not too long yet.
    """

    enabled: bool = False
    seconds: Annotated[float, Field(ge=1, le=31 * 24 * 3600)] = 600


def _judge(found: Circumstances, settings: Settings) -> Decision | None:
    contact = found.contact
    if contact is None or contact.outbound or contact.answered_at is None:
        return None
    if contact.wait_seconds is None or contact.wait_seconds <= settings.seconds:
        return None
    return Decision(Verdict.OPEN, Reason.LONG_WAIT)


RULE = Rule("long_wait", frozenset({"contact"}), Settings, _judge)
