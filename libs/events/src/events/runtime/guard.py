"""Who may call: an API key with the right scope, as a FastAPI dependency."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from events.runtime.api_keys import ApiKey, Keyring, Scope
from events.runtime.problem_details import ProblemError

_bearer = HTTPBearer(auto_error=False, description="An API key: amk_…")


def authenticate(keyring: Keyring, request: Request, scope: Scope) -> ApiKey:
    """The caller's key. Raises ProblemError: 401 without a valid key, 403 without the scope."""
    key = keyring.find(request.headers.get("authorization"))
    if key is None:
        raise ProblemError(
            401,
            "A valid API key is needed",
            "Send the header Authorization: Bearer amk_…",
            headers={"WWW-Authenticate": 'Bearer realm="amends"'},
        )
    if scope not in key.scopes:
        raise ProblemError(403, "This API key may not do that", f"It needs the scope {scope}.")
    return key


def require(keyring: Keyring, scope: Scope) -> Callable[..., Awaitable[ApiKey]]:
    """A dependency that yields the caller's key."""

    async def dependency(
        request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> ApiKey:
        return authenticate(keyring, request, scope)

    return dependency
