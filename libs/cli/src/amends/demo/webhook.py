"""The survey tool's webhook: a source of its own, signed as Standard Webhooks."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook as Signer

from amends.simulation.setting import SURVEYS, source

NAME = "survey-tool"


@dataclass(frozen=True, slots=True)
class Webhook:
    """``secret``: as Standard Webhooks writes it."""

    secret: str

    @property
    def path(self) -> str:
        return f"/v1/webhooks/{NAME}"

    def headers(self, id_: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Signer(self.secret).sign(id_, now, body.decode()),
            "Content-Type": "application/json",
        }


def set_up(private: Path, tag: str, url: str) -> tuple[Webhook, Mapping[str, str]]:
    """Write the sources file and its secret. Returns the webhook, and the environment in which ingest finds them.

    Args:
        url: where ingest listens.
    """
    folder = private / "secrets"
    folder.mkdir(mode=0o700)
    secret = folder / NAME
    secret.touch(mode=0o600)
    secret.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    entry = {
        "name": NAME,
        "vendor": "generic",
        "signature": "standard-webhooks",
        "secrets": [NAME],
        "speaks_for": [source(tag, SURVEYS)],
    }
    file = private / "sources.yaml"
    file.write_text(f"public_url: {url}\nsources:\n  - {json.dumps(entry)}\n")
    environ = {"INGEST_SOURCES_FILE": str(file.absolute()), "INGEST_SECRETS_DIR": str(folder.absolute())}
    return Webhook(secret.read_text()), environ
