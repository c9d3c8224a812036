"""What was raised, as a problem that says what to do."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from events.problems import Invalid, Problem
from events.runtime.errors import Unavailable
from events.runtime.problem_details import ProblemError, unavailable
from ingest.core.gate import Full
from ingest.core.limits import TooLarge
from ingest.core.wire import Unsupported
from ingest.store import NotTried
from ingest.telemetry import Reason, Telemetry

UNKNOWN_OUTCOME = (
    "Kafka did not confirm in time: the events may be stored or not. Send the same again; the same id is never"
    " counted twice."
)


def install(app: FastAPI, telemetry: Telemetry) -> None:
    def answers(kind: int | type[Exception], problem: Callable[[Exception], ProblemError]) -> None:
        async def handler(_: Request, error: Exception) -> Response:
            return problem(error).response()

        app.add_exception_handler(kind, handler)

    def counted(reason: Reason, detail: str) -> Callable[[Exception], ProblemError]:
        def problem(_: Exception) -> ProblemError:
            telemetry.rejected(reason)
            return unavailable(detail)

        return problem

    answers(404, lambda _: ProblemError(404, "There is nothing here", "The routes are listed on /docs."))
    answers(405, _wrong_method)
    answers(Exception, lambda _: ProblemError(500, "This is our fault", "It is logged. Nothing is promised stored."))
    answers(Invalid, _invalid)
    answers(TooLarge, _too_large)
    answers(Unsupported, _unsupported)
    answers(ClientDisconnect, lambda _: ProblemError(400, "The body ended before it was complete"))
    answers(Full, counted(Reason.OVERLOADED, "Too much is in flight. Nothing was stored; send it again."))
    answers(NotTried, counted(Reason.KAFKA_AWAY, "Kafka is away. Nothing was stored; send it again."))
    answers(Unavailable, counted(Reason.KAFKA_AWAY, UNKNOWN_OUTCOME))


def _invalid(error: Exception) -> ProblemError:
    assert isinstance(error, Invalid)  # noqa: S101  (narrowing: handlers are typed by Exception)
    return ProblemError.of(error)


def _too_large(error: Exception) -> ProblemError:
    assert isinstance(error, TooLarge)  # noqa: S101
    problems = [Problem(pointer, "too-large", error.message) for pointer in error.pointers or ("",)]
    return ProblemError(413, "The body is too large", problems=problems)


def _unsupported(error: Exception) -> ProblemError:
    assert isinstance(error, Unsupported)  # noqa: S101
    wanted = "Accept-Encoding" if error.header == "Content-Encoding" else "Accept-Post"
    detail = f"{error.header} {error.message}."
    return ProblemError(415, "This kind of body is not taken", detail, headers={wanted: ", ".join(error.known)})


def _wrong_method(error: Exception) -> ProblemError:
    assert isinstance(error, HTTPException)  # noqa: S101
    allowed = (error.headers or {}).get("Allow", "")
    return ProblemError(405, "This route has another method", f"Use {allowed}.", headers=error.headers)
