"""The composition root."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_swagger import patch_fastapi
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from demo_crm import api, pages
from demo_crm.store import Profiles


def create_app(database_url: str, token: str) -> FastAPI:
    """The CRM as an ASGI application. Its tables are created when it starts."""
    engine = create_async_engine(
        make_url(database_url).set(drivername="postgresql+asyncpg"),
        pool_size=5,
        connect_args={"timeout": 5, "server_settings": {"search_path": "demo_crm", "timezone": "UTC"}},
    )
    profiles = Profiles(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await profiles.create_tables()
        yield
        await engine.dispose()

    app = FastAPI(
        title="Reference CRM",
        description=api.__doc__ or "",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    patch_fastapi(app, redirect_from_root_to_docs=False)  # a page that needs no other server
    app.include_router(pages.router(profiles))

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> dict[str, str]:
        await profiles.count()
        return {"status": "ready"}

    app.include_router(api.router(profiles, token))
    return app
