"""Rendering: templates with autoescape, and the headers that keep a page to itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alerting.core.case import CAUSES, closable_as
from alerting.core.message import score_text
from alerting.desk import words
from alerting.store.timeline import What

HOME = "/desk/"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Pages:
    def __init__(self, zone: ZoneInfo, now: Callable[[], datetime]) -> None:
        self._zone = zone
        self._now = now
        self._templates = Environment(
            loader=PackageLoader("alerting.desk"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["span"] = words.span
        self._templates.globals.update(
            STATES=words.STATES,
            OUTCOMES=words.OUTCOMES,
            SHORT_OUTCOMES=words.SHORT_OUTCOMES,
            CAUSES={cause: words.CAUSES[cause] for cause in CAUSES},
            TIMELINE={what.value: words.TIMELINE[what] for what in What},
            score_text=score_text,
            closable_as=closable_as,
        )

    def render(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        now = self._now()

        def moment(at: datetime) -> str:
            return words.moment(at, self._zone, now)

        html = self._templates.get_template(template).render(
            now=now,
            moment=moment,
            zone=str(self._zone),
            person=request.session.get("name"),
            csrf=request.session.get("csrf", ""),
            **values,
        )
        return HTMLResponse(html, status, headers=HEADERS)

    def message(
        self, request: Request, title: str, text: str, status: int = 200, /, *, again: bool = False
    ) -> HTMLResponse:
        """A page that only says something. ``again``: it asks the browser to load the same address once more."""
        return self.render(request, "message.html", status, title=title, text=text, again=again)
