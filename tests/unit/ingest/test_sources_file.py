"""The sources file: what it may say, and every complaint at once, in an operator's words and without a value."""

from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from events.runtime import plain_yaml
from events.runtime.api_keys import ApiKey
from ingest.core.formats import Format
from ingest.core.signatures import Verdict, sign
from ingest.core.signing_input import Signed
from ingest.core.signing_schemes import STANDARD_WEBHOOKS, TYPEFORM
from ingest.sources.complaints import Unusable
from ingest.sources.load import load, read
from ingest.sources.secret_files import NoSecret, SecretFiles
from ingest.sources.snapshot import Proof, Sources
from support.source_vendors import VENDORS, Options

WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEPT = {"one": "first-secret", "two": "second-secret", "whsec": WHSEC, "token": "t0ken"}
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def kept(name: str) -> SecretStr:
    if name not in KEPT:
        raise NoSecret("names no file")
    return SecretStr(KEPT[name])


def read_yaml(text: str, *, database: bool = True) -> Sources:
    return read(plain_yaml.loads(text), kept, database=database, vendors=VENDORS)


def complaints(text: str, *, database: bool = True) -> list[str]:
    with pytest.raises(Unusable) as caught:
        read_yaml(text, database=database)
    assert str(caught.value) == "sources: " + "; ".join(caught.value.complaints)
    return list(caught.value.complaints)


def one(fields: str, *, top: str = "", database: bool = True) -> list[str]:
    """The complaints about a file with this one source, without the place they all begin with."""
    said = complaints(f"{top}\nsources:\n  - {{name: shop, {fields}}}", database=database)
    assert all(sentence.startswith("sources[0] shop: ") for sentence in said)
    return [sentence.removeprefix("sources[0] shop: ") for sentence in said]


def test_a_whole_file_is_read() -> None:
    sources = read_yaml(
        """
        public_url: https://amends.example.com/in
        sources:
          - name: shop
            vendor: forms
            tenant: acme
            secrets: [one, two]
            time_zone: Europe/Berlin
            options: {depth: 3}
            questions: [{form: f1, question: q1, scale: 1-5, values: {"happy": 5}}]
          - {name: line, vendor: calls, secrets: [one], speaks_for: [/pbx/acme]}
          - {name: org, vendor: soap, allow_from: [192.0.2.0/24]}
          - {name: monkey, vendor: monkey, secrets: [one], api: {base_url: "https://api.example.com", token: token}}
          - {name: crm, vendor: generic}
        """
    )
    shop, line, org, monkey, crm = sources.all()
    assert [source.proof for source in sources.all()] == [
        Proof.SIGNATURE,
        Proof.SIGNATURE,
        Proof.ADDRESS,
        Proof.SIGNATURE,
        Proof.KEY,
    ]
    assert shop.source.options == Options(depth=3)
    assert [secret.get_secret_value() for secret in shop.secrets] == ["first-secret", "second-secret"]
    assert monkey.token == SecretStr("t0ken")
    assert org.source.allow_from == (IPv4Network("192.0.2.0/24"),)
    assert sources.find("line") is line
    assert sources.find("nobody") is None
    assert sources.url("crm") == "https://amends.example.com/in/v1/webhooks/crm"
    assert crm.source.voices == ("crm",)


def test_a_file_may_have_no_sources_yet() -> None:
    assert read_yaml("sources: []").all() == ()
    assert read_yaml("sources:").all() == ()


@pytest.mark.parametrize("secret", KEPT.values())
def test_no_repr_shows_a_secret(secret: str) -> None:
    sources = read_yaml(
        """
        sources:
          - {name: a, vendor: forms, secrets: [one, two]}
          - {name: b, vendor: generic, signature: standard-webhooks, secrets: [whsec]}
          - {name: c, vendor: monkey, secrets: [one], api: {base_url: "https://api.example.com", token: token}}
        """
    )
    assert secret not in f"{sources.all()!r} {sources.all()} {vars(sources)}"


