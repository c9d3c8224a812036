"""THE list of channels: each kind builds its destinations from what is configured."""

from collections.abc import Callable, Sequence

from alerting.channels import apprise, webhook
from alerting.channels.port import Channel, Destinations

KINDS: dict[str, Callable[[Destinations], Sequence[Channel]]] = {
    webhook.KIND: webhook.build,
    apprise.KIND: apprise.build,
}


def configured(destinations: Destinations) -> tuple[Channel, ...]:
    """Every destination, in a fixed order."""
    return tuple(channel for build in KINDS.values() for channel in build(destinations))
