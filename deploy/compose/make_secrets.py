"""The secrets of the demo, made once into a folder: ``python make_secrets.py FOLDER``. None is in the repository.

A file is named like the variable it holds, as SECRETS_DIR reads it. What is there already stays as it is.
"""

import base64
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from events.runtime.api_keys import SCOPES, Scope, dump, new_key

DESK: tuple[Scope, ...] = ("preferences:read", "preferences:act")
READ_BY_OTHERS = frozenset({"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"})
"""By servers that run as users of their own."""
SHOWN = {"ALERTING_DESK_PASSPHRASE": "passphrase of the pages", "AMENDS_API_KEY": "API key"}


def made() -> Mapping[str, str]:
    """File name → content."""
    key, desk = new_key(SCOPES, note="demo"), new_key(DESK, note="desk")
    passphrase, token, password = secrets.token_hex(4), secrets.token_urlsafe(24), secrets.token_hex(16)
    return {
        "keys.yaml": dump((key.kept, desk.kept)),
        "AMENDS_API_KEY": key.secret,
        "ALERTING_DESK_PASSPHRASE": passphrase,
        "ALERTING_PREFERENCES_KEY": desk.secret,
        "SCORING_BOARD_PASSPHRASE": passphrase,
        "SCORING_SESSION_SECRET": secrets.token_urlsafe(32),
        "PROFILE_SYNC_CRM_TOKEN": token,
        "DEMO_CRM_TOKEN": token,
        "DATABASE_URL": f"postgresql://amends:{password}@postgres:5432/amends",
        "POSTGRES_PASSWORD": password,
        "GRAFANA_PASSWORD": secrets.token_urlsafe(16),
        "sink": _signing(),
        "survey-tool": _signing(),
    }


def write(folder: Path, files: Mapping[str, str]) -> None:
    """All or nothing: ``keys.yaml`` comes last and says that all are there."""
    for name, content in sorted(files.items(), key=lambda item: item[0] == "keys.yaml"):
        new = folder / f"{name}.new"
        new.touch(mode=0o600)
        new.write_text(content)
        new.chmod(0o444 if name in READ_BY_OTHERS else 0o400)
        new.replace(folder / name)


def _signing() -> str:
    """As Standard Webhooks writes a secret."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def main() -> None:
    folder = Path(sys.argv[1])
    if not (folder / "keys.yaml").exists():
        write(folder, made())
    for name, title in SHOWN.items():
        sys.stdout.write(f"{title}: {(folder / name).read_text()}{os.linesep}")


if __name__ == "__main__":
    main()
