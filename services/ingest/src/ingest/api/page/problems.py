"""Every refusal an event route or a webhook knows, as the page shows it: why, and an example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from events.runtime.problem_details import MEDIA_TYPE


class ErrorDetail(BaseModel):
    """One complaint: a JSON pointer into the body, a stable code, a sentence."""

    model_config = ConfigDict(extra="forbid")

    pointer: str
    code: str
    detail: str


class ProblemDetails(BaseModel):
    """Why the request was not accepted (RFC 9457)."""

    model_config = ConfigDict(title="Problem", extra="forbid")

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[ErrorDetail] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refusal:
    """``headers``: of the answer, beside those of every answer: name → what it says."""

    status: int
    why: str
    title: str
    detail: str | None = None
    errors: Sequence[tuple[str, str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


_RETRY = {"Retry-After": "Seconds after which to send the same again."}

REFUSALS = (
    Refusal(
        400,
        "The body is not what its content type says, or not JSON that every reader understands alike.",
        "The body is not acceptable JSON",
        errors=[("", "duplicate-key", "has an object in which a key stands twice")],
    ),
    Refusal(
        401,
        "No valid API key, or for a webhook: no valid signature.",
        "A valid API key is needed",
        "Send the header Authorization: Bearer amk_…",
        headers={"WWW-Authenticate": "What is asked for."},
    ),
    Refusal(
        403,
        "The API key lacks the scope (`events:write`; for `customer.erased` it is `erasure:write`), or may not speak"
        " for that source; or the address is not allowed.",
        "This API key may not speak for that source",
        "Send the source the key was made for. Plain reports name it in the header Amends-Source.",
        [("/0/source", "source", "is not a source this API key may speak for")],
    ),
    Refusal(408, "The body did not come in time.", "The body did not come in time", "Send it within 20 s."),
    Refusal(
        413,
        "Too large, or too many events.",
        "The body is too large",
        errors=[("", "too-large", "has over 65536 bytes")],
    ),
    Refusal(
        415,
        "A content type or encoding we do not take.",
        "This kind of body is not taken",
        "Content-Type must be application/json.",
        headers={
            "Accept-Post": "The content types taken, where the content type was the trouble.",
            "Accept-Encoding": "The encodings taken, where the encoding was the trouble.",
        },
    ),
    Refusal(
        422,
        "The document does not fit the contract; `errors` says where.",
        "The body does not fit the contract",
        errors=[("/value", "missing", "is required")],
    ),
    Refusal(
        429,
        "Too often: with this key, for this source, or without valid credentials from this address.",
        "Too many requests",
        "This API key is used too often.",
        headers=_RETRY,
    ),
    Refusal(
        503,
        "Not now: Kafka is away, or too much is in flight. Send the same again after `Retry-After` seconds.",
        "Not available right now",
        "Kafka is away. Nothing was stored; send it again.",
        headers=_RETRY,
    ),
)

NO_SOURCE = Refusal(
    404,
    "There is no source of that name.",
    "There is no such source",
    "amends source list shows those that are configured.",
)


def responses(refusals: Sequence[Refusal], schema: str) -> dict[str, Any]:
    """OpenAPI responses by status. ``schema``: the reference of the schema of a problem."""
    return {str(refusal.status): _response(refusal, schema) for refusal in refusals}


def _response(refusal: Refusal, schema: str) -> dict[str, Any]:
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in refusal.headers.items()}
    return {
        "description": refusal.why,
        "headers": described,
        "content": {MEDIA_TYPE: {"schema": {"$ref": schema}, "example": _example(refusal)}},
    }


def _example(refusal: Refusal) -> dict[str, Any]:
    example: dict[str, Any] = {"type": "about:blank", "title": refusal.title, "status": refusal.status}
    if refusal.detail:
        example["detail"] = refusal.detail
    if refusal.errors:
        example["errors"] = [
            {"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in refusal.errors
        ]
    return example
