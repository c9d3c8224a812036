"""PostgreSQL: the engine, which errors mean "away", and the ledger that makes effects happen once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event as hooks
from sqlalchemy import text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from events.envelope import Event
from events.runtime.errors import Fenced, Stuck, Unavailable
from events.runtime.ports import Handler
from events.runtime.stream import Partition
from events.runtime.waiting import pause

log = structlog.get_logger()

INBOX_DAYS = 14
FORGET_AT_ONCE = 20_000
_FORGET = text(
    "DELETE FROM inbox WHERE ctid IN"
    " (SELECT ctid FROM inbox WHERE seen_at < now() - make_interval(days => :days) LIMIT :most)"
)

# SQLSTATE classes that say nothing about the data: connection, login, database gone, resources, operator, system,
# internal errors, serialization; then lock timeouts, read-only servers, rights taken away, a plan made stale by DDL.
_AWAY_CLASSES = ("08", "28", "3D", "53", "57", "58", "F0", "XX", "40")
_AWAY_STATES = {"55P03", "25006", "25P03", "42501", "0A000"}
_GONE_STATES = {"3F000", "42P01", "42703"}
"""A schema, table or column that is not there, or a schema we may not use: never the data's fault."""
_DEAD_CONNECTION = {"25006", "57P01", "57P02", "57P03"}


