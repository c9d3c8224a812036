"""Rendering: templates with autoescape, and what every page knows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alerting.core.case import CAUSES, closable_as
from alerting.core.message import score_text
from alerting.desk import preference_words, story, visitor, words
from alerting.store.queue import person_key
from events.runtime.assets import Assets
from events.vocabulary import CHANNELS

HOME = "/desk/"


class Pages:
    def __init__(
        self, assets: Assets, zone: ZoneInfo, now: Callable[[], datetime], *, with_preferences: bool = False
    ) -> None:
        """``with_preferences``: profile-sync's pages have their entry in the navigation."""
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
            CAUSES={cause: words.CAUSES[cause] for cause in CAUSES},
            CHANNELS=CHANNELS,
            NEXT=words.NEXT,
            NOTIFICATIONS=words.NOTIFICATIONS,
            NOTIFICATION_STATES=words.NOTIFICATION_STATES,
            OUTCOMES=words.OUTCOMES,
            PLAYS=words.PLAYS,
            REASONS=words.REASONS,
            RESULTS=words.RESULTS,
            SHORT_OUTCOMES=words.SHORT_OUTCOMES,
            STATES=words.STATES,
            URGENCIES=words.URGENCIES,
            closable_as=closable_as,
            edition=assets.edition,
            known_as=words.known,
            person_key=person_key,
            preference_words=preference_words,
            score_text=score_text,
            with_preferences=with_preferences,
        )

    def render(self, request: Request, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        now = self._now()
        html = self._templates.get_template(template).render(
            now=now,
            moment=lambda at, zone=self._zone: words.moment(at, zone, now),
            line=lambda entry: story.line(entry, self._zone, now),
            zone=str(self._zone),
            visitor=visitor.who(request),
            csrf=visitor.csrf(request),
            here=request.url.path,
            **values,
        )
        return HTMLResponse(html, status)

    def message(
        self, request: Request, title: str, text: str, status: int = 200, /, *, again: bool = False
    ) -> HTMLResponse:
        """A page that only says something. ``again``: it asks the browser to load the same address once more."""
        return self.render(request, "message.html", status, title=title, text=text, again=again)
