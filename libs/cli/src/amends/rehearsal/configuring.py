"""The settings of each service: its own, those of all, and secrets as files."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from amends.demo import boards, duty
from amends.demo.webhook import Webhook, set_up
from amends.rehearsal import identities
from amends.rehearsal.fleet import address
from amends.rehearsal.ground import Ground
from amends.rehearsal.installing import Keys
from amends.services import ALERTING, DEMO_CRM, INGEST, PROFILE_SYNC, SCORING, SERVICES, Service

TITLE = "settings, and secrets as files"


@dataclass(frozen=True, slots=True)
class Settings:
    """``environs``: the environment of each service; ``crm_token``, ``passphrase``: to look in from outside."""

    environs: Mapping[Service, Mapping[str, str]]
    webhook: Webhook
    crm_token: str
    passphrase: str


def configure(
    ground: Ground,
    databases: Mapping[Service, str],
    keys: Keys,
    ports: Mapping[Service, int],
    sink: tuple[str, str],
    tag: str,
) -> Settings:
    """Write the files. ``ports``: of the replicas whose addresses people are given; ``sink``: host:port and secret."""
    folder = ground.folder
    passphrase, crm_token = secrets.token_hex(8), secrets.token_urlsafe(24)
    webhook, ingest = set_up(folder, tag, address(ports, INGEST))
    scoring = boards.set_up(folder, address(ports, SCORING), passphrase)
    own: dict[Service, Mapping[str, str]] = {
        INGEST: ingest,
        SCORING: {**scoring, "SCORING_SESSION_SECRET": secrets.token_urlsafe(32)},
        ALERTING: {**_alerting(folder, keys, ports, sink), "ALERTING_DESK_PASSPHRASE": passphrase},
        PROFILE_SYNC: {
            "PROFILE_SYNC_CRM_URL": f"{address(ports, DEMO_CRM)}/profiles/{{customer_id}}",
            "PROFILE_SYNC_CRM_TOKEN": crm_token,
        },
    }
    around = identities.surroundings()
    environs = {DEMO_CRM: {**around, "DATABASE_URL": databases[DEMO_CRM], "DEMO_CRM_TOKEN": crm_token}}
    for service in SERVICES:
        everybody = {"API_KEYS_FILE": str(keys.file), "LOG_LEVEL": "info", **ground.kafka(service.name)}
        variables = {**everybody, "DATABASE_URL": databases[service], **own[service]}
        environs[service] = {**around, **_written(folder, service, variables)}
    identities.write_environment(folder / "operator.env", {**ground.operator, "DATABASE_URL": ground.postgres.url})
    return Settings(environs, webhook, crm_token, passphrase)


def _alerting(folder: Path, keys: Keys, ports: Mapping[Service, int], sink: tuple[str, str]) -> dict[str, str]:
    where, signed = sink
    return {
        **duty.set_up(folder, f"http://{where}/webhook", signed, f"json://{where}/apprise"),
        "ALERTING_PUBLIC_URL": address(ports, ALERTING),
        "ALERTING_PREFERENCES_URL": address(ports, PROFILE_SYNC),
        "ALERTING_PREFERENCES_KEY": keys.desk,
    }


def _written(folder: Path, service: Service, variables: Mapping[str, str]) -> Mapping[str, str]:
    """Secrets as files of their own; what is left is the service's environment, which is returned."""
    environ = identities.keep(folder / "run-secrets" / service.name, variables)
    identities.write_environment(folder / f"{service.name}.env", environ)
    return environ