def create_engine(url: str, schema: str, *, pool_size: int = 5, renewed_in: Path | None = None) -> AsyncEngine:
    """An engine whose connections see ``schema`` first, never wait for ever, and notice a failover.

    Args:
        url: postgresql://user@host:port/database, with libpq's ``?sslmode=…`` if need be; several hosts as
            ``?host=a:5432&host=b:5432``.
        renewed_in: the file that ``url`` stands in: each connection is made by the user and password it has then.

    Raises:
        Stuck: that is no such address.
    """
    engine = create_async_engine(
        _address(url),
        pool_size=pool_size,
        max_overflow=5,
        pool_recycle=1800,
        pool_timeout=10,
        hide_parameters=True,  # they are customers' words and ids, and errors are logged
        connect_args={
            "timeout": 5,
            "command_timeout": 30,
            "server_settings": {
                "search_path": schema,
                "application_name": f"amends-{schema}",
                "timezone": "UTC",
                "statement_timeout": "25s",
                "lock_timeout": "10s",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
    )
    hooks.listen(engine.sync_engine, "handle_error", _mark_dead_connections)
    if renewed_in is not None:
        hooks.listen(engine.sync_engine, "do_connect", partial(_as_whom_it_says_now, renewed_in))
    return engine


def _address(url: str) -> URL:
    """For asyncpg, which takes the values of ``sslmode`` under another name."""
    try:
        found = make_url(url).set(drivername="postgresql+asyncpg")
    except (ArgumentError, ValueError) as error:
        raise Stuck("the database address is not postgresql://user@host:port/database") from error
    if mode := found.query.get("sslmode"):
        found = found.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return found


def _as_whom_it_says_now(file: Path, _dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
    """Not where: of one pool some connections would write to one database, and some to another."""
    try:
        said = _address(file.read_text("utf-8").strip())
    except (Stuck, OSError, UnicodeDecodeError) as error:
        log.warning("not read anew; what was valid before goes on", error=type(error).__name__)
    else:
        named |= {name: value for name, value in (("user", said.username), ("password", said.password)) if value}


def _mark_dead_connections(context: ExceptionContext) -> None:
    if getattr(context.original_exception, "sqlstate", None) in _DEAD_CONNECTION:
        context.is_disconnect = True


def _is_away(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or state is None or state in _AWAY_STATES or state[:2] in _AWAY_CLASSES
    # asyncpg raises OSError and TimeoutError past SQLAlchemy; a pool that has run dry has an error of its own.
    return isinstance(error, OSError | TimeoutError | PoolTimeoutError) or type(error) is SQLAlchemyError


def _kind(error: BaseException) -> str:
    """What PostgreSQL calls it, where it has a name; never its message, which may hold input."""
    translated = getattr(error, "orig", None)
    return type(getattr(translated, "__cause__", None) or translated or error).__name__


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction, committed on success.

    Raises:
        Unavailable: the database is away, or gave the transaction up for a reason that is not the data.
        Stuck: it lacks what this code needs.
    """
    try:
        async with engine.begin() as connection:
            yield connection
    except Exception as error:
        if _is_away(error):
            raise Unavailable(f"database: {_kind(error)}") from error
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _GONE_STATES:
            raise Stuck(f"database: {_kind(error)}: a schema, table or column is gone, or not ours to use") from error
        raise


async def database_ready(engine: AsyncEngine, *, seconds: float = 3) -> Sequence[str]:
    """A readiness check: nothing to say, or that the database does not answer in time."""
    try:
        async with asyncio.timeout(seconds), transaction(engine) as tx:
            await tx.execute(text("SELECT 1"))
    except (Unavailable, TimeoutError):
        return ["the database does not answer"]
    return []


class PostgresLedger:
    """Offsets and inbox in the schema of one service; the handler's effects join their transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def position(self, partition: Partition) -> int:
        async with transaction(self._engine) as tx:
            stored = await tx.scalar(
                text("SELECT next_offset FROM stream_offset WHERE topic = :topic AND partition = :number"),
                partition._asdict(),
            )
        return int(stored or 0)

    async def apply(
        self,
        partition: Partition,
        start: int,
        end: int,
        events: Sequence[Event[Any]],
        handler: Handler[AsyncConnection],
    ) -> int:
        async with transaction(self._engine) as tx:
            await self._advance(tx, partition, start, end)
            fresh = await self._unseen(tx, events)
            if fresh:
                await handler(tx, fresh)
            return len(fresh)

    async def _advance(self, tx: AsyncConnection, partition: Partition, start: int, end: int) -> None:
        """Compare-and-set. The row lock also makes a second owner of the partition wait, and then lose."""
        values = {**partition._asdict(), "start": start, "end": end}
        if start == 0:
            await tx.execute(
                text("INSERT INTO stream_offset VALUES (:topic, :number, 0) ON CONFLICT DO NOTHING"), values
            )
        moved = await tx.execute(
            text(
                "UPDATE stream_offset SET next_offset = :end"
                " WHERE topic = :topic AND partition = :number AND next_offset = :start"
            ),
            values,
        )
        if moved.rowcount != 1:
            raise Fenced(f"{partition.topic}/{partition.number} is not at {start} any more")

    async def _unseen(self, tx: AsyncConnection, events: Sequence[Event[Any]]) -> list[Event[Any]]:
        """The new events in order, each identity once. Keys are sorted so that two members cannot deadlock."""
        first: dict[bytes, Event[Any]] = {}
        for event in events:
            first.setdefault(_digest(event), event)
        if not first:
            return []
        found = await tx.execute(
            text(
                "INSERT INTO inbox (identity) SELECT unnest(CAST(:keys AS bytea[]))"
                " ON CONFLICT DO NOTHING RETURNING identity"
            ),
            {"keys": sorted(first)},
        )
        new = {bytes(row.identity) for row in found}
        return [event for key, event in first.items() if key in new]

    async def forget(self) -> int:
        """Drop inbox entries older than 14 days: senders have stopped retrying those. Returns how many."""
        gone, found = 0, FORGET_AT_ONCE
        while found == FORGET_AT_ONCE:  # in steps: all of a backlog at once would run into the statement timeout
            async with transaction(self._engine) as tx:
                found = (await tx.execute(_FORGET, {"days": INBOX_DAYS, "most": FORGET_AT_ONCE})).rowcount
            gone += found
        return gone


def _digest(event: Event[Any]) -> bytes:
    return hashlib.blake2b("\0".join(event.identity).encode(), digest_size=16).digest()


async def forget_hourly(ledger: PostgresLedger, stop: asyncio.Event) -> None:
    """Keep the inbox short, until ``stop``."""
    while not stop.is_set():
        try:
            await ledger.forget()
            wait = 3600.0
        except Unavailable:
            wait = 60.0
        await pause(stop, wait)


def ledger_tables() -> tuple[str, ...]:
    """The statements that create what a ledger needs; the first migration of each service runs them."""
    return (
        "CREATE TABLE stream_offset (topic text, partition int, next_offset bigint NOT NULL,"
        " PRIMARY KEY (topic, partition))",
        "CREATE TABLE inbox (identity bytea PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT now())",
        "CREATE INDEX inbox_seen_at ON inbox USING brin (seen_at)",
    )