def test_every_complaint_comes_at_once_each_with_its_place() -> None:
    said = complaints(
        """
        public_url: amends.example.com
        colour: red
        sources:
          - {name: Shop, vendor: forms}
          - {name: line, vendor: nobody, time_zone: Mars}
          - name: calls
            vendor: forms
            secrets: [one]
            questions: [{question: q1, scale: 1-6}, {scale: 0-10, question: q2, instrument: csat}]
            allow_from: [300.1.1.1]
            fields: {colour: a}
            options: {deep: 1}
          - just words
        """
    )
    assert said == [
        "colour is not a field we know",
        "public_url must be https:// and a host, perhaps a path, without a slash at its end",
        "sources[0]: name must be 1 to 63 lower-case letters, digits and hyphens, and not begin with a hyphen",
        "sources[1] line: vendor must be one of calls, desk, forms, generic, monkey, pbx, soap",
        "sources[1] line: time_zone is no time zone of the IANA list, such as Europe/Berlin",
        "sources[2] calls: allow_from[0] must be a network, such as 192.0.2.0/24",
        "sources[2] calls: fields.colour, as a key, must be 'interaction_id', 'customer_id', 'agent', 'team',"
        " 'channel', 'reason' or 'language'",
        "sources[2] calls: questions[0].scale must be '1-5', '1-7', '0-10', '1-10', '1-3', '0-2', 'good-bad',"
        " 'thumbs', 'yes-no' or '0-1'",
        "sources[3]: must be a mapping",
    ]


def test_what_is_wrong_with_the_fields_and_with_the_vendor_is_said_together() -> None:
    assert one("vendor: forms, options: {depth: deep, dept: 1}, signature: typeform") == [
        "signature is for vendor generic alone: Forms has its own scheme, or none",
        "options.depth must be a whole number",
        "options.dept is not a field we know",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("vendor: forms", "secrets is required: Forms signs what it sends"),
        ("vendor: pbx, secrets: [one]", "secrets has no use: nothing that comes is signed; leave it out"),
        (
            "vendor: generic, secrets: [one]",
            "secrets has no use: nothing that comes is signed; leave it out, or name its scheme in signature",
        ),
        ("vendor: soap", "allow_from is required: Soap proves itself by nothing but its address"),
        (
            "vendor: calls, secrets: [one]",
            "needs public_url at the top of the file: its URL is part of what is signed",
        ),
        (
            "vendor: generic, signature: hubspot-v3, secrets: [one]",
            "needs public_url at the top of the file: its URL is part of what is signed",
        ),
        ("vendor: monkey, secrets: [one]", "api is required: Monkey only announces, and the answers are fetched after"),
        (
            "vendor: forms, secrets: [one], api: {base_url: 'https://a.example', token: token}",
            "api has no use: nothing is fetched from Forms",
        ),
        ("vendor: forms, secrets: [one, lost]", "secrets[1] names no file"),
        (
            "vendor: monkey, secrets: [one], api: {base_url: 'https://a.example', token: lost}",
            "api.token names no file",
        ),
        (
            "vendor: generic, signature: standard-webhooks, secrets: [whsec, one]",
            "secrets[1] is not a secret as this scheme writes it: whsec_ and base64",
        ),
        ("vendor: forms, secrets: [one], tenant: 12", "tenant must be text; put quotes around a number"),
        ("vendor: forms, secrets: one", "secrets must be a list"),
        ("vendor: forms, secrets: [one], rate: {burst: 0}", "rate.burst must be greater than 0"),
        ("vendor: 7", "vendor must be text; put quotes around a number"),
        ("tenant: acme", "vendor is required"),
    ],
)
def test_what_a_source_lacks_or_has_without_use_is_said(fields: str, said: str) -> None:
    assert one(fields) == [said]


def test_an_unknown_scheme_is_answered_with_the_known_ones() -> None:
    (said,) = one("vendor: generic, signature: rot13, secrets: [one]")
    assert said.startswith("signature must be one of chatwoot, hubspot-v3, ")


