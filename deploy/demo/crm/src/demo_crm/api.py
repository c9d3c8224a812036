"""Customer profiles. Every change names the state it starts from (If-Match, or If-None-Match: * for a new profile)."""

import hmac
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from demo_crm.store import KeyReused, PreconditionFailed, Profile, Profiles

MAX_FIELDS = 100
ProfileId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:-]{1,128}$", examples=["cus-42"])]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

_EXAMPLE: dict[str, Any] = {
    "contact_channel": {"value": "email", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}
}


class Fields(BaseModel):
    """The fields to replace, each whole; null removes one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"fields": _EXAMPLE}})
    fields: Annotated[dict[FieldName, Any], Field(max_length=MAX_FIELDS)]


class ProfileBody(BaseModel):
    id: str
    fields: dict[str, Any] = Field(examples=[_EXAMPLE])
    updated_at: datetime | None


class ProfilePage(BaseModel):
    profiles: list[ProfileBody]
    next: str | None = Field(description="Give this as `after` for the next page; null on the last one.")


def router(profiles: Profiles, token: str) -> APIRouter:
    bearer = HTTPBearer(auto_error=False)

    async def authenticated(found: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if found is None or not hmac.compare_digest(found.credentials.encode(), token.encode()):
            raise HTTPException(401, "A valid token is needed", headers={"WWW-Authenticate": "Bearer"})

    routes = APIRouter(prefix="/profiles", tags=["profiles"], dependencies=[Depends(authenticated)])

    @routes.get("")
    async def list_profiles(
        limit: Annotated[int, Query(ge=1, le=500)] = 100, after: Annotated[str, Query(max_length=128)] = ""
    ) -> ProfilePage:
        """All profiles, in order of their ids."""
        found = await profiles.page(after=after, limit=limit)
        return ProfilePage(
            profiles=[_body(profile) for profile in found], next=found[-1].id if len(found) == limit else None
        )

    @routes.get("/{profile_id}")
    async def get_profile(profile_id: ProfileId, response: Response) -> ProfileBody:
        """One profile, with its ETag. 404 for a customer not known yet."""
        profile = await profiles.get(profile_id)
        if profile is None:
            raise HTTPException(404, "No such profile")
        response.headers["ETag"] = profile.etag
        return _body(profile)

    @routes.patch("/{profile_id}")
    async def change_profile(
        profile_id: ProfileId,
        change: Fields,
        response: Response,
        if_match: Annotated[str | None, Header(examples=['"1"'])] = None,
        if_none_match: Annotated[str | None, Header(pattern=r"^\*$")] = None,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
    ) -> ProfileBody:
        """Change fields. 412: the profile is not as named; 428: none was named; 422: the key was used for another body.

        The same request under the same Idempotency-Key is answered as it was the first time, and done once.
        """
        if if_match is None and if_none_match is None:
            raise HTTPException(428, "Send If-Match with the profile's ETag, or If-None-Match: * for a new one")
        expected = if_match if if_match is not None else ""
        try:
            profile = await profiles.change(profile_id, change.fields, expected=expected, key=idempotency_key)
        except PreconditionFailed:
            raise HTTPException(412, "The profile has changed: read it again") from None
        except KeyReused:
            raise HTTPException(422, "This Idempotency-Key was used for another request") from None
        response.headers["ETag"] = profile.etag
        return _body(profile)

    return routes


def _body(profile: Profile) -> ProfileBody:
    return ProfileBody(id=profile.id, fields=dict(profile.fields), updated_at=profile.updated_at)
