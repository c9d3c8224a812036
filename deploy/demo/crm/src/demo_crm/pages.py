"""Pages for people: the customers with what they prefer, and a form where a person edits a field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from demo_crm.api import FieldName, ProfileId
from demo_crm.store import Profile, Profiles

PAGE = 50
BY_HAND = "edited by hand"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
CHANNELS = ("phone", "email", "chat", "messaging", "sms", "social", "video", "web", "in-person", "other")
CHOICES: dict[str, tuple[str, ...]] = {
    "contact_channel": CHANNELS,
    "contact_time": ("morning", "midday", "afternoon", "evening"),
    "language": (),
    "note": (),
    **{f"do_not_contact_{channel.replace('-', '_')}": ("true", "false") for channel in CHANNELS},
}
"""The fields of the form, each with the values to choose from; none: free text."""

_SENTENCES = {
    "contact_channel": "Prefers {}",
    "contact_time": "Best reached in the {}",
    "language": "Speaks {}",
    "note": "“{}”",
}
_STOP = "do_not_contact_"
_NAMES = {"email": "e-mail", "sms": "SMS", "in-person": "in person", "web": "the web", "midday": "middle of the day"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One field in words."""

    name: str
    value: str
    words: str
    provenance: str
    by_hand: bool
    warning: bool


def router(profiles: Profiles) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    templates = Jinja2Templates(File(__file__).parent / "templates")

    def page(request: Request, name: str, status: int = 200, **values: Any) -> Response:
        return templates.TemplateResponse(request, name, values, status, headers=HEADERS)

    async def one(request: Request, profile_id: str, problem: str = "") -> Response:
        profile = await profiles.get(profile_id)
        if profile is None:
            raise HTTPException(404, "No such customer")
        values = {"profile": profile, "fields": show(profile), "choices": CHOICES, "problem": problem}
        return page(request, "customer.html", 422 if problem else 200, **values)

    @routes.get("/style.css")
    async def style() -> Response:
        return Response((File(__file__).parent / "templates" / "style.css").read_text(), media_type="text/css")

    @routes.get("/", response_class=HTMLResponse)
    async def customers(request: Request, after: Annotated[str, Query(max_length=128)] = "") -> Response:
        found = await profiles.page(after=after, limit=PAGE)
        shown = [(profile, show(profile)) for profile in found]
        following = found[-1].id if len(found) == PAGE else None
        return page(request, "customers.html", customers=shown, total=await profiles.count(), next=following)

    @routes.get("/customers/{profile_id}", response_class=HTMLResponse)
    async def customer(request: Request, profile_id: ProfileId) -> Response:
        return await one(request, profile_id)

    @routes.post("/customers/{profile_id}")
    async def edit(
        request: Request,
        profile_id: ProfileId,
        field: Annotated[FieldName, Form()],
        value: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:
        """A person's edit. An empty value clears the field."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403, "This form is not to be sent from another site")
        if await profiles.get(profile_id) is None:
            raise HTTPException(404, "No such customer")
        if CHOICES.get(field) and value not in (*CHOICES[field], ""):
            return await one(request, profile_id, f"{field} must be one of: {', '.join(CHOICES[field])}.")
        await profiles.change(profile_id, {field: _edited(value.strip(), datetime.now(UTC))})
        return RedirectResponse(f"/customers/{profile_id}", 303)

    return routes


def _edited(value: str, now: datetime) -> Mapping[str, Any] | None:
    if not value:
        return None
    typed = {"true": True, "false": False}.get(value, value)
    return {"value": typed, "stated_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"), "source": BY_HAND}


def show(profile: Profile) -> list[Shown]:
    """The profile's fields in words, the ones to heed first."""
    shown = (_shown(name, field) for name, field in profile.fields.items())
    return sorted(shown, key=lambda field: (not field.warning, field.name))


def _shown(name: str, field: Any) -> Shown:
    known = field if isinstance(field, Mapping) else {"value": field}
    value = known.get("value")
    source = str(known.get("source") or "")
    by_hand = source == BY_HAND
    said = source if by_hand or not source else f"said in {source}"
    provenance = " on ".join(part for part in (said, _day(known.get("stated_at"))) if part)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    warning = value is True and name.startswith(_STOP)
    return Shown(name, text, _words(name, value), provenance, by_hand, warning)


def _words(name: str, value: Any) -> str:
    if name.startswith(_STOP):
        channel = name.removeprefix(_STOP).replace("_", "-")
        stop = "Do not contact by {}" if value is True else "May be contacted by {}"
        return (
            stop.format(_NAMES.get(channel, channel)).replace("by in person", "in person").replace("by the", "on the")
        )
    sentence = _SENTENCES.get(name, name.replace("_", " ").capitalize() + ": {}")
    return sentence.format(_NAMES.get(str(value), value))


def _day(stated_at: Any) -> str:
    try:
        day = datetime.fromisoformat(str(stated_at))
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}"
