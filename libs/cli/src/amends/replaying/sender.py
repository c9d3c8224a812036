"""A batch of events to ingest: stored whole, or refused with what is wrong with which event."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from amends.errors import CommandError
from amends.posting import Poster, document, refused
from events.problems import Problem

PATH = "/v1/events"
BATCH = {"Content-Type": "application/cloudevents-batch+json"}

Refusals = Mapping[int, Sequence[Problem]]
"""What is wrong with which event of a batch, by its place. Empty: all of them are stored."""


async def send(poster: Poster, batch: Sequence[Mapping[str, Any]]) -> Refusals:
    """All or nothing: either the whole batch is stored, or nothing is and the refusals say why.

    Raises:
        CommandError: ingest is away for too long, or refuses for a reason that is not in the events.
    """
    response = await poster.post(PATH, json.dumps(batch).encode(), BATCH)
    body = document(response)
    if response.status_code == 202 and body.get("accepted") == len(batch):
        return {}
    refusals = _refusals(body, len(batch)) if response.status_code in (400, 422) else {}
    if not refusals:
        raise CommandError(refused(response))
    return refusals


def _refusals(body: Mapping[str, Any], count: int) -> Refusals:
    found: dict[int, list[Problem]] = {}
    for item in body.get("errors", ()):
        match = re.fullmatch(r"/(\d+)(/.*)?", str(item.get("pointer", "")))
        if match and int(match[1]) < count:
            problem = Problem(match[2] or "", str(item.get("code", "")), str(item.get("detail", "")))
            found.setdefault(int(match[1]), []).append(problem)
    return found
