"""Where everything is while it runs, ready to paste."""

from collections.abc import Callable

from amends.rehearsal.configuring import Settings
from amends.rehearsal.fleet import Fleet
from amends.rehearsal.ground import Ground
from amends.services import ALERTING, SCORING, SERVICES


def tell(
    up: Fleet, prometheus: str | None, ground: Ground, settings: Settings, key: str, say: Callable[[str], None]
) -> None:
    for service in SERVICES:
        say(f"{service.name:13} {'  '.join(up.urls(service))}")
    say(
        f"{'desk':13} {up.urls(ALERTING)[0]}/desk, {'wallboard'} {up.urls(SCORING)[0]}/wallboard: {settings.passphrase}"
    )
    if prometheus is not None:
        say(f"{'Prometheus':13} {prometheus}")
    say(f"{'API key':13} {key}")
    say(f"the operator's Kafka and PostgreSQL, in another shell: set -a; . {ground.folder}/operator.env")
    say("then, for instance: amends dlq list")
