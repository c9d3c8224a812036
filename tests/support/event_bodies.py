"""Bodies with events, right and bent: for whatever claims to read JSON strictly."""

import json
import random
from functools import cache
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel

from events import scales
from events.catalog import POSTED, EventType
from events.envelope import Attributes

WEIRD: list[Any] = [
    *(None, True, False, 0, 1, 5, 5.0, 1.0, -1, -0.0, 0.1, 1e-7, 1e15, 1e20, 2**53, 2**53 - 1, 2**63, 2**64, 10_001),
    *(
        "",
        " ",
        "x",
        "5",
        "null",
        "a\n",
        "a b",
        "\x00",
        "\x1f",
        "\x7f",
        "\\",
        '"',
        "\\u0030",
        "é",
        "\u2028",
        "\U0001f600",
    ),
    *("x" * 129, "x" * 8192, "x" * 8193, "é" * 4097, "\ud800", "\udc00\ud800", "T", "Z", "-0000", "\x1cx", '"data":{}'),
    *([], {}, [[]], {"a": 1}, {"kind": "note", "value": "x"}, [{"kind": "note", "value": "x", "stop": True}]),
]
TOKENS = ["1e400", "-1e400", "NaN", "Infinity", "-0", "-0.0", "1.0", "1e0", "1E5", "01", "1.", ".5", "+1", "9" * 400]
TOKENS += ["9007199254740993", "18446744073709551616", "0.1000000000000000055511151231257827", "1e-400", "2.5e-324"]
TOKENS += ['"\\ud800"', '"\\u0000"', '"\\x"', '"\x01"', "'x'", "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40]


class Token(str):
    """JSON text that is written as it stands."""


@st.composite
def instants(draw: st.DrawFn, *, odd: bool = True) -> str:
    """Ordinary ones, and, where ``odd``, many others."""
    of = lambda usual, *others: draw(st.sampled_from(usual if not odd else [*usual * 5, *others]))  # noqa: E731
    year = of([2026, 2025], "1999", "2000", "9999", "0000", "0001", "026", "+2026")
    day = of(["03-02", "12-31", "02-28"], "01-01", "02-30", "2-3", "W01-1", "00-00", "13-01")
    time = of(["09:30:00", "23:59:59", "00:00:00"], "23:59:60", "24:00:00", "0930:00", "09:30", "09:30:61", "9:30:00")
    digits = of([0, 0, 3, 6], 1, 7, 8, 9, 10, 20)
    fraction = "." + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=digits, max_size=digits)))
    fraction = of([fraction if digits else ""], ".", ",5", ".1234567")
    zones = [
        "+0200",
        "-0000",
        "+0000",
        "+02",
        "+24:00",
        "+23:60",
        "+1:00",
        "",
        "z",
        "UTC",
        " Z",
        "Z ",
        "-23:59",
        "+23:59",
    ]
    return (
        f"{year}-{day}{of(['T'], 't', ' ', '_', '')}{time}{fraction}{of(['Z', '+00:00', '-05:30'], *zones, '-00:00')}"
    )


def values(schema: dict[str, Any], defs: dict[str, Any], *, odd: bool) -> st.SearchStrategy[Any]:
    """What a JSON schema of pydantic's describes."""
    if "$ref" in schema:
        return values(defs[schema["$ref"].rpartition("/")[2]], defs, odd=odd)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([values(choice, defs, odd=odd) for choice in choices])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    low, high = schema.get("minimum", -(2**53) + 1), schema.get("maximum", 2**53 - 1)
    keyed = schema.get("patternProperties", {})
    match schema["type"]:
        case "string" if schema.get("format") == "date-time":
            return st.integers(0, 7).flatmap(lambda number: instants(odd=odd and number == 7))
        case "string" if "pattern" in schema:
            found = st.from_regex(schema["pattern"].replace("$", r"\Z"))
            return found if odd else found.filter(str.isprintable)
        case "string":
            return st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\\"), max_size=40)
        case "integer":
            return st.integers(low, high)
        case "number":
            return st.floats(low, high) | st.integers(low, min(high, 10**6))
        case "boolean" | "null":
            return st.sampled_from([True, False]) if schema["type"] == "boolean" else st.none()
        case "array":
            return st.lists(values(schema["items"], defs, odd=odd), max_size=3)
        case "object" if keyed:
            (names, items), *_ = keyed.items()
            names = values({"type": "string", "pattern": names}, defs, odd=odd)
            return st.dictionaries(names, values(items, defs, odd=odd), max_size=3)
    return objects(schema, defs, odd=odd)


def objects(schema: dict[str, Any], defs: dict[str, Any], *, odd: bool) -> st.SearchStrategy[Any]:
    fields = {name: values(field, defs, odd=odd) for name, field in schema["properties"].items()}
    needed = {name: fields.pop(name) for name in schema["required"]}
    return st.fixed_dictionaries(needed, optional=fields)


@cache
def schema_of(model: type[BaseModel]) -> tuple[dict[str, Any], dict[str, Any]]:
    schema = model.model_json_schema()
    return schema, schema.get("$defs", {})


