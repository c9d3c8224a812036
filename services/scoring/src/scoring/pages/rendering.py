"""Templates with autoescape, and the headers that keep a page to itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from events.runtime.assets import Assets
from scoring.pages import words

APPEARANCES = ("auto", "light", "dark")
APPEARANCE_COOKIE = "amends_appearance"

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}"
)
_ALWAYS = {"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}

PRIVATE = {
    **_ALWAYS,
    "Content-Security-Policy": _POLICY.format(framed_by="'none'"),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""For pages behind the passphrase, and for what is said to one visitor."""


def public(framed_by: Sequence[str], seconds: int) -> dict[str, str]:
    """Headers of what anybody may see and keep for ``seconds``, framed by the sites listed ("'none'": by none)."""
    return {
        **_ALWAYS,
        "Content-Security-Policy": _POLICY.format(framed_by=" ".join(framed_by)),
        "Cache-Control": f"public, max-age={seconds}",
    }


class Templates:
    """Renders the pages; knows the time zone in which they tell the time."""

    def __init__(self, zone: ZoneInfo) -> None:
        # the widget stands in pages of other sites
        self.assets = Assets(Path(__file__).parent / "static", {"Cross-Origin-Resource-Policy": "cross-origin"})
        self._environment = Environment(
            loader=PackageLoader("scoring.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            count=words.count,
            percent=words.percent,
            channel=words.channel,
            team=words.team,
            clock=lambda at: words.clock(at, zone),
            moment=lambda at: words.moment(at, zone),
            day=lambda at: words.day(at, zone),
        )
        self._environment.globals.update(
            WINDOWS=words.WINDOWS,
            BEFORE=words.BEFORE,
            STEPS=words.STEPS,
            APPEARANCES=APPEARANCES,
            edition=self.assets.edition,
            zone=str(zone),
        )

    def fragment(self, template: str, /, **values: Any) -> str:
        return self._environment.get_template(template).render(**values)

    def page(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A page for one visitor, in the appearance this visitor chose."""
        chosen = request.cookies.get(APPEARANCE_COOKIE)
        appearance = chosen if chosen in APPEARANCES else "auto"
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        shown = {"role": None, "here": here, "path": request.url.path} | values
        return HTMLResponse(self.fragment(template, appearance=appearance, **shown), status, headers=PRIVATE)

    def message(self, request: Request, title: str, text: str, status: int, /) -> HTMLResponse:
        """A page that only says something."""
        return self.page(request, "message.html", status, title=title, text=text)
