"""``source check``: what the adapter makes of a payload, or why it makes nothing of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any
from urllib.parse import parse_qsl

from events.problems import Invalid
from ingest.commands import check_view, steps
from ingest.commands.console import say
from ingest.commands.place import Place
from ingest.core.formats import MAX_FIELDS, Format
from ingest.core.limits import TooLarge
from ingest.core.signatures import Header, Verdict
from ingest.core.signing_input import Signed
from ingest.core.wire import Unsupported
from ingest.sources.snapshot import Configured, Proof
from ingest.vendors import delivery
from ingest.vendors.facts import merge
from ingest.vendors.outcome import Context, Fact, Outcome, Part, Said, Thin


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What would come. ``url``: the one its sender calls, where it is signed and not the configured one."""

    body: bytes
    content_type: str | None
    headers: Mapping[str, str]
    url: str | None
    now: datetime


@dataclass
class _Found:
    """What came of it.

    Attributes:
        verdict: None where no signature was looked at.
        contacts: the snapshots that the pieces in this payload make without any other.
        problems: pointer and sentence.
    """

    format: Format | None = None
    verdict: Verdict | None = None
    outcomes: Sequence[Outcome] = ()
    contacts: Sequence[Said] = ()
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.problems and self.verdict in (None, Verdict.GENUINE)


async def check(place: Place, name: str, request: Request, *, as_json: bool) -> int:
    """0 where it would be taken, 1 where not. Raises CommandError, Unusable."""
    configured, sources = place.source(name)
    found = _examined(configured, request, request.url or steps.url(sources, name))
    document = _document(configured, found)
    if as_json:
        say(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        check_view.show(document, title=configured.vendor.title, proof=configured.proof)
    return 0 if found.well else 1


def _examined(configured: Configured, request: Request, url: str) -> _Found:
    found = _Found()
    try:
        found.format = delivery.format_of(
            configured.vendor, request.content_type or configured.vendor.formats[0].value[0]
        )
        found.verdict = _verdict(configured, found.format, request, url)
        context = Context(request.now, request.headers)
        found.outcomes = delivery.read(configured.vendor, configured.source, found.format, request.body, context)
        found.contacts = _contacts(configured, found.outcomes)
    except Unsupported as error:
        found.problems = [("", f"{error.header} {error.message}")]
    except TooLarge as error:
        found.problems = [("", str(error))]
    except Invalid as error:
        found.problems = [(problem.pointer, problem.message) for problem in error.problems]
    return found


def _verdict(configured: Configured, format_: Format, request: Request, url: str) -> Verdict | None:
    """None where there is no signature to look at: it stands in a header, and no header was given."""
    scheme = configured.signatures.get(format_)
    if configured.proof is not Proof.SIGNATURE:
        return None
    if scheme is not None and isinstance(scheme.place, Header) and not request.headers:
        return None
    return configured.verify(
        format_, Signed("POST", url, request.headers, request.body, _form(format_, request)), request.now
    )


def _form(format_: Format, request: Request) -> list[tuple[str, str]] | None:
    if format_ is not Format.FORM:
        return None
    try:
        return parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:  # reading it will say what is wrong
        return None


def _explained(configured: Configured, outcome: Outcome) -> dict[str, Any]:
    said = delivery.explained(outcome)
    if isinstance(outcome, Thin) and configured.vendor.enrichment and configured.source.api:
        said["from"] = configured.source.api.base_url + configured.vendor.enrichment.path(outcome.reference)
    return said


def _contacts(configured: Configured, outcomes: Sequence[Outcome]) -> list[Said]:
    parts: dict[str, list[Part]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Part):
            parts.setdefault(outcome.contact, []).append(outcome)
    nothing: dict[str, Fact] = {}
    made = (
        delivery.assembled(configured.vendor, configured.source, contact, reduce(merge, pieces, nothing), 1)
        for contact, pieces in parts.items()
    )
    return [snapshot for snapshot in made if snapshot is not None]


def _document(configured: Configured, found: _Found) -> dict[str, Any]:
    return {
        "source": configured.source.name,
        "vendor": configured.vendor.name,
        "format": found.format and found.format.value[0],
        "accepted": found.well,
        "signature": found.verdict and found.verdict.value,
        "problems": [{"pointer": pointer, "message": message} for pointer, message in found.problems],
        "outcomes": [_explained(configured, outcome) for outcome in found.outcomes],
        "contacts": [delivery.explained(snapshot) for snapshot in found.contacts],
    }
