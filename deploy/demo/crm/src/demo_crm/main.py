"""``python -m demo_crm serve``"""

import argparse
import os
import sys

import uvicorn
from pydantic import ValidationError

from demo_crm.app import create_app
from demo_crm.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo_crm")
    parser.add_subparsers(dest="command", required=True).add_parser("serve", help="run until SIGTERM or Ctrl-C")
    parser.parse_args()
    try:
        settings = Settings(_secrets_dir=os.environ.get("SECRETS_DIR") or None)
    except ValidationError as error:
        complaints = "; ".join(f"{_variable(item['loc'])}: {item['msg'].lower()}" for item in error.errors())
        sys.exit(f"configuration: {complaints}")
    app = create_app(settings.database_url, settings.token.get_secret_value())
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)


def _variable(location: tuple[str | int, ...]) -> str:
    name = str(location[0]).upper()
    return name if name == "DATABASE_URL" else f"DEMO_CRM_{name}"
