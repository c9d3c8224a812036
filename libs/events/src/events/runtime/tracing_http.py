"""A span for each request over HTTP, but for those of whoever watches us.

Of an address only its pattern is told, ``/v1/cases/{case_id}``: in the rest there may be somebody's id.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.origin import Origin
from events.runtime import tracing
from events.runtime.tracing import Span

WATCHING = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Traced:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in WATCHING:
            await self._app(scope, receive, send)
            return
        known = scope["method"] in METHODS
        method, name = (scope["method"], scope["method"]) if known else ("_OTHER", "HTTP")
        caller = Origin(None, dict(scope["headers"]).get(b"traceparent", b"").decode("latin-1"))
        said = {"http.request.method": method, "url.scheme": scope.get("scheme", "http")}
        with tracing.serving(name, caller, said) as span:
            try:
                await self._app(scope, receive, _watched(send, span))
            finally:
                if route := pattern(scope):
                    span.say({"http.route": route}, name=f"{name} {route}")


def pattern(scope: Scope) -> str | None:
    """Of the route that was taken: FastAPI leaves it in the scope, and so does ingest. None where there was none."""
    path = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{path}" if isinstance(path, str) else None


def _watched(send: Send, span: Span) -> Send:
    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            span.say({"http.response.status_code": status})
            if status >= 500:
                span.fail(str(status))
        await send(message)

    return watched
