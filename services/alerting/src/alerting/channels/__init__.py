"""THE list of kinds of channel. Each is one file: its options in the on-call file, and how they make a destination."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from alerting.channels import apprise, email, opsgenie, pagerduty, slack, teams, twilio, webhook
from alerting.channels.apprise import AppriseChannel
from alerting.channels.email_message import address_complaint
from alerting.channels.port import Channel
from alerting.channels.webhook import WebhookChannel


@dataclass(frozen=True, slots=True)
class Kind:
    """Attributes:
    options: what the on-call file may say of such a destination.
    build: its name and these make one.
    complaint: why a person cannot be reached at this address there; None where they can. Never repeats the address.
    """

    options: type[BaseModel]
    build: Callable[[str, Any], Channel]
    complaint: Callable[[str], str | None] = lambda _: None


KINDS: dict[str, Kind] = {
    slack.KIND: Kind(slack.Options, slack.build),
    teams.KIND: Kind(teams.Options, teams.build),
    pagerduty.KIND: Kind(pagerduty.Options, pagerduty.build),
    opsgenie.KIND: Kind(opsgenie.Options, opsgenie.build),
    email.KIND: Kind(email.Options, email.build, address_complaint),
    twilio.KIND: Kind(twilio.Options, twilio.build, twilio.number_complaint),
    webhook.KIND: Kind(webhook.Options, webhook.build),
    apprise.KIND: Kind(apprise.Options, apprise.build),
}


def quick_start(
    webhook_url: str | None, webhook_secret: str | None, apprise_urls: Iterable[str]
) -> tuple[Channel, ...]:
    """The destinations that environment variables name: ``webhook``, and one ``apprise-…`` for each URL."""
    made: list[Channel] = [AppriseChannel(url) for url in dict.fromkeys(apprise_urls)]
    if webhook_url is not None and webhook_secret is not None:
        made.insert(0, WebhookChannel(webhook_url, webhook_secret))
    return tuple(made)
