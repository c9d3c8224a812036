"""An HTTP API as every service begins it: problem details, and a documentation page that needs no other server."""

from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi_swagger import patch_fastapi

from events.runtime import problem_details

A = TypeVar("A", bound=FastAPI)

_ERROR = {"type": "object", "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")}}
_PROBLEM = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail")},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": _ERROR},
    },
}


def refusal(description: str) -> dict[str, Any]:
    """What the page says of a status that is answered with a problem."""
    return {"description": description, "content": {problem_details.MEDIA_TYPE: {"schema": _PROBLEM}}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: refusal("No valid API key."),
    403: refusal("The API key lacks the scope."),
    503: refusal("The database is away; ask again."),
}
"""What every route that needs a key may answer."""


def create(kind: type[A], **options: Any) -> A:
    """A ``kind`` of application with its page at /docs, to which / leads. The page's scripts are served by us: a
    contact centre's network may reach no content delivery network.
    """
    refused = refusal("The request does not fit the contract; `errors` says where.")
    options.setdefault("responses", {422: refused})  # instead of FastAPI's own schema, which is not what we answer
    app = kind(docs_url=None, redoc_url=None, swagger_ui_oauth2_redirect_url=None, **options)
    problem_details.install(app)
    patch_fastapi(app, redirect_from_root_to_docs=False)
    return app
