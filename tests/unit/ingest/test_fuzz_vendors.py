"""Whatever a vendor's delivery holds, its adapter makes events of it or raises what is declared, and repeats nothing.

``FUZZ_EXAMPLES=5000`` looks longer than CI does.
"""

import json
import os
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import codec, strict_json
from events.problems import Invalid
from events.runtime.stream import Outgoing
from ingest.core import records
from ingest.core.formats import Format, parse
from ingest.core.limits import TooLarge
from ingest.core.reading import Arrival
from ingest.core.wire import Unsupported
from ingest.vendors import delivery
from ingest.vendors.facts import merge
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part, Said, Thin
from support import golden
from support.event_bodies import TOKENS, WEIRD, bend_bytes, bent, written

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
DECLARED = (Invalid, TooLarge, Unsupported)
CANARY = "zx7 canary@example.org"
LONG = ["é" * 4097, "é" * 8192, "x" * 8193, "😀" * 8192, "x" * 131_073, "9" * 400, "9" * 5000]
HOSTILE = [
    *(CANARY, f"{CANARY}\n", f"{CANARY}|{CANARY}", "\ud800", "zx7\x85canary", "zx7\u2028", "\ufeff", "\u202ezx7"),
    *("nan", "-inf", "1e999", "1_0", "٣", "-1", "0", "1e17", "-1e17", "1e308", "253402300800", "99999999999999"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-29 02:30:00", "2026-13-01", "1999-12-31"),
    *(
        "Mon, 02 Mar 2026 09:29:40 +0000",
        "Mon, 99 Foo 2026",
        "Mon",
        "Mon, ",
        "abc, 1 2 3 4 5 6",
        "2999-01-01T00:00:00Z",
    ),
    *("{", "[]", "{}", "null", '"x"', '{"call_sid": {"zx7 canary": 1}}', "[" * 40 + "]" * 40, '{"a": 1, "a": 2}'),
    *("true", "TRUE", "off", "/", "//", "~0", "a/b/c", "|" * 50, "..", "%00", "%zz", "<a/>", "&amp;", "]]>"),
]
ODD = [*WEIRD, *HOSTILE, *LONG, 1e17, -1e17, 1e308, 1772445600, 1772445600000, {CANARY: CANARY}, [CANARY] * 3]


@dataclass(frozen=True)
class Sample:
    """A delivery that its vendor could have sent, and the source it came to."""

    case: golden.Case
    raw: bytes
    format_: Format
    headers: Mapping[str, str]

    def read(self, raw: bytes) -> list[Outcome]:
        return delivery.read(self.case.vendor, self.case.source, self.format_, raw, self.context)

    @property
    def context(self) -> Context:
        return Context(self.case.received, self.headers)


def samples() -> Iterable[Sample]:
    for case in golden.cases():
        for sent in case.deliveries:
            yield Sample(case, sent.raw, delivery.format_of(case.vendor, sent.content_type), sent.headers)


SAMPLES: dict[str, list[Sample]] = {}
for one in samples():
    SAMPLES.setdefault(f"{one.case.vendor.name}-{one.format_.name.lower()}", []).append(one)
FETCHED = [
    (case, sent.fetched["body"], thin.reference)
    for case in golden.cases()
    for sent in case.deliveries
    if sent.fetched
    for thin in case.read(sent)
    if isinstance(thin, Thin)
]


def test_there_is_a_sample_of_every_vendor_in_each_of_its_formats() -> None:
    vendors = {case.vendor.name: case.vendor for case in golden.cases()}
    assert SAMPLES.keys() == {f"{name}-{f.name.lower()}" for name, vendor in vendors.items() for f in vendor.formats}


def odd(rng: random.Random) -> Any:
    return rng.choice(ODD)


def odd_text(rng: random.Random) -> str:
    return rng.choice([str(odd(rng)), rng.choice(TOKENS)])


def bent_json(raw: bytes, rng: random.Random) -> bytes:
    document = strict_json.loads(raw, string_bytes=2**20)
    for _ in range(rng.choice([1, 1, 2, 4])):
        document = swapped(document, rng) if rng.random() < 0.7 else bent(document, rng)
    text = written(document, rng, escapes=rng.random() < 0.1, twice=rng.random() < 0.05)
    return text.encode(errors="surrogatepass")


def swapped(value: Any, rng: random.Random) -> Any:
    """The document with something hostile for one of its values, or beside them."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        if rng.random() < 0.05:
            return {**value, CANARY: odd(rng)}
        return {**value, key: swapped(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        return [*value[:at], swapped(value[at], rng), *value[at + 1 :]]
    return odd(rng)


def bent_text(value: str, rng: random.Random) -> str:
    """The JSON that some vendors write into a text."""
    try:
        return bent_json(value.encode(), rng).decode(errors="surrogatepass")
    except (Invalid, UnicodeEncodeError):
        return odd_text(rng)


def bent_form(raw: bytes, rng: random.Random) -> bytes:
    pairs = parse_qsl(raw.decode(), keep_blank_values=True)
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(pairs)) if pairs else 0
        name, value = pairs[at] if pairs else ("MSG", "{}")
        value = bent_text(value, rng) if rng.random() < 0.7 else odd_text(rng)
        other = rng.choice([(name, value)] * 5 + [(odd_text(rng), value)])
        pairs[at : at + rng.choice([0, 1, 1, 1])] = rng.choice([[other], [other], [other], []])
    return urlencode(pairs, errors="surrogatepass").encode()


def bent_xml(raw: bytes, rng: random.Random) -> bytes:
    root = ET.fromstring(raw)
    for _ in range(rng.choice([1, 1, 2, 4])):
        parent = rng.choice(list(root.iter()))
        match rng.randrange(6):
            case 0 if len(parent):
                parent.remove(rng.choice(list(parent)))
            case 1 if len(parent):
                parent.append(rng.choice(list(parent)))
            case 2:
                parent.tag = rng.choice([e.tag for e in root.iter()] + ["zx7canary", "{urn:zx7}canary"])
            case 3:
                parent.set("{http://www.w3.org/2001/XMLSchema-instance}nil", odd_text(rng))
            case _:
                parent.text = odd_text(rng)
    return ET.tostring(root, encoding=rng.choice(["utf-8", "utf-8", "utf-16", "iso-8859-1"]))


def bent_lines(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.decode().split("\n")
    for _ in range(rng.choice([1, 1, 2, 4])):
        at = rng.randrange(len(lines))
        parts = lines[at].split("|")
        spot = rng.randrange(len(parts))
        parts[spot : spot + rng.choice([0, 1, 1, 1])] = rng.choice([[odd_text(rng)]] * 3 + [[]])
        lines[at] = "|".join(parts)
    return "\n".join(lines).encode(errors="surrogatepass")


BENT: dict[Format, Callable[[bytes, random.Random], bytes]] = {
    Format.JSON: bent_json,
    Format.FORM: bent_form,
    Format.XML: bent_xml,
    Format.LINES: bent_lines,
}
ANYTHING = st.recursive(
    st.sampled_from([value for value in ODD if "\ud800" not in str(value)]) | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
PAIRS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), st.text(max_size=9)))
MANY = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def told(sample: Sample, raw: bytes) -> list[Outcome]:
    """What it says, held against everything that is promised of it; nothing where it is refused as declared."""
    outcomes: list[Outcome] = []
    kept: list[Outgoing] = []

    def take() -> None:
        outcomes.extend(sample.read(raw))
        kept.extend(keep(sample, outcomes))

    if is_refused(take):
        return []
    for record in kept:
        is_read_back(record)
    assert all("zx7" not in one.why + one.at for one in outcomes if isinstance(one, Ignored))
    return outcomes


def is_refused(take: Callable[[], object]) -> bool:
    """Whether it raises one of what is declared; that repeats nothing."""
    refusal: Exception | None = None
    try:
        take()
    except DECLARED as error:
        refusal = error
    assert refusal is None or "zx7" not in complaint(refusal)
    return refusal is not None


def complaint(error: Exception) -> str:
    return f"{error} {getattr(error, 'problems', '')} {getattr(error, 'pointers', '')}".lower()


def keep(sample: Sample, outcomes: Iterable[Outcome]) -> Sequence[Outgoing]:
    """What the webhook publishes, but for the database. Raises what is declared."""
    case, arrival = sample.case, Arrival(sample.case.source.tenant, sample.case.received, "r-1")
    said = [outcome for outcome in outcomes if isinstance(outcome, Said)]
    for contact, facts in facts_of(outcomes).items():
        snapshot = delivery.assembled(case.vendor, case.source, contact, facts, 1)
        said += [snapshot] if snapshot else []
    for thin in outcomes:
        if isinstance(thin, Thin):
            assert case.vendor.enrichment
            assert "zx7 " not in case.vendor.enrichment.path(thin.reference)
            assert "zx7" not in thin.id
    return records.of([delivery.placed(each, case.source, arrival) for each in said]).records


def facts_of(outcomes: Iterable[Outcome]) -> dict[str, dict[str, Fact]]:
    found: dict[str, dict[str, Fact]] = {}
    for outcome in outcomes:
        if isinstance(outcome, Part):
            found[outcome.contact] = merge(found.get(outcome.contact, {}), outcome)
    return found


def is_read_back(record: Outgoing) -> None:
    event = codec.decode(record.headers, record.value)
    headers, value = codec.encode(event)
    assert (dict(headers), value) == (dict(record.headers), record.value)
    assert b"zx7 " not in record.key + b"".join(value for _, value in record.headers)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_delivery_that_is_bent_is_understood_or_refused_as_declared(kind: str) -> None:
    @MANY
    @given(sample=st.sampled_from(SAMPLES[kind]), seed=st.integers(0, 2**64))
    def check(sample: Sample, seed: int) -> None:
        rng = random.Random(seed)
        raw = bytearray(BENT[sample.format_](sample.raw, rng))
        for _ in range(rng.choice([0, 0, 0, 1, 3])):
            bend_bytes(raw, rng)
        told(sample, bytes(raw))

    check()


@pytest.mark.parametrize("kind", SAMPLES)
def test_any_document_at_all_is_understood_or_refused_as_declared(kind: str) -> None:
    @MANY
    @given(sample=st.sampled_from(SAMPLES[kind]), raw=anything(SAMPLES[kind][0].format_))
    def check(sample: Sample, raw: bytes) -> None:
        told(sample, raw)

    check()


def anything(format_: Format) -> st.SearchStrategy[bytes]:
    """Bytes, half of them well formed."""
    match format_:
        case Format.JSON:
            formed = ANYTHING.map(lambda value: written(value, random.Random(0), escapes=False, twice=False).encode())
        case Format.FORM:
            formed = PAIRS.map(lambda pairs: urlencode(pairs, errors="replace").encode())
        case Format.XML:
            formed = st.text(st.sampled_from("<>/ab&;!'\"= []x")).map(lambda text: f"<a>{text}</a>".encode())
        case Format.LINES:
            formed = st.lists(st.text(st.sampled_from("|1a \r\x85"))).map(lambda lines: "\n".join(lines).encode())
    return formed | st.binary(max_size=200)


@MANY
@given(which=st.sampled_from(FETCHED), seed=st.integers(0, 2**64), random_one=ANYTHING)
def test_a_fetched_document_is_understood_or_refused_as_declared(which: Any, seed: int, random_one: Any) -> None:
    case, document, reference = which
    rng = random.Random(seed)
    document = random_one if rng.random() < 0.1 else swapped(document, rng)
    sample = Sample(case, b"", Format.JSON, {})

    kept: list[Outgoing] = []

    def take() -> None:
        parsed = parse(Format.JSON, written(document, rng, escapes=False, twice=False).encode(errors="surrogatepass"))
        said = delivery.fetched(case.vendor.enrichment, case.source, parsed, reference, sample.context)
        kept.extend(keep(sample, said))

    is_refused(take)
    for record in kept:
        is_read_back(record)


@MANY
@given(
    content_type=st.text(st.characters(max_codepoint=255)) | st.sampled_from([CANARY, "application/json;charset=zx7"])
)
def test_any_content_type_is_one_of_the_vendor_s_or_unsupported(content_type: str) -> None:
    for name in SAMPLES:
        is_refused(partial(delivery.format_of, SAMPLES[name][0].case.vendor, content_type))


@MANY
@given(kind=st.sampled_from(sorted(SAMPLES)), at=st.integers(0, 50), value=st.sampled_from(HOSTILE))
def test_any_header_is_harmless(kind: str, at: int, value: str) -> None:
    sample = SAMPLES[kind][at % len(SAMPLES[kind])]
    shown = value.encode(errors="replace").decode("latin-1")
    told(replace(sample, headers=dict.fromkeys(sample.headers, shown)), sample.raw)


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_is_bent_was_accepted_unbent(kind: str) -> None:
    assert any(told(sample, sample.raw) for sample in SAMPLES[kind])


def with_comment(comment: str) -> bytes:
    (number,) = (n for n, answer in enumerate(RATING["form_response"]["answers"]) if answer["type"] == "text")
    document = json.loads(json.dumps(RATING))
    document["form_response"]["answers"][number]["text"] = comment
    return json.dumps(document).encode()


TYPEFORM = next(sample for sample in SAMPLES["typeform-json"] if sample.case.name == "typeform/rating-and-comment")
RATING = json.loads(TYPEFORM.raw)


@pytest.mark.parametrize("character", "xé한😀")
def test_a_comment_of_any_script_is_read_back_by_consumers_at_its_full_length(character: str) -> None:
    outcomes = told(TYPEFORM, with_comment(character * 9000))
    (comment,) = (one.data.comment for one in outcomes if isinstance(one, Said) and one.data.comment)  # type: ignore[attr-defined]
    assert comment == character * 8192


@pytest.mark.parametrize("moment", [1e16, 1e17, -1e17, 1e20, 1e308])
def test_a_moment_that_no_calendar_has_is_refused(moment: float) -> None:
    document = {**RATING, "form_response": {**RATING["form_response"], "submitted_at": moment}}
    with pytest.raises(Invalid) as error:
        TYPEFORM.read(json.dumps(document).encode())
    assert error.value.problems[0].pointer == "/form_response/submitted_at"