def test_a_vendor_whose_contacts_come_in_pieces_needs_the_database() -> None:
    (said,) = one("vendor: calls, secrets: [one]", top="public_url: https://a.example", database=False)
    assert said.startswith("vendor calls needs DATABASE_URL")


def test_names_and_voices_are_taken_once() -> None:
    said = complaints(
        """
        sources:
          - {name: a, vendor: pbx}
          - {name: b, vendor: pbx, speaks_for: [/crm, a]}
          - {name: a, vendor: nobody}
          - {name: c, vendor: pbx, tenant: other, speaks_for: [/crm]}
        """
    )
    assert said == [
        "sources[2] a: vendor must be one of calls, desk, forms, generic, monkey, pbx, soap",
        "sources[2] a: name is that of sources[0] a already",
        "sources[1] b: speaks for a, as sources[0] a does already in this tenant",
    ]


@pytest.mark.parametrize(
    "url", ["https://a.example", "http://127.0.0.1:8080", "https://[::1]:8080/a/b", "https://a/in"]
)
def test_a_public_url_is_scheme_and_host_and_perhaps_a_path(url: str) -> None:
    assert read_yaml(f'{{public_url: "{url}", sources: []}}').public_url == url


@pytest.mark.parametrize(
    "url",
    ["a.example", "https://a.example/", "ftp://a", "https://a/?b", "https://u:p@a", "https://ä", "https://a/b#", ""],
)
def test_anything_else_is_no_public_url(url: str) -> None:
    (said,) = complaints(f'{{public_url: "{url}", sources: []}}')
    assert said.startswith("public_url must be")


@pytest.mark.parametrize("text", ["", "- a", "word", "sources: {a: 1}", "sources: word"])
def test_a_file_of_another_shape_is_said_in_a_sentence(text: str) -> None:
    assert len(complaints(text)) == 1


@pytest.mark.parametrize(
    "content",
    [
        "sources: [",
        "sources: 0x_",
        f"sources: {'[' * 9000}",
        "sources:\n  - {name: a, name: b}",
        b"sources: [\xff]",
        None,
    ],
    ids=lambda content: repr(content)[:30],
)
def test_a_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, content: str | bytes | None) -> None:
    file = tmp_path / "sources.yaml"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(Unusable, match=r"^sources: sources\.yaml"):
        load(file, kept, database=True, vendors=VENDORS)


CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "entry",
    [
        f"{{name: {CANARY}!, vendor: {CANARY}, tenant: {CANARY} x, time_zone: {CANARY}, channel: {CANARY}}}",
        f"{{name: shop, vendor: forms, secrets: [{CANARY}, {CANARY} y]}}",
        f"{{name: shop, vendor: forms, secrets: {CANARY}, options: {CANARY}, api: {CANARY}, rate: {CANARY}}}",
        f"{{name: shop, vendor: generic, signature: {CANARY}, allow_from: [{CANARY}], fields: {{agent: .{CANARY}}}}}",
        f"{{name: shop, vendor: forms, questions: [{{question: q, scale: {CANARY}, values: {{a: {CANARY}}}}}]}}",
    ],
)
def test_no_complaint_repeats_a_value_since_it_may_be_a_secret_in_the_wrong_place(entry: str) -> None:
    assert CANARY not in "\n".join(complaints(f"sources:\n  - {entry}"))


def signed(secret: str) -> Signed:
    bare = Signed("POST", "https://amends.example.com", {}, b"{}")
    return Signed("POST", bare.url, {"typeform-signature": sign(TYPEFORM, bare, secret)}, b"{}")


def test_a_request_is_genuine_by_any_of_the_secrets_and_by_no_other() -> None:
    sources = read_yaml("sources: [{name: shop, vendor: forms, secrets: [one, two]}]")
    shop = sources.find("shop")
    assert shop is not None
    assert shop.verify(Format.JSON, signed("first-secret"), NOW) is Verdict.GENUINE
    assert shop.verify(Format.JSON, signed("second-secret"), NOW) is Verdict.GENUINE
    assert shop.verify(Format.JSON, signed("third-secret"), NOW) is Verdict.WRONG


