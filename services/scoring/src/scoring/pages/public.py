"""``/public/csat``: what the operator chose to publish, as a page, a widget, a badge and JSON."""

import hashlib
import json
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from events.runtime.errors import Unavailable
from scoring.pages.counter import Counter, Reading, Snapshot
from scoring.pages.limits import Limiter, address_of
from scoring.pages.published import Publication
from scoring.pages.rendering import Templates, public

PATH = "/public/csat"
KEPT_SECONDS = 15
"""How long caches may keep it."""
PER_SECOND, BURST = 10.0, 60.0
"""Requests of one address."""

Show = Callable[[Snapshot, Request], Response]
APPEARANCES = ("light", "dark")


class Public:
    """The routes anybody may call.

    Args:
        url: the origin people see; the snippets to embed name it.
    """

    def __init__(
        self, publication: Publication, counter: Counter, templates: Templates, url: str, limiter: Limiter | None = None
    ) -> None:
        self._publication = publication
        self._counter = counter
        self._templates = templates
        self._url = url
        self._limiter = limiter or Limiter(PER_SECOND, BURST)

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)
        routes.add_route(PATH, self._shown(self.page), methods=["GET"])
        routes.add_route(f"{PATH}/widget", self._shown(self.widget), methods=["GET"])
        routes.add_route(f"{PATH}.svg", self._shown(self.badge), methods=["GET"])
        routes.add_route(f"{PATH}.json", self._shown(self.data), methods=["GET"])
        return routes

    def _shown(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        """What comes before and after each: the limit, whether anything is published, what caches need to know."""

        async def answer(request: Request) -> Response:
            if wait := self._limiter.take(address_of(request), time.monotonic()):
                seconds = str(math.ceil(wait))
                return PlainTextResponse("Too many requests.\n", 429, headers={"Retry-After": seconds})
            published = self._publication.now
            if published is None:
                return PlainTextResponse("Nothing is published here.\n", 404, headers={"Cache-Control": "no-store"})
            try:
                snapshot = await self._counter.snapshot(published)
            except Unavailable:
                return PlainTextResponse("Not available right now.\n", 503, headers={"Retry-After": "5"})
            return _validated(request, show(snapshot, request))

        return answer

    def page(self, snapshot: Snapshot, request: Request) -> Response:
        headers = public(["'none'"], KEPT_SECONDS)
        return self._html("public.html", snapshot, request, headers, url=self._url + PATH)

    def widget(self, snapshot: Snapshot, request: Request) -> Response:
        headers = public(snapshot.published.frame_ancestors or ["'none'"], KEPT_SECONDS)
        return self._html("widget.html", snapshot, request, headers | {"Cross-Origin-Resource-Policy": "cross-origin"})

    def badge(self, snapshot: Snapshot, request: Request) -> Response:
        reading = snapshot.readings[0]
        label = _LABELS[reading.metric.name]
        told = f"{reading.text} (n = {reading.value.n:,})" if reading.text else "not enough answers yet"
        svg = self._templates.fragment(
            "badge.svg", label=label, told=told, widths=(_width(label, 1.0), _width(told, 1.13))
        )
        return Response(svg, media_type="image/svg+xml", headers=_anywhere())

    def data(self, snapshot: Snapshot, request: Request) -> Response:
        return Response(json.dumps(_document(snapshot)), media_type="application/json", headers=_anywhere())

    def _html(
        self, template: str, snapshot: Snapshot, request: Request, headers: dict[str, str], **values: Any
    ) -> Response:
        asked = request.query_params.get("appearance", "")
        appearance = asked if asked in APPEARANCES else "auto"
        html = self._templates.fragment(template, snapshot=snapshot, appearance=appearance, **values)
        return Response(html, media_type="text/html; charset=utf-8", headers=headers)


_LABELS = {"csat": "customer satisfaction", "approval_rate": "customer approval", "nps": "net promoter score"}


def _anywhere() -> dict[str, str]:
    """Anybody's page may read it: there are no cookies here, and nothing that is not public."""
    return public(["'none'"], KEPT_SECONDS) | {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def _validated(request: Request, answer: Response) -> Response:
    """With an ETag of the content; 304 where the visitor has that content already."""
    tag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:24]}"'
    answer.headers["ETag"] = tag
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag not in known and known != ["*"]:
        return answer
    kept = {name: text for name, text in answer.headers.items() if name not in ("content-length", "content-type")}
    return Response(status_code=304, headers=kept)


def _document(snapshot: Snapshot) -> dict[str, Any]:
    """As ``/public/csat.json`` says it; documented in docs/pages.md."""
    window = snapshot.window
    return {
        "title": snapshot.published.title,
        "window": {"name": window.name, "from": window.start.isoformat(), "to": window.end.isoformat()},
        "minimum_n": snapshot.published.minimum_n,
        "metrics": [_metric(reading) for reading in snapshot.readings],
    }


def _metric(reading: Reading) -> dict[str, Any]:
    return {
        "metric": reading.metric.name,
        "title": reading.metric.title,
        "unit": reading.metric.unit,
        "value": reading.value.value if reading.enough else None,
        "n": reading.value.n,
        "interval": reading.value.interval if reading.enough else None,
        "definition": reading.metric.definition,
        "definition_version": reading.metric.version,
    }


def _width(text: str, weight: float) -> int:
    """About how wide it is in the badge's type, in pixels; the SVG then fits the text to exactly this."""
    narrow = sum(character in " .,:;|!'()ijlI" for character in text)
    return round(((len(text) - narrow) * 6.9 + narrow * 3.8) * weight) + 16
