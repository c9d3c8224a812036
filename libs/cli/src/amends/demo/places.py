"""Where to look while a demo runs, with everything ready to paste."""

import json
import sys
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from amends.demo.children import Children
from amends.services import ALERTING, DEMO_CRM, INGEST, SCORING, SERVICES, Service

PAGES: tuple[tuple[str, Service, str, str], ...] = (
    ("wallboard", SCORING, "/wallboard", "passphrase [bold]{passphrase}[/]"),
    ("recognition", SCORING, "/recognition", "same passphrase"),
    ("public counter", SCORING, "/public/csat", "open to anybody"),
    ("desk", ALERTING, "/desk", "same passphrase"),
    ("preferences", ALERTING, "/desk/preferences", "what waits for a person"),
    ("CRM", DEMO_CRM, "/", "what customers prefer"),
)
"""What to open in a browser: title, service, path, remark."""
ADDRESS_WIDTH = len("http://127.0.0.1:12345/desk/preferences")


def tell(console: Console, children: Children, *, passphrase: str, key: str, sources: Mapping[str, str]) -> None:
    """The pages, and three commands.

    Args:
        key: may do everything in this demo.
        sources: the environment in which ``amends source`` finds the demo's sources.
    """
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, min_width=ADDRESS_WIDTH)
    for title, service, path, remark in PAGES:
        table.add_row(title, children[service].url + path, remark.format(passphrase=passphrase))
    for service in SERVICES:
        table.add_row(f"{service.name} API", f"{children[service].url}/docs", "")
    console.print(table)
    console.print(f"\nAPI key, for Authorize on the API pages: [bold]{key}[/]", soft_wrap=True)
    for title, command in (
        ("numbers:", _numbers(children, key)),
        ("a bad answer, for you to see on the desk:", _bad_answer(children, key)),
        ("the systems that post webhooks (add yours: source add --help):", _sources(sources)),
    ):
        console.print(f"\n{title}")
        console.print(command, style="cyan", soft_wrap=True, markup=False)
    console.print()


def _numbers(children: Children, key: str) -> str:
    return (
        f"curl -s -H 'Authorization: Bearer {key}'"
        f" '{children[SCORING].url}/v1/metrics?metric=csat&window=1h&dimension=channel'"
    )


def _sources(environ: Mapping[str, str]) -> str:
    return f"{' '.join(f'{name}={value}' for name, value in environ.items())} {sys.argv[0]} source list"


def _bad_answer(children: Children, key: str) -> str:
    """A new answer, given now, each time it is pasted: the shell fills in the time, in between the quotes."""
    answer = {
        "response_id": "mine-'$(date +%s)'",
        "customer_id": "me",
        "team": "billing",
        "channel": "phone",
        "instrument": "csat",
        "scale": "1-5",
        "value": 1,
        "comment": "Nobody called me back.",
        "submitted_at": "'$(date -u +%FT%TZ)'",
        "preferences": [{"kind": "contact_channel", "value": "email"}],
    }
    return (
        f"curl -s {children[INGEST].url}/v1/survey-responses -H 'Authorization: Bearer {key}'"
        f" -H 'Content-Type: application/json' -d '{json.dumps(answer)}'"
    )