def test_a_format_that_the_vendor_never_signs_is_never_genuine() -> None:
    shop = read_yaml("sources: [{name: shop, vendor: forms, secrets: [one]}]").find("shop")
    assert shop is not None
    assert shop.verify(Format.XML, signed("first-secret"), NOW) is Verdict.NO_SIGNATURE


def test_a_home_grown_sender_signs_by_the_scheme_its_source_names() -> None:
    own = read_yaml("sources: [{name: own, vendor: generic, signature: standard-webhooks, secrets: [whsec]}]").find(
        "own"
    )
    assert own is not None
    headers = {"webhook-id": "m1", "webhook-timestamp": str(int(NOW.timestamp()))}
    bare = Signed("POST", "https://amends.example.com", headers, b"{}")
    request = Signed("POST", bare.url, {**headers, "webhook-signature": sign(STANDARD_WEBHOOKS, bare, WHSEC)}, b"{}")
    assert own.proof is Proof.SIGNATURE
    assert own.verify(Format.JSON, request, NOW) is Verdict.GENUINE


@pytest.mark.parametrize(
    ("tenant", "sources", "admitted"),
    [
        ("acme", (), True),
        ("acme", ("/crm", "/pbx"), True),
        ("acme", ("/crm", "/pbx", "/x"), True),
        ("acme", ("/crm",), False),
        ("other", (), False),
    ],
)
def test_a_key_posts_as_a_source_of_its_tenant_for_all_of_whose_voices_it_may_speak(
    tenant: str, sources: tuple[str, ...], admitted: bool
) -> None:
    crm = read_yaml('sources: [{name: crm, vendor: pbx, tenant: acme, speaks_for: ["/crm", "/pbx"]}]').find("crm")
    assert crm is not None
    key = ApiKey(id="a" * 8, sha256="0" * 64, tenant=tenant, sources=sources, scopes=("events:write",))
    assert crm.admits(key) is admitted


def test_a_secret_is_the_content_of_its_file_without_the_line_end(tmp_path: Path) -> None:
    for content in ("s3 cret", "s3 cret\n", "s3 cret\r\n"):
        (tmp_path / "shop").write_text(content, newline="")
        assert SecretFiles(tmp_path)("shop").get_secret_value() == "s3 cret"


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "empty"), (b" \n", "empty"), (b"\xff", "UTF-8"), (b"a" * 20_000, "over")]
)
def test_a_secret_file_that_holds_none_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "shop").write_bytes(content)
    with pytest.raises(NoSecret, match=why):
        SecretFiles(tmp_path)("shop")


def test_a_secret_that_is_nowhere_is_refused_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for folder, name in ((None, CANARY), (tmp_path, CANARY), (tmp_path, "folder")):
        with pytest.raises(NoSecret) as caught:
            SecretFiles(folder)(name)
        assert CANARY not in str(caught.value)


def test_secrets_that_everybody_may_read_are_found(tmp_path: Path) -> None:
    for name, mode in (("mine", 0o600), ("ours", 0o440), ("open", 0o644)):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(mode)
    assert SecretFiles(tmp_path).exposed(["open", "mine", "ours", "lost", "open"]) == ["open"]


def test_complaints_never_raise_anything_else() -> None:
    odd: list[Any] = [None, 1, "x", [], {}, [None], {"a": None}, True, 1e9, {1: 2}, {None: 1}]
    for value in odd:
        for field in ("name", "vendor", "options", "secrets", "api", "questions", "fields", "rate", "labels", "x"):
            document = {"sources": [{"name": "a", "vendor": "forms", field: value}]}
            with pytest.raises(Unusable):
                read(document, kept, database=False, vendors=VENDORS)
