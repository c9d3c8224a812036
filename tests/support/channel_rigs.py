"""One rig for each kind of channel that posts over HTTP: its vendor, what the on-call file says of it, its secrets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerting.channels import KINDS
from alerting.channels.port import Channel
from support import vendor_channels as vendors
from support.vendor_http import Asked, Vendor

PERSON = "U0000002"


@dataclass(frozen=True)
class Rig:
    """Attributes:
    options: the channel's part of the on-call file, given the vendor's server; secrets by their names in ``secrets``.
    to: an address that this kind takes; None where it reaches nobody in person.
    key: where a request carries the key; None where the vendor has no place for it.
    personal: it reaches nobody but people.
    """

    kind: str
    vendor: Callable[[], Any]
    options: Callable[[Any], Mapping[str, Any]]
    secrets: Callable[[Any], Mapping[str, str]]
    to: str | None = None
    key: Callable[[Asked], Any] | None = None
    personal: bool = False

    def build(self, vendor: Vendor, setenv: Callable[[str, str], None], **more: Any) -> Channel:
        for name, value in self.secrets(vendor).items():
            setenv(name, value)
        kind = KINDS[self.kind]
        return kind.build(f"the-{self.kind}", kind.options.model_validate({**self.options(vendor), **more}))


RIGS = {
    rig.kind: rig
    for rig in (
        Rig(
            "slack",
            vendors.Slack,
            lambda slack: {"token": {"env": "SLACK_TOKEN"}, "room": "C0123456", "api": slack.url},
            lambda slack: {"SLACK_TOKEN": vendors.SLACK_TOKEN},
            to=PERSON,
            key=lambda asked: asked.document["metadata"]["event_payload"]["key"],
        ),
        Rig(
            "teams",
            vendors.Teams,
            lambda teams: {"url": {"env": "TEAMS_URL"}},
            lambda teams: {"TEAMS_URL": teams.hook},
        ),
        Rig(
            "pagerduty",
            vendors.PagerDuty,
            lambda pagerduty: {"routing_key": {"env": "PAGERDUTY_KEY"}, "api": pagerduty.url},
            lambda pagerduty: {"PAGERDUTY_KEY": vendors.ROUTING_KEY},
            key=lambda asked: asked.document["dedup_key"],
        ),
        Rig(
            "opsgenie",
            vendors.Opsgenie,
            lambda opsgenie: {"api_key": {"env": "OPSGENIE_KEY"}, "api": opsgenie.url},
            lambda opsgenie: {"OPSGENIE_KEY": vendors.GENIE_KEY},
            to="dana.canary@example.org",
            key=lambda asked: asked.document["alias"],
        ),
        Rig(
            "webhook",
            vendors.Receiver,
            lambda receiver: {"url": {"env": "WEBHOOK_URL"}, "secret": {"env": "WEBHOOK_SECRET"}},
            lambda receiver: {"WEBHOOK_URL": f"{receiver.url}/canary-hook", "WEBHOOK_SECRET": vendors.SIGNING_SECRET},
            key=lambda asked: asked.headers["webhook-id"],
        ),
        Rig(
            "twilio",
            vendors.Twilio,
            lambda twilio: {
                "account": vendors.TWILIO_ACCOUNT,
                "token": {"env": "TWILIO_TOKEN"},
                "sender": "+4930111222",
                "api": twilio.url,
            },
            lambda twilio: {"TWILIO_TOKEN": vendors.TWILIO_TOKEN},
            to="+4915199999999",
            personal=True,
        ),
    )
}
