"""Reading a request's body into a model, up to a limit and strictly, and saying in the API's page what it holds."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from events import strict_json
from events.problems import Invalid, from_validation_error
from events.runtime.api_page import refusal
from events.runtime.problem_details import ProblemError

M = TypeVar("M", bound=BaseModel)

LARGEST_BODY = 64 * 1024


async def read_body(request: Request) -> bytes:
    """The whole body. Raises HTTPException 413 as soon as it is larger than 64 KiB, whatever its headers say."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, "The body is too large")
    return bytes(body)


def body(kind: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A dependency that says every complaint without repeating the input."""

    async def read(request: Request) -> M:
        try:
            document = strict_json.loads(await read_body(request))
            return kind.model_validate(document)
        except Invalid as error:
            raise ProblemError.of(error) from error
        except ValidationError as error:
            raise ProblemError.of(from_validation_error(error, document)) from error

    return read


def body_schema(kind: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """For ``openapi_extra`` of a route."""
    content = {"application/json": {"schema": kind.model_json_schema(), "example": example}}
    refused = {"400": refusal("The body is not acceptable JSON."), "413": refusal("The body is too large.")}
    return {"requestBody": {"required": True, "content": content}, "responses": refused}
