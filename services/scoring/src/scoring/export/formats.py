"""THE list of formats: rows in, pieces of a file out."""

import asyncio
import io
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from typing import IO, Any, cast

from scoring.core.digest import spreadsheet
from scoring.export.rows import Row

ROW_GROUP = 50_000
"""Rows held in memory at once for Parquet."""


@dataclass(frozen=True, slots=True)
class Format:
    """``missing``: why it cannot be had here, None where it can."""

    name: str
    media_type: str
    write: Callable[[AsyncIterable[list[Row]]], AsyncIterator[bytes]]
    missing: Callable[[], str | None] = lambda: None


async def _csv(pieces: AsyncIterable[list[Row]]) -> AsyncIterator[bytes]:
    yield spreadsheet.lines([Row._fields]).encode()
    async for rows in pieces:
        yield await asyncio.to_thread(_lines, rows)


def _lines(rows: list[Row]) -> bytes:
    return spreadsheet.lines((f"{row.start:%Y-%m-%dT%H:%M:%SZ}", *row[1:]) for row in rows).encode()


async def _parquet(pieces: AsyncIterable[list[Row]]) -> AsyncIterator[bytes]:
    """A row group at a time, encoded in a thread: it takes a tenth of a second in which others go on."""
    import pyarrow.parquet  # large: loaded where it is used

    sink, schema = _Sink(), _schema()
    writer = await asyncio.to_thread(pyarrow.parquet.ParquetWriter, cast(IO[bytes], sink), schema)
    held: list[Row] = []
    async for rows in pieces:
        held += rows
        if len(held) >= ROW_GROUP:
            await asyncio.to_thread(writer.write_table, _table(held, schema))
            held = []
            yield sink.taken()
    if held:
        await asyncio.to_thread(writer.write_table, _table(held, schema))
    await asyncio.to_thread(writer.close)  # writes the footer: a file that was cut short has none, and is not read
    yield sink.taken()


def _schema() -> Any:
    import pyarrow as pa

    name = pa.string()
    kinds = (pa.timestamp("ms", tz="UTC"), name, name, name, pa.float64(), pa.int64(), pa.float64(), pa.float64())
    nullable = ("value", "low", "high")
    fields = zip(Row._fields, (*kinds, pa.int32()), strict=True)
    return pa.schema([pa.field(field, kind, nullable=field in nullable) for field, kind in fields])


def _table(rows: list[Row], schema: Any) -> Any:
    import pyarrow as pa

    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


class _Sink(io.RawIOBase):
    """What the writer has written and nobody has taken yet."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._before = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def tell(self) -> int:
        return self._before + len(self._held)

    def taken(self) -> bytes:
        found = bytes(self._held)
        self._before += len(found)
        self._held.clear()
        return found


def _no_parquet() -> str | None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        return "needs the package pyarrow, which is not installed beside scoring"
    return None


FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        Format("csv", "text/csv", _csv),
        Format("parquet", "application/vnd.apache.parquet", _parquet, _no_parquet),
    )
}


def accepted(header: str) -> Format | None:
    """The format an ``Accept`` header likes best (RFC 9110, 12.5.1), CSV among equals; None where it takes none."""
    likes = [_range(part) for part in (header or "*/*").split(",")]
    best, found = 0.0, None
    for format_ in FORMATS.values():
        fits = [(precise, q) for kind, precise, q in likes if kind in _matching(format_.media_type)]
        quality = max(fits)[1] if fits else 0.0
        if quality > best:
            best, found = quality, format_
    return found


def _matching(media_type: str) -> tuple[str, str, str]:
    return media_type, f"{media_type.partition('/')[0]}/*", "*/*"


def _range(part: str) -> tuple[str, int, float]:
    """A media range, how precise it is, and how much it is liked."""
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        liked = float(quality)
    except ValueError:
        liked = 0.0
    return kind, 2 - kind.count("*"), liked