def _fits(instrument: scales.Instrument, scale: str, value: scales.RawValue) -> bool:
    try:
        scales.check(instrument, scale, value)
    except ValueError:
        return False
    return True


RATED: list[dict[str, Any]] = [
    {"instrument": instrument, "scale": scale, "value": value}
    for instrument, allowed in scales.ALLOWED.items()
    for scale in sorted(allowed)
    for value in (0, 1, 1.0, 0.5, True, "good", "up", "yes")
    if _fits(instrument, scale, value)
]
"""Answers that are on their scale."""


@cache
def fields(model: type[BaseModel], odd: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the fields of a model, each as it may be."""
    schema, defs = schema_of(model)
    found = {name: values(field, defs, odd=odd) for name, field in schema["properties"].items()}
    return st.sets(st.sampled_from(sorted(found)), max_size=6).flatmap(
        lambda names: st.fixed_dictionaries({name: found[name] for name in sorted(names)})
    )


@st.composite
def payloads(draw: st.DrawFn, entry: EventType, *, odd: bool = True) -> dict[str, Any]:
    """The example of the type with some other fields: mostly valid."""
    schema, _ = schema_of(entry.payload)
    rated = draw(st.sampled_from(RATED)) if "instrument" in schema["properties"] and draw(st.integers(0, 5)) else {}
    said = {**schema["example"], **draw(fields(entry.payload, odd)), **rated}
    if said.get("updated_at") and draw(st.integers(0, 9)):
        said.pop("revision", None)
    return said


@st.composite
def events(draw: st.DrawFn, *, odd: bool = True) -> dict[str, Any]:
    entry = draw(st.sampled_from(POSTED))
    ours = () if odd and draw(st.integers(0, 20)) == 0 else ("tenant", "recordedtime", "requestid")
    kept = {name: value for name, value in draw(fields(Attributes, odd)).items() if name not in ours}
    required = {"specversion": "1.0", "id": "e-1", "source": "/crm/acme"}
    return {**required, **kept, "type": entry.name, "data": draw(payloads(entry, odd=odd))}


@st.composite
def bodies(draw: st.DrawFn, document: st.SearchStrategy[Any]) -> bytes:
    """A document that is mostly right, bent a little, in some way of writing JSON, its bytes bent a little."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    found = draw(document)
    for _ in range(rng.choice([0, 0, 0, 0, 1, 2])):
        found = bent(found, rng)
    raw = bytearray(
        written(found, rng, escapes=rng.random() < 0.2, twice=rng.random() < 0.1).encode(errors="surrogatepass")
    )
    for _ in range(rng.choice([0, 0, 0, 0, 1, 3])):
        bend_bytes(raw, rng)
    return bytes(raw)


def bent(value: Any, rng: random.Random) -> Any:
    """The document with one thing in it changed, anywhere."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        rest = {name: item for name, item in value.items() if name != key}
        match rng.randrange(12):
            case 0:
                return rest
            case 1:
                return {**value, rng.choice([*map(str, TOKENS[:5]), "new", "tenant", "data", "type", "kind"]): 1}
            case 2:
                return {**rest, rng.choice([key.upper(), key + " ", "é"]): value[key]}
        return {**value, key: bent(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = rng.randrange(len(value))
        return [*value[:at], bent(value[at], rng), *value[at + 1 :]]
    return Token(rng.choice(TOKENS)) if rng.random() < 0.3 else rng.choice([*WEIRD, [value], str(value)])


def written(value: Any, rng: random.Random, *, escapes: bool, twice: bool) -> str:
    """JSON text. ``escapes``: some characters as escapes; ``twice``: some keys stand twice."""
    space = lambda: rng.choice(["", "", "", " ", "\n", "\t\r "])  # noqa: E731
    again = lambda inner: written(inner, rng, escapes=escapes, twice=twice)  # noqa: E731
    if isinstance(value, Token):
        return value
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
        text = text.replace(r"\"", r"\u0022") if escapes else text
        if escapes and len(text) > 2 and "\\" not in text and rng.random() < 0.3:
            at = rng.randrange(1, len(text) - 1)
            text = f"{text[:at]}\\u{ord(text[at]):04x}{text[at + 1 :]}" if ord(text[at]) < 0x10000 else text
        return text
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        if twice and items and rng.random() < 0.5:
            key, item = rng.choice(items)
            items.insert(rng.randrange(len(items) + 1), (key, rng.choice([item, *WEIRD[:20]])))
        inside = ",".join(f"{space()}{again(k)}{space()}:{space()}{again(v)}{space()}" for k, v in items)
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{','.join(space() + again(item) + space() for item in value)}]"
    return json.dumps(value)


def bend_bytes(raw: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(raw) or 1)
    piece = rng.choice(
        [b'"', b"\\", b"\x00", b"\xff", b"\xed\xa0\x80", b"T", b"Z", b"0", b" ", b",", b"\\u0054", b"\x7f"]
    )
    match rng.randrange(5):
        case 0:
            raw[at : at + 1] = piece
        case 1:
            raw[at:at] = piece
        case 2:
            del raw[at : at + rng.randrange(1, 4)]
        case 3:
            del raw[at:]
        case 4:
            raw[at:at] = raw[at : at + rng.randrange(1, 30)]
