"""RFC 9457 problem details: every error any of our APIs answers, and none of them repeats the input."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from events.problems import Invalid, Problem, message
from events.runtime.errors import Unavailable

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """Answer this problem.

    Args:
        status: HTTP status code.
        title: a short sentence, the same for every occurrence.
        detail: what to do about this one.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str | None = None,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, error: Invalid) -> "ProblemError":
        """400 for what is not JSON we accept, 422 for what does not fit the contract."""
        title = "The body is not acceptable JSON" if error.syntax else "The body does not fit the contract"
        return cls(400 if error.syntax else 422, title, problems=error.problems)

    def response(self) -> Response:
        body: dict[str, Any] = {"type": "about:blank", "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        if self.problems:
            body["errors"] = [{"pointer": p.pointer, "code": p.code, "detail": p.message} for p in self.problems]
        return Response(
            json.dumps(body), self.status, media_type=MEDIA_TYPE, headers={**self.headers, "Cache-Control": "no-store"}
        )


def unavailable(detail: str, *, retry_after: int = 2) -> ProblemError:
    """503 with Retry-After: nothing is wrong with the request; send it again."""
    return ProblemError(503, "Not available right now", detail, headers={"Retry-After": str(retry_after)})


def install(app: FastAPI) -> None:
    """Make ``app`` answer all its errors as problem details."""

    async def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)  # noqa: S101  (narrowing: starlette types handlers by Exception)
        return error.response()

    async def away(_: Request, error: Exception) -> Response:
        return unavailable("something this service depends on is away").response()

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        detail = "The routes are listed on /docs." if error.status_code == 404 else None
        return ProblemError(error.status_code, str(error.detail), detail, headers=error.headers).response()

    async def parameters(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        problems = [
            Problem("/" + "/".join(str(step) for step in item["loc"]), item["type"], message(item))
            for item in error.errors()
        ]
        return ProblemError(422, "The request does not fit the contract", problems=problems).response()

    async def broken(_: Request, error: Exception) -> Response:
        return ProblemError(500, "This is our fault", "It is logged.").response()

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(Exception, broken)
    app.add_exception_handler(Unavailable, away)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, parameters)
