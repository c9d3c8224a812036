"""A customer of a named group who gave up waiting. Off until turned on for somebody."""

from typing import Annotated

from pydantic import Field

from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.rule import Circumstances, Rule, RuleSettings


class Settings(RuleSettings):
    """Attributes:
    after_seconds: who gives up sooner has most likely misdialled; an unknown wait counts.
    """

    enabled: bool = False
    after_seconds: Annotated[float, Field(ge=0, le=24 * 3600)] = 10


def _judge(found: Circumstances, settings: Settings) -> Decision | None:
    contact = found.contact
    if contact is None or not contact.abandoned or contact.outbound or contact.callback_queued:
        return None
    if contact.wait_seconds is not None and contact.wait_seconds < settings.after_seconds:
        return None
    return Decision(Verdict.OPEN, Reason.ABANDONED)


RULE = Rule("abandoned", frozenset({"contact"}), Settings, _judge)
