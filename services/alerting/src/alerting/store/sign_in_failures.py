"""Who tries too often to sign in: counted in the database, so that neither a restart nor a second replica forgets."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.attempts import FORGOTTEN_AFTER_SECONDS, Kind, Subject, wait
from events.runtime.database import transaction

# clock_timestamp(), as tries that waited for the row's lock began before the one that held it was counted.
_LOCK = text(
    "INSERT INTO sign_in_failure (subject, failures, last_at) VALUES (:subject, 0, clock_timestamp())"
    " ON CONFLICT (subject) DO UPDATE SET failures = sign_in_failure.failures"
    " RETURNING failures, extract(epoch FROM clock_timestamp() - last_at)::float8 AS seconds_ago"
)
_CHARGE = text(
    "UPDATE sign_in_failure SET failures = CASE WHEN clock_timestamp() - last_at >= make_interval(secs => :forgotten)"
    " THEN 1 ELSE failures + 1 END, last_at = clock_timestamp() WHERE subject = ANY(CAST(:subjects AS bytea[]))"
)
_FORGET = text("DELETE FROM sign_in_failure WHERE subject = ANY(CAST(:subjects AS bytea[]))")
_TAKE_BACK = text(
    "UPDATE sign_in_failure SET failures = greatest(failures - 1, 0) WHERE subject = ANY(CAST(:subjects AS bytea[]))"
)
_TIDY = text("DELETE FROM sign_in_failure WHERE last_at < now() - make_interval(secs => :forgotten)")

_FORGIVEN = (Kind.LOGIN, Kind.LOGIN_HERE)


class SignInFailures:
    """Raises Unavailable: nobody is let in uncounted."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def charge(self, subjects: Iterable[Subject]) -> float:
        """Count a try as a failure and return 0; or return the seconds to wait, and count nothing."""
        wanted = sorted(set(subjects), key=lambda each: each.digest)  # in one order: two tries cannot deadlock
        async with transaction(self._engine) as tx:
            waits = [await self._locked(tx, subject) for subject in wanted]
            longest = max(waits, default=0.0)
            if not longest:
                digests = [each.digest for each in wanted]
                await tx.execute(_CHARGE, {"subjects": digests, "forgotten": FORGOTTEN_AFTER_SECONDS})
        return longest

    async def _locked(self, tx: AsyncConnection, subject: Subject) -> float:
        row = (await tx.execute(_LOCK, {"subject": subject.digest})).one()
        return wait(subject.kind, row.failures, row.seconds_ago)


async def forgive(tx: AsyncConnection, subjects: Iterable[Subject]) -> None:
    """The try was right: what was charged to the login is forgotten, to the others taken back."""
    wanted = sorted(set(subjects), key=lambda each: each.digest)
    await tx.execute(_FORGET, {"subjects": [each.digest for each in wanted if each.kind in _FORGIVEN]})
    await tx.execute(_TAKE_BACK, {"subjects": [each.digest for each in wanted if each.kind not in _FORGIVEN]})
    await tx.execute(_TIDY, {"forgotten": FORGOTTEN_AFTER_SECONDS})
