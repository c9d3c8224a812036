"""Every scheme against a sender written here from its description, with nothing of ours but the request's shape."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.signatures import Encoding, Header, Signature, Verdict, sign, verify
from ingest.core.signing_input import Signed, Timestamp, Whole
from ingest.core.signing_schemes import SCHEMES

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
URL = "https://hooks.example.org/v1/hooks/acme?site=7"
TEXT = "s3cret & ünïcode"
OTHER_TEXT = "not the one"
WHSEC = "whsec_" + b64encode(b"0123456789abcdef01234567").decode()
OTHER_WHSEC = "whsec_" + b64encode(b"76543210fedcba9876543210").decode()
JSON = '{"score":2,"comment":"déjà vu"}'.encode()
SECONDS = timedelta(seconds=1)


def mac(digest: str, secret: bytes, *pieces: bytes) -> bytes:
    return hmac.new(secret, b"".join(pieces), getattr(hashlib, digest)).digest()


def pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(errors="replace"), keep_blank_values=True)


def unix(at: datetime) -> int:
    return round(at.timestamp())


def zendesk(secret: str, at: datetime) -> Signed:
    when = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    code = b64encode(mac("sha256", secret.encode(), when.encode(), JSON)).decode()
    headers = {"x-zendesk-webhook-signature": code, "x-zendesk-webhook-signature-timestamp": when}
    return Signed("POST", URL, headers, JSON)


def hubspot_v3(secret: str, at: datetime) -> Signed:
    when = str(unix(at) * 1000)
    code = b64encode(mac("sha256", secret.encode(), b"POST", URL.encode(), JSON, when.encode())).decode()
    return Signed("POST", URL, {"x-hubspot-signature-v3": code, "x-hubspot-request-timestamp": when}, JSON)


def twilio(secret: str, at: datetime) -> Signed:
    body = b"To=%2B15550100002&CallDuration=49&CallerZip=&From=%2B15550100001"
    signed = URL + "CallDuration49CallerZipFrom+15550100001To+15550100002"
    code = b64encode(mac("sha1", secret.encode(), signed.encode())).decode()
    return Signed("POST", URL, {"x-twilio-signature": code}, body, pairs(body))


def twilio_json(secret: str, at: datetime) -> Signed:
    url = f"{URL}&bodySHA256={hashlib.sha256(JSON).hexdigest()}"
    code = b64encode(mac("sha1", secret.encode(), url.encode())).decode()
    return Signed("POST", url, {"x-twilio-signature": code}, JSON)


def typeform(secret: str, at: datetime) -> Signed:
    code = "sha256=" + b64encode(mac("sha256", secret.encode(), JSON)).decode()
    return Signed("POST", URL, {"typeform-signature": code}, JSON)


def surveymonkey(secret: str, at: datetime) -> Signed:
    return Signed("POST", URL, {"sm-signature": b64encode(mac("sha1", secret.encode(), JSON)).decode()}, JSON)


def qualtrics(secret: str, at: datetime) -> Signed:
    body = f"HMAC={mac('sha512', secret.encode(), JSON).hex()}&MSG={quote_plus(JSON)}".encode()
    return Signed("POST", URL, {}, body, pairs(body))


def chatwoot(secret: str, at: datetime) -> Signed:
    when = str(unix(at))
    code = "sha256=" + mac("sha256", secret.encode(), when.encode(), b".", JSON).hex()
    return Signed("POST", URL, {"x-chatwoot-signature": code, "x-chatwoot-timestamp": when}, JSON)


def standard_webhooks(secret: str, at: datetime) -> Signed:
    key = b"0123456789abcdef01234567" if secret == WHSEC else b"76543210fedcba9876543210"
    when = str(unix(at))
    code = "v1," + b64encode(mac("sha256", key, b"msg_1.", when.encode(), b".", JSON)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": when, "webhook-signature": code}
    return Signed("POST", URL, headers, JSON)


@dataclass(frozen=True)
class Sender:
    scheme: str
    send: Callable[[str, datetime], Signed]
    secret: str = TEXT
    other: str = OTHER_TEXT

    @property
    def signature(self) -> Signature:
        return SCHEMES[self.scheme]

    @property
    def dated(self) -> str | None:
        return next((part.header for part in self.signature.over if isinstance(part, Timestamp)), None)

    def sent(self, at: datetime = NOW) -> Signed:
        return self.send(self.secret, at)

    def verdict(self, request: Signed, *secrets: str) -> Verdict:
        return verify(self.signature, request, secrets or (self.secret,), NOW)

    def code(self) -> str:
        place = self.signature.place
        return self.sent().headers[place.name] if isinstance(place, Header) else dict(self.sent().form or ())["HMAC"]

    def with_code(self, code: str) -> Signed:
        place = self.signature.place
        if isinstance(place, Header):
            return with_header(self.sent(), place.name, code)
        return replace(self.sent(), form=[("HMAC", code), ("MSG", JSON.decode())])


def with_header(request: Signed, name: str, value: str | None) -> Signed:
    headers = {**request.headers, name: value}
    return replace(request, headers={name: text for name, text in headers.items() if text is not None})


SENDERS = [
    Sender("zendesk", zendesk),
    Sender("hubspot-v3", hubspot_v3),
    Sender("twilio", twilio),
    Sender("twilio-json", twilio_json),
    Sender("typeform", typeform),
    Sender("surveymonkey", surveymonkey, secret="a-client-id&s3cret"),
    Sender("qualtrics", qualtrics),
    Sender("chatwoot", chatwoot),
    Sender("standard-webhooks", standard_webhooks, secret=WHSEC, other=OTHER_WHSEC),
]
BY_SCHEME = {sender.scheme: sender for sender in SENDERS}


def of(senders: Sequence[Sender]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sender", senders, ids=[sender.scheme for sender in senders])


each = of(SENDERS)
each_dated = of([sender for sender in SENDERS if sender.dated])
each_prefixed = of([sender for sender in SENDERS if sender.signature.prefix])


def test_every_scheme_has_a_sender_here() -> None:
    assert list(BY_SCHEME) == list(SCHEMES)
    assert [sender.scheme for sender in SENDERS if sender.dated] == [
        "zendesk",
        "hubspot-v3",
        "chatwoot",
        "standard-webhooks",
    ]


def test_headers_are_named_in_lower_case() -> None:
    parts = [part for scheme in SCHEMES.values() for part in (scheme.place, *scheme.over)]
    names = [getattr(part, "header", None) or (part.name if isinstance(part, Header) else "") for part in parts]
    assert [name for name in names if name != name.lower()] == []


@each
def test_what_the_sender_signed_is_genuine(sender: Sender) -> None:
    assert sender.verdict(sender.sent()) is Verdict.GENUINE


@each
def test_we_sign_as_the_sender_does(sender: Sender) -> None:
    assert sign(sender.signature, sender.sent(), sender.secret) == sender.code()


@each
def test_another_secret_is_wrong(sender: Sender) -> None:
    assert sender.verdict(sender.sent(), sender.other) is Verdict.WRONG
    assert sender.verdict(sender.send(sender.other, NOW)) is Verdict.WRONG


@each
def test_while_secrets_rotate_either_is_right(sender: Sender) -> None:
    assert sender.verdict(sender.sent(), sender.other, sender.secret) is Verdict.GENUINE
    assert sender.verdict(sender.sent(), sender.secret, sender.other) is Verdict.GENUINE


@each
def test_a_body_with_any_one_byte_altered_is_refused(sender: Sender) -> None:
    request = sender.sent()
    for place, byte in enumerate(request.body):
        body = request.body[:place] + bytes([byte ^ 1]) + request.body[place + 1 :]
        altered = replace(request, body=body, form=None if request.form is None else pairs(body))
        assert sender.verdict(altered) is not Verdict.GENUINE, f"byte {place}"


@each
def test_a_body_cut_short_or_gone_on_with_is_refused(sender: Sender) -> None:
    request = sender.sent()
    for body in (b"", request.body[:-1], request.body + b"0"):
        altered = replace(request, body=body, form=None if request.form is None else pairs(body))
        assert sender.verdict(altered) is not Verdict.GENUINE


@of([BY_SCHEME[name] for name in ("hubspot-v3", "twilio", "twilio-json")])
@pytest.mark.parametrize(
    ("old", "new"),
    [("https:", "http:"), ("acme", "acma"), ("hooks.example.org", "example.org"), ("site=7", "site=8"), ("?", "?a&")],
)
def test_another_url_is_wrong_where_it_is_signed(sender: Sender, old: str, new: str) -> None:
    altered = replace(sender.sent(), url=sender.sent().url.replace(old, new))
    assert sender.verdict(altered) is Verdict.WRONG


def test_another_method_is_wrong_where_it_is_signed() -> None:
    sender = BY_SCHEME["hubspot-v3"]
    assert sender.verdict(replace(sender.sent(), method="PUT")) is Verdict.WRONG


@each_dated
@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (300, Verdict.GENUINE),
        (301, Verdict.TOO_OLD),
        (86_400, Verdict.TOO_OLD),
        (-300, Verdict.GENUINE),
        (-301, Verdict.TOO_FAR_AHEAD),
        (-86_400, Verdict.TOO_FAR_AHEAD),
    ],
)
def test_a_signature_holds_for_five_minutes_either_way(sender: Sender, age: int, verdict: Verdict) -> None:
    assert sender.verdict(sender.sent(NOW - age * SECONDS)) is verdict


@each_dated
def test_an_old_request_wrongly_signed_is_wrong_and_no_replay(sender: Sender) -> None:
    assert sender.verdict(sender.sent(NOW - 301 * SECONDS), sender.other) is Verdict.WRONG


@each_dated
def test_a_fresh_timestamp_does_not_revive_an_old_signature(sender: Sender) -> None:
    old, fresh = sender.sent(NOW - 301 * SECONDS), sender.sent()
    name = sender.dated or ""
    assert sender.verdict(with_header(old, name, fresh.headers[name])) is Verdict.WRONG


@each_dated
@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_missing_timestamp(sender: Sender, text: str | None) -> None:
    assert sender.verdict(with_header(sender.sent(), sender.dated or "", text)) is Verdict.NO_TIMESTAMP


NO_MOMENTS = [
    "soon",
    "-1",
    "+1772445600",
    "1_772_445_600",
    "1772445600.0",
    "1.7e9",
    "nan",
    "inf",
    "9" * 15,
    "9" * 5000,
    "１７７２４４５６００",
    "2026-03-02T10:00:00",
    "2026-03-02T25:00:00Z",
    "2026-03-02",
    "0000-00-00T00:00:00Z",
    "é",
]


@each_dated
@pytest.mark.parametrize("text", NO_MOMENTS, ids=[text[:20] for text in NO_MOMENTS])
def test_a_timestamp_that_is_none(sender: Sender, text: str) -> None:
    assert sender.verdict(with_header(sender.sent(), sender.dated or "", text)) is Verdict.BAD_TIMESTAMP


@each_dated
def test_a_timestamp_sent_twice_is_none(sender: Sender) -> None:
    name = sender.dated or ""
    text = sender.sent().headers[name]
    assert sender.verdict(with_header(sender.sent(), name, f"{text}, {text}")) is Verdict.BAD_TIMESTAMP


@pytest.mark.parametrize(("scheme", "text"), [("zendesk", str(unix(NOW))), ("chatwoot", "2026-03-02T10:00:00Z")])
def test_a_timestamp_of_another_kind_is_none(scheme: str, text: str) -> None:
    sender = BY_SCHEME[scheme]
    assert sender.verdict(with_header(sender.sent(), sender.dated or "", text)) is Verdict.BAD_TIMESTAMP


def test_milliseconds_are_not_taken_for_seconds() -> None:
    sender = BY_SCHEME["hubspot-v3"]
    assert sender.verdict(with_header(sender.sent(), sender.dated or "", str(unix(NOW)))) is Verdict.WRONG


@each
@pytest.mark.parametrize("code", ["", "   "])
def test_a_missing_signature(sender: Sender, code: str) -> None:
    assert sender.verdict(sender.with_code(code)) is Verdict.NO_SIGNATURE


@each
@pytest.mark.parametrize(
    "code", ["x", "é", "日本", "\udcff", "=", "====", "%%%%", "sha256=", "v1,", "v1,é v1,!", "sha256=zz", "0" * 9999]
)
def test_a_signature_that_is_none(sender: Sender, code: str) -> None:
    assert sender.verdict(sender.with_code(code)) is Verdict.WRONG


@each
def test_a_signature_cut_short_or_gone_on_with_is_wrong(sender: Sender) -> None:
    for code in (sender.code()[:-4], sender.code() + "AAAA", sender.code() + "=", sender.code()[:-2] + " ="):
        assert sender.verdict(sender.with_code(code)) is Verdict.WRONG


@each
def test_zeros_are_not_a_signature(sender: Sender) -> None:
    size = {"sha1": 20, "sha256": 32, "sha512": 64}[sender.signature.digest]
    zeros = "0" * 2 * size if sender.signature.encoding is Encoding.HEX else b64encode(bytes(size)).decode()
    assert sender.verdict(sender.with_code(sender.signature.prefix + zeros)) is Verdict.WRONG


@each
def test_white_space_around_a_signature_is_none_of_it(sender: Sender) -> None:
    assert sender.verdict(sender.with_code(f" {sender.code()}\t")) is Verdict.GENUINE


@each
def test_white_space_inside_a_signature_is_wrong(sender: Sender) -> None:
    code = sender.code()
    assert sender.verdict(sender.with_code(f"{code[:-8]} {code[-8:]}")) is Verdict.WRONG


@of([sender for sender in SENDERS if not sender.signature.several])
def test_a_signature_sent_twice_is_wrong(sender: Sender) -> None:
    assert sender.verdict(sender.with_code(f"{sender.code()}, {sender.code()}")) is Verdict.WRONG


@each_prefixed
def test_a_signature_without_its_prefix_or_with_another_is_wrong(sender: Sender) -> None:
    bare = sender.code().removeprefix(sender.signature.prefix)
    for code in (bare, f"sha1={bare}", f"v2,{bare}", sender.signature.prefix.upper() + bare):
        assert sender.verdict(sender.with_code(code)) is Verdict.WRONG


@of([BY_SCHEME[name] for name in ("chatwoot", "qualtrics")])
def test_hex_may_be_in_capitals(sender: Sender) -> None:
    prefix = sender.signature.prefix
    code = prefix + sender.code().removeprefix(prefix).upper()
    assert sender.verdict(sender.with_code(code)) is Verdict.GENUINE


@each
def test_without_a_secret_nothing_is_genuine(sender: Sender) -> None:
    assert verify(sender.signature, sender.sent(), (), NOW) is Verdict.WRONG


NO_SECRETS = [(sender, "") for sender in SENDERS]
NO_SECRETS += [(BY_SCHEME["standard-webhooks"], secret) for secret in ("whsec_", "whsec_!", "whsec_é", "whsec_A")]


@pytest.mark.parametrize(("sender", "secret"), NO_SECRETS, ids=[f"{one.scheme}-{told}" for one, told in NO_SECRETS])
def test_a_secret_that_is_none_lets_nobody_in(sender: Sender, secret: str) -> None:
    assert sender.signature.key(secret) == b""
    keyless = replace(sender.signature, key_form=SCHEMES["typeform"].key_form)
    forged = sign(keyless, sender.sent(), "\0" * 64)  # HMAC pads an empty key to just this
    assert sender.verdict(sender.with_code(forged), secret) is Verdict.WRONG
    assert verify(sender.signature, sender.with_code(forged), (), NOW) is Verdict.WRONG
    with pytest.raises(ValueError, match="nothing to sign with"):
        sign(sender.signature, sender.sent(), secret)


@dataclass
class Work:
    """How many HMACs were made and how many comparisons."""

    made: int = 0
    compared: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    done = Work()
    digest, compare_digest = hmac.digest, hmac.compare_digest

    def made(key: bytes, base: bytes, name: str) -> bytes:
        done.made += 1
        return digest(key, base, name)

    def compared(one: bytes, other: bytes) -> bool:
        done.compared += 1
        assert len(one) == len(other)
        return compare_digest(one, other)

    monkeypatch.setattr(hmac, "digest", made)
    monkeypatch.setattr(hmac, "compare_digest", compared)
    return done


@each
@pytest.mark.parametrize("secrets", [0, 1, 3])
def test_a_bad_request_is_as_much_work_as_a_good_one(sender: Sender, work: Work, secrets: int) -> None:
    kept = (sender.secret, sender.other, sender.other)[:secrets]
    genuine = sender.sent()
    bad = [sender.with_code(code) for code in ("", "é", sender.code()[:-4])]
    if sender.dated:
        bad += [sender.sent(NOW - 301 * SECONDS)]
        bad += [with_header(genuine, sender.dated, text) for text in (None, "soon")]
    costs = set()
    for request in (genuine, *bad):
        work.made = work.compared = 0
        verify(sender.signature, request, kept, NOW)
        costs.add((work.made, work.compared))
    assert len(costs) == 1
    assert work.made >= max(1, secrets)


def test_the_second_of_two_signatures_may_be_the_right_one() -> None:
    sender = BY_SCHEME["standard-webhooks"]
    other = sender.send(sender.other, NOW).headers["webhook-signature"]
    for several in (f"{other} {sender.code()}", f"{sender.code()} {other}", f"v1a,AAAA v1,é {sender.code()}"):
        assert sender.verdict(sender.with_code(several)) is Verdict.GENUINE
    assert sender.verdict(sender.with_code(f"{other} {other}")) is Verdict.WRONG


def test_a_flood_of_signatures_is_not_read_to_its_end(work: Work) -> None:
    sender = BY_SCHEME["standard-webhooks"]
    assert sender.verdict(sender.with_code("v1,AAAA " * 5_000 + sender.code())) is Verdict.WRONG
    assert work.compared == 8


def test_the_id_is_signed_and_must_be_there() -> None:
    sender = BY_SCHEME["standard-webhooks"]
    assert sender.verdict(with_header(sender.sent(), "webhook-id", "msg_2")) is Verdict.WRONG
    for text in (None, "", " "):
        assert sender.verdict(with_header(sender.sent(), "webhook-id", text)) is Verdict.NO_ID


@pytest.mark.parametrize("secret", [WHSEC, WHSEC.removeprefix("whsec_"), WHSEC.rstrip("=")])
def test_a_whsec_secret_in_each_of_its_spellings(secret: str) -> None:
    sender = BY_SCHEME["standard-webhooks"]
    assert sender.verdict(sender.sent(), secret) is Verdict.GENUINE


@pytest.mark.parametrize("length", [24, 25, 26])
def test_a_whsec_secret_needs_no_padding(length: int) -> None:
    text = b64encode(bytes(range(length))).decode()
    signature = SCHEMES["standard-webhooks"]
    assert signature.key("whsec_" + text) == signature.key("whsec_" + text.rstrip("=")) == bytes(range(length))


def test_hubspot_signs_some_escaped_characters_as_themselves() -> None:
    when = str(unix(NOW) * 1000)
    url = "https://x.example/h?u=https%3A%2F%2fy%3Fa%40b&v=%21%24%27%28%29%2A%2C%3B&w=%20%26%3D%253A"
    told = "https://x.example/h?u=https://y?a@b&v=!$'()*,;&w=%20%26%3D%253A"
    code = b64encode(mac("sha256", TEXT.encode(), b"POST", told.encode(), JSON, when.encode())).decode()
    request = Signed("POST", url, {"x-hubspot-signature-v3": code, "x-hubspot-request-timestamp": when}, JSON)
    assert BY_SCHEME["hubspot-v3"].verdict(request) is Verdict.GENUINE


@pytest.mark.parametrize("called", ["https://x.example/a?b=1:2", "https://x.example:443/a?b=1:2"])
@pytest.mark.parametrize("signed", ["https://x.example/a?b=1:2", "https://x.example:443/a?b=1:2"])
def test_twilio_signs_the_url_with_its_port_or_without(called: str, signed: str) -> None:
    code = b64encode(mac("sha1", TEXT.encode(), signed.encode(), b"Sid1")).decode()
    request = Signed("POST", called, {"x-twilio-signature": code}, b"Sid=1", [("Sid", "1")])
    assert BY_SCHEME["twilio"].verdict(request) is Verdict.GENUINE


@pytest.mark.parametrize(
    ("called", "signed"),
    [
        ("http://x.example/a", "http://x.example:80/a"),
        ("https://x.example", "https://x.example:443"),
        ("https://x.example:8443/a?", "https://x.example/a?"),
        ("https://x.example?a=b:1", "https://x.example:443?a=b:1"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]:443/a"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]/a"),
    ],
)
def test_a_port_is_added_and_left_out_wherever_it_may_stand(called: str, signed: str) -> None:
    code = b64encode(mac("sha1", TEXT.encode(), signed.encode(), b"Sid1")).decode()
    request = Signed("POST", called, {"x-twilio-signature": code}, b"Sid=1", [("Sid", "1")])
    assert BY_SCHEME["twilio"].verdict(request) is Verdict.GENUINE


def test_another_port_is_wrong() -> None:
    sender = BY_SCHEME["twilio"]
    code = b64encode(mac("sha1", TEXT.encode(), b"https://x.example:8443/a")).decode()
    request = Signed("GET", "https://x.example:9443/a", {"x-twilio-signature": code}, b"")
    assert sender.verdict(request) is Verdict.WRONG


def test_twilio_signs_doubled_parameters_once_and_sorted() -> None:
    body = b"Digits=5678&Sid=CA1&Digits=1234&SidAccount=AC1&Digits=1234"
    code = b64encode(mac("sha1", TEXT.encode(), URL.encode(), b"Digits1234Digits5678SidCA1SidAccountAC1")).decode()
    request = Signed("POST", URL, {"x-twilio-signature": code}, body, pairs(body))
    assert BY_SCHEME["twilio"].verdict(request) is Verdict.GENUINE
    assert BY_SCHEME["twilio"].verdict(replace(request, form=pairs(body + b"&Digits=9"))) is Verdict.WRONG


def test_twilio_calls_without_a_body_too() -> None:
    code = b64encode(mac("sha1", TEXT.encode(), URL.encode())).decode()
    assert BY_SCHEME["twilio"].verdict(Signed("GET", URL, {"x-twilio-signature": code}, b"")) is Verdict.GENUINE


@pytest.mark.parametrize("scheme", ["twilio", "twilio-json"])
def test_a_signature_of_the_url_alone_vouches_for_no_body(scheme: str) -> None:
    code = b64encode(mac("sha1", TEXT.encode(), URL.encode())).decode()
    assert BY_SCHEME[scheme].verdict(Signed("POST", URL, {"x-twilio-signature": code}, JSON)) is Verdict.WRONG


@pytest.mark.parametrize("told", ["", "zz", "é", "ab", hashlib.sha256(b"other").hexdigest()])
def test_a_body_hash_that_is_not_the_bodys_is_wrong_however_well_signed(told: str) -> None:
    url = f"{URL}&bodySHA256={told}"
    code = b64encode(mac("sha1", TEXT.encode(), url.encode())).decode()
    assert BY_SCHEME["twilio-json"].verdict(Signed("POST", url, {"x-twilio-signature": code}, JSON)) is Verdict.WRONG


def test_two_body_hashes_are_none() -> None:
    told = hashlib.sha256(JSON).hexdigest()
    url = f"{URL}&bodySHA256={told}&bodySHA256={told}"
    code = b64encode(mac("sha1", TEXT.encode(), url.encode())).decode()
    assert BY_SCHEME["twilio-json"].verdict(Signed("POST", url, {"x-twilio-signature": code}, JSON)) is Verdict.WRONG


def test_a_signed_field_must_not_have_an_unsigned_twin() -> None:
    sender = BY_SCHEME["qualtrics"]
    code = sender.code()
    genuine, forged = ("MSG", JSON.decode()), ("MSG", '{"score":5}')
    for form in ([("HMAC", code), genuine, forged], [("HMAC", code), forged, genuine], [("HMAC", code)]):
        assert sender.verdict(replace(sender.sent(), form=form)) is Verdict.WRONG
    twice = [("HMAC", code), ("HMAC", code), genuine]
    assert sender.verdict(replace(sender.sent(), form=twice)) is Verdict.NO_SIGNATURE
    assert sender.verdict(replace(sender.sent(), form=None)) is Verdict.NO_SIGNATURE


def test_a_scheme_of_ones_own_is_a_value() -> None:
    hub = Signature(over=(Whole.BODY,), place=Header("x-hub-signature-256"), encoding=Encoding.HEX, prefix="sha256=")
    code = "sha256=" + hmac.new(b"k", JSON, "sha256").hexdigest()
    assert verify(hub, Signed("POST", URL, {"x-hub-signature-256": code}, JSON), ["k"], NOW) is Verdict.GENUINE


def test_nothing_is_signed_for_a_request_that_lacks_a_part() -> None:
    with pytest.raises(ValueError, match="is missing"):
        sign(SCHEMES["chatwoot"], Signed("POST", URL, {}, JSON), TEXT)


def test_a_request_does_not_show_what_it_holds() -> None:
    assert "secret words" not in repr(Signed("POST", "/secret words", {"a": "secret words"}, b"secret words"))


anything = st.text(max_size=40)


@each
def test_what_has_no_utf_8_is_no_error(sender: Sender) -> None:
    request = sender.sent()
    odd = Signed(
        method=request.method + "\ud800",
        url=request.url + "\ud800",
        headers={name: value + "\ud800" for name, value in request.headers.items()},
        body=request.body,
        form=[(name, value + "\ud800") for name, value in request.form or ()],
    )
    assert sender.verdict(odd) in {Verdict.WRONG, Verdict.BAD_TIMESTAMP}
    assert sender.verdict(request, "\ud800") is Verdict.WRONG


requests = st.builds(
    Signed,
    method=anything,
    url=anything | anything.map("https://".__add__) | anything.map("https://x?bodySHA256=".__add__),
    headers=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            sorted({name for sender in SENDERS for name in sender.sent().headers}),
            anything | st.from_regex(r"\A[0-9]{1,20}\Z"),
        ),
    ),
    body=st.binary(max_size=40),
    form=st.none() | st.lists(st.tuples(st.sampled_from(["MSG", "HMAC", "a"]) | anything, anything), max_size=4),
)


@given(request=requests, secrets=st.lists(anything, max_size=3), scheme=st.sampled_from(sorted(SCHEMES)))
def test_nothing_that_comes_is_an_error_or_believed(request: Signed, secrets: list[str], scheme: str) -> None:
    assert verify(SCHEMES[scheme], request, secrets, NOW) is not Verdict.GENUINE


@given(body=st.binary(max_size=200), secret=anything.filter(bool), scheme=st.sampled_from(["typeform", "surveymonkey"]))
def test_any_body_and_any_secret_can_be_signed(body: bytes, secret: str, scheme: str) -> None:
    code = sign(SCHEMES[scheme], Signed("POST", URL, {}, body), secret)
    place = SCHEMES[scheme].place.name
    assert verify(SCHEMES[scheme], Signed("POST", URL, {place: code}, body), [secret], NOW) is Verdict.GENUINE


@given(at=st.datetimes(timezones=st.timezones()))
def test_any_moment_a_sender_signs_is_judged_by_the_clock_alone(at: datetime) -> None:
    sender = BY_SCHEME["zendesk"]
    request = with_header(sender.sent(), sender.dated or "", at.isoformat())
    request = with_header(request, "x-zendesk-webhook-signature", sign(sender.signature, request, sender.secret))
    age = NOW - at
    late = Verdict.TOO_OLD if age > 300 * SECONDS else Verdict.TOO_FAR_AHEAD
    assert sender.verdict(request) is (Verdict.GENUINE if abs(age) <= 300 * SECONDS else late)
