"""What was raised, as a problem that says what to do."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from events.problems import Invalid, Problem
from events.runtime.errors import Unavailable
from events.runtime.problem_details import ProblemError, unavailable
from ingest.api.body import Gone
from ingest.api.call import Answer
from ingest.core.gate import Full
from ingest.core.limits import TooLarge
from ingest.core.wire import Unsupported
from ingest.store.log import NotTried
from ingest.telemetry import Reason

log = structlog.get_logger()

UNKNOWN_OUTCOME = (
    "It was not confirmed in time: the events may be stored or not. Send the same again; the same id is never counted"
    " twice."
)
NOT_FOUND = "The routes are listed on /docs."


def install(app: FastAPI) -> None:
    """Problems for what FastAPI itself answers: the pages, and paths that lead nowhere."""

    async def not_found(_: Request, __: Exception) -> Response:
        return ProblemError(404, "There is nothing here", NOT_FOUND).response()

    async def wrong_method(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  (narrowing: handlers are typed by Exception)
        return no_such_method((error.headers or {}).get("Allow", "GET")).response()

    app.add_exception_handler(404, not_found)
    app.add_exception_handler(405, wrong_method)


def no_such_method(allowed: str) -> ProblemError:
    return ProblemError(405, "This route has another method", f"Use {allowed}.", headers={"Allow": allowed})


def answer(error: Exception, request_id: str) -> tuple[Answer, Reason]:
    """The answer to a request that raised ``error``, and what we count it as. One we did not expect is logged."""
    problem, reason = _problem(error)
    if reason is Reason.OUR_FAULT:
        log.error("request failed", exc_info=error, request_id=request_id)
    response = problem.response()
    headers = [(name, value) for name, value in response.raw_headers if name != b"content-length"]
    return Answer(response.status_code, bytes(response.body), headers), reason


def _problem(error: Exception) -> tuple[ProblemError, Reason]:
    match error:
        case ProblemError():
            return error, Reason.of_status(error.status)
        case Invalid():
            return ProblemError.of(error), Reason.MALFORMED if error.syntax else Reason.OFF_CONTRACT
        case TooLarge():
            problems = [Problem(pointer, "too-large", error.message) for pointer in error.pointers or ("",)]
            return ProblemError(413, "The body is too large", problems=problems), Reason.TOO_LARGE
        case Unsupported():
            return _unsupported(error), Reason.UNSUPPORTED_TYPE
        case Gone():
            return ProblemError(400, "The body ended before it was complete"), Reason.MALFORMED
        case Full():
            return unavailable("Too much is in flight. Nothing was stored; send it again."), Reason.OVERLOADED
        case NotTried():
            return unavailable("Kafka is away. Nothing was stored; send it again."), Reason.STORE_AWAY
        case Unavailable():
            return unavailable(UNKNOWN_OUTCOME), Reason.STORE_AWAY
        case _:
            return ProblemError(500, "This is our fault", "It is logged. Nothing is promised stored."), Reason.OUR_FAULT


def _unsupported(error: Unsupported) -> ProblemError:
    wanted = "Accept-Encoding" if error.header == "Content-Encoding" else "Accept-Post"
    detail = f"{error.header} {error.message}."
    return ProblemError(415, "This kind of body is not taken", detail, headers={wanted: ", ".join(error.known)})
