"""Behind a proxy: whose word on a visitor's address is taken."""

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def behind(proxies: str, app: ASGIApp) -> ASGIApp:
    """``app``, told of the real client's address by the proxies of ``TrustedProxies`` that are believed."""
    believed = [each.strip() for each in proxies.split(",") if each.strip()]
    return ProxyHeadersMiddleware(app, believed) if believed else app  # type: ignore[arg-type,return-value]
