"""Running a service: an HTTP server and background jobs in one task group that owns the signals.

uvicorn's own signal handling would kill a consumer before it drains, and a consumer started from the application's
lifespan dies unseen while health checks stay green. Here SIGTERM and SIGINT set ``stop``, everything drains, the exit
code is 0; a job that ends on its own, or fails, takes the process down with exit code 1.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
import uvloop

from events.runtime import tracing
from events.runtime.errors import Stuck, Unavailable
from events.runtime.request_head import BoundedHead
from events.runtime.tracing_http import Traced
from events.runtime.tracing_setup import close_tracing

log = structlog.get_logger()

Job = Callable[[asyncio.Event], Awaitable[None]]
"""A background job: runs until the event it is given is set, then returns."""

DRAIN_SECONDS = 20

IDLE_SECONDS = 620
"""Idle connections are kept for longer than any usual load balancer keeps its end (nginx 60 s, Google 600 s): where
ours closes first, a request that is just then on its way is reset, and a POST is not sent again."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a composition root makes: an ASGI application and the jobs that run beside it."""

    app: Any
    jobs: Sequence[Job]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def serve(app: Any, jobs: Sequence[Job] = (), *, host: str, port: int) -> int:
    """Serve ``app`` and run ``jobs`` until SIGTERM or SIGINT. Returns the exit code: 0 drained, 1 something failed."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    gc.collect()
    gc.freeze()  # what is there by now stays: the collector need not look at it again and again
    gc.set_threshold(50_000, 20, 20)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server, code = _server(app, host, port), 0
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_http(server, stop))
            for job in jobs:
                group.create_task(_job(job, stop))
    except* Stuck as errors:
        for error in errors.exceptions:
            log.error("stopping", error=str(error))
        code = 1
    except* Exception as errors:
        log.error("stopping", exc_info=errors)
        code = 1
    return code


def _server(app: Any, host: str, port: int) -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            _contained(Traced(app) if tracing.on() else app),
            host=host,
            port=port,
            http=BoundedHead,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            server_header=False,
            proxy_headers=False,  # whom to believe about addresses is a setting of the service that needs them
            log_config=None,
        )
    )


def _contained(app: Any) -> Any:
    """``app``, whose unexpected errors are logged by us: uvicorn would log their messages, which may hold input."""

    async def contained(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:  # the application has answered 500 already, and raised it again to be logged
            log.error("request failed", exc_info=error)

    return contained


async def _http(server: uvicorn.Server, stop: asyncio.Event) -> None:
    serving = asyncio.ensure_future(_served(server))
    waiting = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        waiting.cancel()
    if not stop.is_set():
        raise Stuck("the HTTP server stopped by itself")


async def _served(server: uvicorn.Server) -> None:
    try:
        await server.serve()
    except SystemExit as error:  # how uvicorn reports a port that is taken
        address = f"{server.config.host}:{server.config.port}"
        raise Stuck(f"cannot listen on {address}: is the port in use?") from error


async def _job(job: Job, stop: asyncio.Event) -> None:
    try:
        await job(stop)
    except asyncio.CancelledError:  # aiokafka raises stray ones, and a task group takes no notice of a cancelled task
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
    if not stop.is_set():
        raise Stuck("a background job ended by itself")


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> None:
    """Run a service's main coroutine on uvloop and leave the process with its exit code.

    Left by ``os._exit`` once all is drained: a Kafka client that hangs must not keep the process.
    """
    # Until ``serve`` has a handler of its own: the first process of a container takes no notice of signals without one.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    try:
        code = uvloop.run(main())
    except (Stuck, Unavailable) as error:
        log.error("not started", error=str(error))
        code = 1
    except Exception as error:  # Python would print its message, which may hold a row
        log.error("ended by a fault", exc_info=error)
        code = 1
    close_tracing()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


Main = Callable[[], Coroutine[Any, Any, int]]
"""What a command of a service does. Returns the exit code."""


Commands = Mapping[str, tuple[str, Main]]
"""Commands by name: what each does in a few words, and the thing itself."""


def command(name: str, serve: Main, others: Commands | None = None) -> None:
    """The command line of a service: ``python -m NAME serve``, and what it knows beside that."""
    known = {"serve": ("run the service until SIGTERM or Ctrl-C", serve), **(others or {})}
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    commands = parser.add_subparsers(dest="command", required=True)
    for word, (words, _) in known.items():
        commands.add_parser(word, help=words)
    run(known[parser.parse_args().command][1])
