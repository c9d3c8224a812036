"""Parts that are not ours: seen to answer before anything relies on them, never started, never stopped."""

import asyncio
import threading
import time
from urllib.parse import urlsplit

import asyncpg

from amends.local.errors import PartFailed
from amends.local.probes import NotAnswering, kafka_brokers

ANSWER_SECONDS = 10.0
PAUSE_SECONDS = 0.2


def check_kafka(bootstrap: str, timeout: float = ANSWER_SECONDS) -> None:
    """PartFailed unless one server in `bootstrap` (host:port, …) answers as a plaintext Kafka within `timeout`."""
    addresses = [_address(text.strip()) for text in bootstrap.split(",")]
    deadline, reason = time.monotonic() + timeout, ""
    while (left := deadline - time.monotonic()) > 0:
        for host, port in addresses:
            try:
                kafka_brokers(host, port, max(left / len(addresses), PAUSE_SECONDS))
                return
            except NotAnswering as error:
                reason = str(error)
        time.sleep(PAUSE_SECONDS)
    raise PartFailed(f"KAFKA_BOOTSTRAP_SERVERS={bootstrap}: no Kafka answers there within {timeout:.0f} s ({reason})")


def check_database(url: str, timeout: float = ANSWER_SECONDS) -> None:
    """PartFailed unless one can log in at `url` within `timeout`. The message never holds the password."""
    outcome: list[str | None] = []
    # A thread of its own, as the caller may be inside a running event loop.
    thread = threading.Thread(target=lambda: outcome.append(asyncio.run(_log_in(url, timeout))), daemon=True)
    thread.start()
    thread.join(timeout + 1)
    problem = outcome[0] if outcome else "no answer"
    if problem is not None:
        raise PartFailed(f"DATABASE_URL ({_shown(url)}): no log-in within {timeout:.0f} s ({problem})")


async def _log_in(url: str, timeout: float) -> str | None:
    scheme, separator, rest = url.partition("://")
    dsn = scheme.partition("+")[0] + separator + rest  # postgresql+asyncpg:// is SQLAlchemy's way of naming the driver
    deadline = time.monotonic() + timeout
    while True:
        try:
            left = max(deadline - time.monotonic(), PAUSE_SECONDS)
            connection = await asyncpg.connect(dsn, timeout=left)
            await connection.close(timeout=left)
            return None
        except (OSError, asyncpg.CannotConnectNowError) as error:  # perhaps it is just starting
            if time.monotonic() + PAUSE_SECONDS > deadline:
                return str(error) or type(error).__name__
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            return str(error)
        await asyncio.sleep(PAUSE_SECONDS)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise PartFailed(f"KAFKA_BOOTSTRAP_SERVERS must be host:port, several with commas, and {text!r} is not")
    return host.strip("[]"), int(port)


def _shown(url: str) -> str:
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or '?'}:{parts.port or 5432}{parts.path}"
    except ValueError:
        return "not a URL"
